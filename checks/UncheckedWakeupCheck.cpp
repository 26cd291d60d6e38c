// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for waits after which analysis/UncheckedWakeup finds no second
// look.

#include "checks/UncheckedWakeupCheck.h"
#include "analysis/UncheckedWakeup.h"

using namespace clang;

namespace codrop {

static Finding describe(const UncheckedWakeup &U) {
  Finding F;
  F.Loc = U.Awaited;
  // Whoever notifies may keep a promise that is not written down here.
  F.Sure = Confidence::Maybe;
  const std::string Why = U.Why.empty() ? "a notification only says that "
                                          "something has changed"
                                        : U.Why;
  switch (U.K) {
  case UncheckedWakeup::NotInLoop:
    F.Text = "the condition is not looked at again after " + U.Name +
             " has been awaited";
    F.note(U.Condition->getExprLoc(), "it is looked at here, once");
    F.note(F.Loc, Why);
    if (U.Used.isValid())
      F.note(U.Used, "'" + U.Taken + "' is taken from here as if it held");
    F.note(F.Loc, "wait in a loop, 'while (...) co_await ...', or with a "
                  "predicate");
    break;
  case UncheckedWakeup::TakenUnchecked:
    F.Text = "'" + U.Taken + "' is taken from without a look after " + U.Name +
             " has been awaited";
    F.note(F.Loc, Why);
    F.note(U.Used, "it may be empty here");
    F.note(F.Loc, "wait in a loop that asks whether there is something, or "
                  "with a predicate");
    break;
  case UncheckedWakeup::OtherPredicate:
    F.Text = U.Name + " waits for something else than the loop around it asks";
    F.note(U.Condition->getExprLoc(), "the loop asks this, too");
    F.note(F.Loc, "the wait's predicate does not, so a notification about it "
                  "wakes nobody");
    F.note(F.Loc, "await without a predicate and let the loop ask, or ask all "
                  "of it in the predicate");
    break;
  }
  return F;
}

std::vector<Finding> UncheckedWakeupCheck::find(const FunctionAnalysis &F,
                                                TUAnalysis &TU) {
  std::vector<Finding> Result;
  for (const UncheckedWakeup &U : findUncheckedWakeups(F, TU))
    Result.push_back(describe(U));
  return Result;
}

} // namespace codrop
