// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The changes of counters and flags in a function: `++active_`, `busy_ = true`,
// `current_ = &request` and what undoes them, also on atomics. What they stand
// for, and whether they belong together, is HandHeld's.

#ifndef CODROP_ANALYSIS_COUNTSTEPS_H
#define CODROP_ANALYSIS_COUNTSTEPS_H

#include "analysis/AccessPath.h"

namespace codrop {

/// One change of a counter or flag.
struct CountStep {
  enum Kind { Up, Down, Set, Clear, SetPointer, ClearPointer } K;
  NodeId At;
  AccessPath Place;
  const clang::Expr *Site;
  const clang::Expr *Amount = nullptr; ///< For Up and Down; null for one.
  /// Set by a call that says whether it was set already; then what its result
  /// is if it was not.
  std::optional<bool> SucceedsWith = std::nullopt;
};

CountStep::Kind opposite(CountStep::Kind K);

/// All of a function, in no particular order.
std::vector<CountStep> countSteps(const SuspendCFG &G,
                                  const AccessTable &Table);

} // namespace codrop

#endif // CODROP_ANALYSIS_COUNTSTEPS_H
