// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a function keeps others out: the regions in which it holds a guard, has
// locked by hand or has taken a flag, and whether those who call it do so for
// it. What of the shared state a lock protects is not known: any region counts
// for all of it (only fewer findings).

#ifndef CODROP_ANALYSIS_EXCLUSION_H
#define CODROP_ANALYSIS_EXCLUSION_H

#include "analysis/TUAnalysis.h"

namespace codrop {

class Exclusion {
public:
  Exclusion(const FunctionAnalysis &F, TUAnalysis &TU);

  struct Region {
    /// The nodes before which it is held.
    llvm::BitVector Held;
    /// What the guard or lock was made or taken by, where that is one
    /// expression; null for flags.
    const clang::Expr *Guard = nullptr;
  };
  llvm::ArrayRef<Region> regions() const { return Regions; }
  bool heldAt(NodeId N) const;

private:
  void guards();
  void lockedByHand();
  void flags();
  bool isErased(const AccessPath &Container) const;
  bool decidesWithoutSuspension(NodeId Branch, const Access &Set) const;
  void hold(const Access &Set);

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  std::vector<Region> Regions;
};

/// True if \p FD runs only where somebody else holds a lock: a guard is handed
/// to it, its name says so, or all who call it, as far as is visible, hold one.
bool runsLocked(const clang::FunctionDecl *FD, TUAnalysis &TU,
                unsigned Depth = 0);

/// `false`, 0, nullptr, nullopt, {}: nothing there.
bool isEmptyConstant(const clang::Expr *E, const clang::ASTContext &Context);
/// A value that does not depend on anything.
bool isConstantValue(const clang::Expr *E, const clang::ASTContext &Context);

} // namespace codrop

#endif // CODROP_ANALYSIS_EXCLUSION_H
