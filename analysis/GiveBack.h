// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a function gives back what it holds, other than by the plain opposite
// of the acquisition: to a guard or helper that is handed the place, through a
// member function that undoes it, in the destructor of a local object, in a
// closure that somebody else runs. Unknown functions get the benefit of the
// doubt, so that all errors are on the side of fewer findings.

#ifndef CODROP_ANALYSIS_GIVEBACK_H
#define CODROP_ANALYSIS_GIVEBACK_H

#include "analysis/Pairing.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

/// The place that \p E names: for a pointer and for `&x` what it points to.
std::optional<AccessPath> placeOf(const clang::Expr *E,
                                  const PathResolver &Resolver);

/// What is held: a counter or flag at a place, or what a call has acquired.
struct Holding {
  AccessPath Place;
  const Acquisition *Pair = nullptr;      ///< Null for counters and flags.
  const clang::VarDecl *Result = nullptr; ///< What the acquisition returned.
};

class GiveBack {
public:
  GiveBack(const FunctionAnalysis &F, TUAnalysis &TU);

  /// The nodes at which somebody else takes care of it.
  llvm::BitVector nodes(const Holding &H) const;
  /// A closure made anywhere in the function undoes it: it may be what a guard
  /// runs. Not one that is only called by its name.
  bool inClosure(const Holding &H) const;
  /// Where a closure that undoes it is called by its name.
  std::vector<NodeId> closureCalls(const Holding &H) const;

private:
  bool isPrefix(const clang::Expr *E, const AccessPath &Place) const;
  bool isPlace(const clang::Expr *E, const AccessPath &Place) const;
  bool undoes(const clang::Stmt *Body, const Holding &H, unsigned Depth) const;
  bool callUndoes(const clang::CallExpr *Call, const Holding &H) const;
  bool argumentTakes(const clang::FunctionDecl *Callee,
                     llvm::ArrayRef<const clang::Expr *> Arguments,
                     const Holding &H) const;
  bool initializerTakes(const clang::DeclStmt *Decls, const Holding &H) const;

  const FunctionAnalysis &F;
  const SuspendCFG &G;
  const AccessTable &Table;
  TUAnalysis &TU;
  /// `auto finish = [&] { … };` and the calls, where there is nothing else.
  llvm::DenseSet<const clang::LambdaExpr *> OnlyCalled;
  std::vector<std::pair<NodeId, const clang::LambdaExpr *>> ClosureCalls;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_GIVEBACK_H
