// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Variables that say whether an exception was caught: empty or false where they
// are declared, and written in handlers only (`std::exception_ptr failure;`).
// Where such a variable is found set, a handler has run, so a path that came
// through none is no way of the program.

#ifndef CODROP_ANALYSIS_HANDLERFLAGS_H
#define CODROP_ANALYSIS_HANDLERFLAGS_H

#include "analysis/TUAnalysis.h"

namespace codrop {

class HandlerFlags {
public:
  /// For paths that begin at \p Start.
  HandlerFlags(const FunctionAnalysis &F, NodeId Start);

  /// Taking \p E out of \p N needs that a handler has run after Start.
  bool needsHandler(NodeId N, const Edge &E) const;

private:
  const SuspendCFG &G;
  llvm::SmallVector<const clang::VarDecl *, 2> Flags;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_HANDLERFLAGS_H
