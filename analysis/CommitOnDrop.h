// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The guards of a coroutine that would commit at a suspension whose frame may
// be destroyed. Which classes are such guards is CommitGuard's, where they are
// alive and not yet told otherwise is GuardFlow's.

#ifndef CODROP_ANALYSIS_COMMITONDROP_H
#define CODROP_ANALYSIS_COMMITONDROP_H

#include "analysis/CommitGuard.h"
#include "analysis/GuardFlow.h"

namespace codrop {

struct CommitOnDrop {
  const CommitGuard *Guard = nullptr;
  bool Nested = false;
  ObjectId Obj = 0;
  clang::SourceLocation Made;
  /// The suspensions with a destroy edge, in source order.
  std::vector<NodeId> Suspensions;
};

std::vector<CommitOnDrop> findCommitsOnDrop(const FunctionAnalysis &F,
                                            const TypeModel &Types,
                                            CommitGuards &Guards);

} // namespace codrop

#endif // CODROP_ANALYSIS_COMMITONDROP_H
