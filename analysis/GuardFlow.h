// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a guard owns what it guards. A guard object is followed from the place
// where it is made, through unlock, release, move, reset and re-lock, to the
// end of its life; the result is the set of nodes at which it owns. Shared by
// the checks about locks and about shared state.

#ifndef CODROP_ANALYSIS_GUARDFLOW_H
#define CODROP_ANALYSIS_GUARDFLOW_H

#include "analysis/GuardUse.h"
#include "analysis/PathSearch.h"

namespace codrop {

/// A guard object of a function and where it owns.
struct OwnedGuard {
  /// The object, or the captured variable of a lambda that is a coroutine.
  std::optional<ObjectId> Obj;
  const clang::VarDecl *Captured = nullptr;
  Guard G;
  /// Where it was made, for messages.
  clang::SourceLocation Acquired;
  /// The nodes before which it may own, on any path and on normal ones.
  llvm::BitVector Owns, OwnsNormally;
  /// The nodes that change it.
  llvm::DenseMap<NodeId, GuardEffect> Effects;
  /// Where it comes to life, and whether it owns from there.
  NodeId Start = 0;
  bool OwnsAtStart = true;

  /// A way from where it is made to \p N on which it owns at \p N.
  std::optional<Path> pathTo(const FunctionAnalysis &F, NodeId N) const;
  const clang::VarDecl *var(const SuspendCFG &G) const {
    return Obj ? G.object(*Obj).Var : Captured;
  }
};

/// Every guard object of \p F whose class \p Find takes, with the nodes where
/// it may own. A guard given to an unknown function by reference is taken to
/// be released there (only fewer findings).
std::vector<OwnedGuard> findOwnedGuards(const FunctionAnalysis &F,
                                        const TypeModel &Types, FindGuard Find);

} // namespace codrop

#endif // CODROP_ANALYSIS_GUARDFLOW_H
