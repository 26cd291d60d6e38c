// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Try blocks of plain functions in which a task is made and returned, and
// nothing else can throw: what the task throws, it throws when it is awaited,
// and the handlers are gone by then.

#ifndef CODROP_ANALYSIS_DEADHANDLER_H
#define CODROP_ANALYSIS_DEADHANDLER_H

#include "analysis/PathSearch.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct DeadHandler {
  const clang::CXXCatchStmt *Handler = nullptr; ///< The first one.
  /// Makes the task.
  const clang::CallExpr *Call = nullptr;
  /// Null where it is not known what is called.
  const clang::FunctionDecl *Callee = nullptr;
  clang::QualType Task;
  bool Lazy = false;
  /// Maybe: the body of the function is not visible.
  Confidence Sure = Confidence::Definite;
};

std::vector<DeadHandler> findDeadHandlers(const clang::FunctionDecl *FD,
                                          TUAnalysis &TU);

} // namespace codrop

#endif // CODROP_ANALYSIS_DEADHANDLER_H
