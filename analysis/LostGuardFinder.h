// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search behind LostGuard.h in one function, for the files that share it.

#ifndef CODROP_ANALYSIS_LOSTGUARDFINDER_H
#define CODROP_ANALYSIS_LOSTGUARDFINDER_H

#include "analysis/LostGuard.h"
#include "analysis/Pairing.h"
#include "analysis/PathSearch.h"

namespace codrop {

class LostGuardFinder {
public:
  LostGuardFinder(const FunctionAnalysis &F, TUAnalysis &TU)
      : F(F), TU(TU), G(*F.graph()), Parents(G.parents()) {}

  // LostGuard.cpp: guards that never held anything over what they protect.
  void droppedAtOnce();
  void onlyDeclared();
  void neverAwaited();
  void besideTask();
  // ReleasedGuard.cpp: guards that are let go too early, or for good.
  void released();
  void givenUp();

  std::vector<LostGuard> Found;

private:
  LostGuard &add(LostGuard::Kind K, clang::SourceLocation Where,
                 const Guard *G);
  std::optional<Guard> guardOfTask(const clang::Expr *Task) const;
  bool isWholeStatement(const clang::Expr *E) const;
  bool protectsNothing(const clang::Expr *E) const;
  void releasedBefore(const Object &Obj, const Use &U);

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  const ParentTable &Parents;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_LOSTGUARDFINDER_H
