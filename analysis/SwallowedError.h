// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops in which an operation that was cancelled is taken for one that failed,
// where the failure is no exception but an error code or a result: `if (ec)
// continue;`.

#ifndef CODROP_ANALYSIS_SWALLOWEDERROR_H
#define CODROP_ANALYSIS_SWALLOWEDERROR_H

#include "analysis/Cancellation.h"
#include "analysis/Finding.h"

namespace codrop {

struct SwallowedError {
  const clang::Expr *Suspends = nullptr;
  const clang::ValueDecl *Error = nullptr;
  const clang::Expr *Test = nullptr;
  /// Maybe: the loop has an end of its own, or nobody else is seen to get at
  /// what is awaited.
  Confidence Sure = Confidence::Definite;
};

std::vector<SwallowedError> findSwallowedErrors(const FunctionAnalysis &F,
                                                TUAnalysis &TU,
                                                const Cancellation &Cancel);

} // namespace codrop

#endif // CODROP_ANALYSIS_SWALLOWEDERROR_H
