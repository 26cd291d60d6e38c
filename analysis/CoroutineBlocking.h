// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Blocking work that a coroutine reaches on the thread that runs it. Work that
// is handed to a pool is not the coroutine's, and neither is what it does after
// it has moved to one.

#ifndef CODROP_ANALYSIS_COROUTINEBLOCKING_H
#define CODROP_ANALYSIS_COROUTINEBLOCKING_H

#include "analysis/TUAnalysis.h"

namespace codrop {

struct BlockingWork {
  clang::SourceLocation Loc; ///< The call, or the local that dies.
  clang::SourceRange Range;
  BlockingChain Chain;
};

/// In the order of the code, one for each function that blocks in the end.
std::vector<BlockingWork> findBlockingWork(const FunctionAnalysis &F,
                                           TUAnalysis &TU, Summaries &Blocking,
                                           unsigned Depth);

} // namespace codrop

#endif // CODROP_ANALYSIS_COROUTINEBLOCKING_H
