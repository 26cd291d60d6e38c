// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Awaits that end because somebody has notified, after which the coroutine does
// not look again at what it waited for: the wait stands in an `if`, something
// is taken without a look, or the wait's own predicate asks for something else
// than the loop around it. What only notifies is knowledge's to say, or seen
// from the shape of the class: a wait that can be awaited beside notify_one or
// the like.

#ifndef CODROP_ANALYSIS_UNCHECKEDWAKEUP_H
#define CODROP_ANALYSIS_UNCHECKEDWAKEUP_H

#include "analysis/TUAnalysis.h"

namespace codrop {

struct UncheckedWakeup {
  enum Kind {
    NotInLoop,      ///< `if (!ready) co_await cv.wait();`
    TakenUnchecked, ///< `co_await cv.wait(); queue.pop_front();`
    OtherPredicate, ///< `while (a()) co_await cv.wait([] { return b(); });`
  } K;
  clang::SourceLocation Awaited;
  /// "wait", or the event's class.
  std::string Name;
  std::string Why; ///< From knowledge; may be empty.
  /// The condition looked at before; what the loop asks.
  const clang::Expr *Condition = nullptr;
  /// Where it is taken for granted; invalid if the coroutine ends.
  clang::SourceLocation Used;
  std::string Taken; ///< What is taken from.
};

std::vector<UncheckedWakeup> findUncheckedWakeups(const FunctionAnalysis &F,
                                                  TUAnalysis &TU);

} // namespace codrop

#endif // CODROP_ANALYSIS_UNCHECKEDWAKEUP_H
