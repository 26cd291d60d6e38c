// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers around a suspension that take a cancellation for any other failure:
// the loop tries again, the coroutine goes on with other work, or its caller is
// given an ordinary result.

#ifndef CODROP_ANALYSIS_SWALLOWEDCANCELLATION_H
#define CODROP_ANALYSIS_SWALLOWEDCANCELLATION_H

#include "analysis/Cancellation.h"
#include "analysis/Finding.h"

namespace codrop {

struct SwallowedCancellation {
  enum Kind {
    Retried, ///< The loop awaits the same again.
    WentOn,  ///< Something else is awaited.
    Answered ///< It becomes a value that the coroutine returns.
  } K = Retried;
  const clang::CXXCatchStmt *Handler = nullptr;
  const CancellationException *What = nullptr;
  Takes How = Takes::All;
  /// What throws it: an await, or what waits on a fiber.
  const clang::Expr *Suspends = nullptr;
  /// The await that it goes on with, or the return.
  const clang::Stmt *Then = nullptr;
  Confidence Sure = Confidence::Maybe;
};

struct SwallowedCancellationOptions {
  bool Results = true; ///< Report Answered.
};

std::vector<SwallowedCancellation>
findSwallowedCancellations(const FunctionAnalysis &F, TUAnalysis &TU,
                           const Cancellation &Cancel,
                           const SwallowedCancellationOptions &Options);

/// The same for plain functions that wait on a fiber.
std::vector<SwallowedCancellation>
findSwallowedOnFiber(const FunctionAnalysis &F, const Cancellation &Cancel);

} // namespace codrop

#endif // CODROP_ANALYSIS_SWALLOWEDCANCELLATION_H
