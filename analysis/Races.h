// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The races and timeouts that a coroutine awaits, what is raced in
// each. Combinators are knowledge's,
// or told by their shape: an operator|| of two awaitables, a with_timeout of a
// task that nothing stops. What it means to lose is CutShort's.

#ifndef CODROP_ANALYSIS_RACES_H
#define CODROP_ANALYSIS_RACES_H

#include "analysis/PathSearch.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct RacedOperand {
  /// As it is given to the combinator.
  const clang::Expr *Given = nullptr;
  /// What makes it: through moves and local variables.
  const clang::Expr *Op = nullptr;
};

struct Race {
  NodeId At = 0; ///< The suspension.
  const clang::Expr *Await = nullptr;
  const clang::CallExpr *Combinator = nullptr;
  /// `'||'`, `'with_timeout'`
  std::string Name;
  std::string Why;          ///< Of the combinator; may be empty.
  bool LoserGoesOn = false; ///< Else it is cancelled.
  bool OnFailure = false;   ///< Only when another one fails.
  bool Ranged = false;      ///< Operands come in a container.
  /// How the coroutine goes on when something was cut short.
  enum After { Returns, Throws, Unknown } Then = Returns;
  llvm::SmallVector<RacedOperand, 3> Operands;
};

/// In the order of the code.
std::vector<Race> findRaces(const FunctionAnalysis &F, TUAnalysis &TU);

/// The expression that makes the value of \p E: behind moves, conversions and
/// local variables that are never assigned.
const clang::Expr *originOf(const clang::Expr *E, const SuspendCFG &G);
bool isAssigned(const clang::VarDecl *Var, const SuspendCFG &G);

} // namespace codrop

#endif // CODROP_ANALYSIS_RACES_H
