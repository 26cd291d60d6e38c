// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The plainest way from an acquisition out of the function past every place
// that gives back. Conditions are not evaluated, so not every way that the
// graph has counts: what is given back in handlers only is meant to be kept on
// success (and is lost if the frame is destroyed where they would have caught),
// and `if (locked) m.unlock();` skips nothing that is held.

#ifndef CODROP_ANALYSIS_LEAKPATH_H
#define CODROP_ANALYSIS_LEAKPATH_H

#include "analysis/PathSearch.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct LeakQuery {
  NodeId Start = 0;   ///< From here on it is held.
  NodeId Acquire = 0; ///< The acquiring call's node, often Start itself.
  /// Held only if Start goes on normally (the await did not throw).
  bool ResumesOnly = false;
  const llvm::BitVector *GivesBack = nullptr;
  EdgeSet Edges;
  /// What a condition may ask to learn whether anything was acquired: the
  /// acquiring expression, its await, and the variable that holds its result.
  const clang::Expr *Call = nullptr;
  const clang::Expr *Await = nullptr;
  const clang::VarDecl *Result = nullptr;
  /// The outcome that means "acquired"; `busy.exchange(true)` says false.
  bool TrueMeansHeld = true;
};

struct Leak {
  Path Way;
  /// Index in Way.Edges of the step that leaves the way to the give-back.
  size_t Leaves = 0;
};

std::optional<Leak> findLeak(const FunctionAnalysis &F, TUAnalysis &TU,
                             const LeakQuery &Q);

} // namespace codrop

#endif // CODROP_ANALYSIS_LEAKPATH_H
