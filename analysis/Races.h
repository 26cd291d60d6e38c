// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The races and timeouts that a coroutine awaits, what is raced in each, and
// what the code after one says about who has won. Combinators are knowledge's,
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
  /// How the coroutine goes on when something was cut short.
  enum After { Returns, Throws, Unknown } Then = Returns;
  llvm::SmallVector<RacedOperand, 3> Operands;
};

/// In the order of the code.
std::vector<Race> findRaces(const FunctionAnalysis &F, TUAnalysis &TU);

/// The expression that makes the value of \p E: behind moves, conversions and
/// local variables that are never assigned.
const clang::Expr *originOf(const clang::Expr *E, const SuspendCFG &G);

/// Which ways after a race fit the one operand having lost it. What tells in a
/// way that is not understood is taken to tell that it has won.
class RaceOutcome {
public:
  RaceOutcome(const Race &R, const SuspendCFG &G);

  /// \p E may be taken out of \p N when operand \p Loser has lost.
  bool mayTake(NodeId N, const Edge &E, unsigned Loser) const;
  /// The branch at \p N depends on who has won.
  bool asksAt(NodeId N) const;
  /// At \p N it is clear that operand \p Loser has won, or somebody else is
  /// told.
  bool endsAt(NodeId N, unsigned Loser) const;

private:
  struct Truth {
    bool True = true, False = true;
  };
  Truth truth(const clang::Expr *Condition, unsigned Loser,
              unsigned Depth = 0) const;
  Truth isWinner(unsigned Index, unsigned Loser) const;
  bool isIndex(const clang::Expr *E, unsigned Depth = 0) const;
  bool isOutcome(const clang::Expr *E) const;
  bool mentionsOutcome(const clang::Stmt *S) const;

  const Race &R;
  const SuspendCFG &G;
  /// Variables that hold the result, or something made from it, or that a
  /// raced closure assigns.
  llvm::DenseSet<const clang::ValueDecl *> Told;
  /// The whole result, and what holds the index alone.
  llvm::DenseSet<const clang::ValueDecl *> Results, Indices;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_RACES_H
