// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the words for what analysis/TornState finds.

#include "checks/TornStateCheck.h"

using namespace clang;

namespace codrop {

static Finding describe(const TornState &Torn) {
  Finding F;
  std::string Place = "'" + Torn.Place + "'";
  F.Loc = Torn.After->getExprLoc();
  switch (Torn.K) {
  case TornState::StaleWrite:
    F.Text = Place + " is written from a value that was read before a "
                     "suspension; changes made meanwhile are lost";
    F.note(Torn.Before->getExprLoc(), "read here");
    F.note(Torn.Suspends->getExprLoc(),
           "suspends here; another task may change " + Place);
    F.note(Torn.After->getExprLoc(), "written here from the old value");
    F.note(Torn.After->getExprLoc(),
           Torn.OneExpression
               ? "await first, into a variable of its own, and then read and "
                 "write without a suspension between"
               : "read it again after the co_await, or hold a "
                 "codrop::async_mutex throughout");
    break;
  case TornState::CheckThenAct:
    F.Text = Place + " was checked before a suspension and is written after it "
                     "without checking again";
    F.note(Torn.Before->getExprLoc(), "checked here");
    F.note(Torn.Suspends->getExprLoc(),
           "suspends here; another task may pass the same check");
    F.note(Torn.After->getExprLoc(),
           Torn.Through.empty()
               ? "written here all the same"
               : "'" + Torn.Through + "()' writes it here all the same");
    F.note(Torn.After->getExprLoc(),
           "reserve it before the co_await, check again after it, or hold a "
           "codrop::async_mutex throughout");
    break;
  case TornState::CheckThenSpawn:
    F.Text = Torn.Through.empty()
                 ? Place + " is checked here but set only inside the task that "
                           "is spawned"
                 : Place + " is checked here but '" + Torn.Through +
                       "()' is called only inside the task that is spawned";
    F.Loc = Torn.Before->getExprLoc();
    F.note(Torn.Before->getExprLoc(), "checked here");
    F.note(Torn.Start->getExprLoc(),
           "started here; until the task runs, others pass the same check");
    F.note(Torn.After->getExprLoc(), Torn.Through.empty()
                                         ? "set here, when the task runs"
                                         : "called here, when the task runs");
    F.note(Torn.Start->getExprLoc(),
           Torn.Through.empty() ? "set it before the task is started"
                                : "call it before the task is started");
    break;
  case TornState::HalfUpdate:
    F.Sure = Confidence::Maybe;
    F.Text = Place + " and '" + Torn.OtherPlace +
             "' are updated with a suspension between";
    F.note(Torn.Before->getExprLoc(), "the first half is updated here");
    F.note(Torn.Suspends->getExprLoc(),
           "suspends here; others see half of the update, and if the co_await "
           "throws it stays half");
    F.note(Torn.After->getExprLoc(), "the other half is updated here");
    F.note(Torn.After->getExprLoc(),
           "await before both, or commit them together with codrop::staged");
    break;
  case TornState::TiedFields:
    F.Sure = Confidence::Maybe;
    F.Text = Place + " and '" + Torn.OtherPlace +
             "' are written together elsewhere, and here with a suspension "
             "between";
    F.note(Torn.Elsewhere->getExprLoc(), "written together here");
    F.note(Torn.Before->getExprLoc(), "the first is written here");
    F.note(Torn.Suspends->getExprLoc(),
           "suspends here; others see one new and one old, and if the co_await "
           "throws it stays so");
    F.note(Torn.After->getExprLoc(), "the other is written here");
    F.note(Torn.After->getExprLoc(), "await before both, or after");
    break;
  case TornState::LateReset:
    F.Sure = Confidence::Maybe;
    F.Text = Place + " is reset after a suspension; what others have put there "
                     "meanwhile is forgotten";
    F.note(Torn.Before->getExprLoc(), "looked at here");
    F.note(Torn.Suspends->getExprLoc(),
           "suspends here; another task may add to " + Place);
    F.note(Torn.Elsewhere->getExprLoc(), "added to here");
    F.note(Torn.After->getExprLoc(), "reset here");
    F.note(Torn.After->getExprLoc(),
           "take it out and reset it before the co_await, as std::exchange "
           "does");
    break;
  case TornState::EarlyCommit:
    F.Sure = Confidence::Maybe;
    F.Loc = Torn.Before->getExprLoc();
    F.Text = Place + " is changed before the co_await that makes the change "
                     "durable, and not put back if it fails";
    F.note(Torn.Before->getExprLoc(), "changed here, for everybody to see");
    F.note(Torn.Suspends->getExprLoc(),
           "if this co_await throws, the change stays although it was never "
           "made durable");
    F.note(Torn.Before->getExprLoc(),
           "change a copy, await, and then commit it, as codrop::staged does");
    break;
  }
  return F;
}

TornStateCheck::TornStateCheck(llvm::StringRef Name,
                               clang::tidy::ClangTidyContext *Context,
                               std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)) {
  What.SingleOwnerTypes =
      listOption(option::torn_state::SingleOwnerTypes,
                 option::torn_state::SingleOwnerTypesDefault);
  What.HalfUpdates = boolOption(option::torn_state::ReportHalfUpdates,
                                option::torn_state::ReportHalfUpdatesDefault);
  What.EarlyCommits = boolOption(option::torn_state::ReportEarlyCommits,
                                 option::torn_state::ReportEarlyCommitsDefault);
  What.LateResets = boolOption(option::torn_state::ReportLateResets,
                               option::torn_state::ReportLateResetsDefault);
}

void TornStateCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::torn_state::SingleOwnerTypes, What.SingleOwnerTypes);
  Options.store(Opts, option::torn_state::ReportHalfUpdates, What.HalfUpdates);
  Options.store(Opts, option::torn_state::ReportEarlyCommits,
                What.EarlyCommits);
  Options.store(Opts, option::torn_state::ReportLateResets, What.LateResets);
}

std::vector<Finding> TornStateCheck::find(const FunctionAnalysis &F,
                                          TUAnalysis &TU) {
  std::vector<Finding> Findings;
  for (const TornState &Torn : findTornState(F, TU, What))
    Findings.push_back(describe(Torn));
  return Findings;
}

} // namespace codrop
