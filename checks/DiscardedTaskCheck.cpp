// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the words for what analysis/DiscardedTask finds.

#include "checks/DiscardedTaskCheck.h"
#include "analysis/DiscardedTask.h"
#include "analysis/Names.h"
#include "analysis/Syntax.h"
#include "checks/FixIts.h"

using namespace clang;

namespace codrop {

namespace {

std::string quoted(llvm::StringRef Name) { return ("'" + Name + "'").str(); }

/// "the task of 'fetch'", "task 't'", "tasks in 'all'"
std::string subject(const DiscardedTask &D) {
  if (D.Var)
    return (D.Elements ? "tasks in " : "task ") +
           quoted(D.Var->getNameAsString());
  if (D.Member)
    return "task " + quoted(D.Member->getNameAsString());
  const std::string What = D.Elements ? "the tasks" : "the task";
  if (D.Value)
    if (llvm::StringRef Name = nameOf(calledFunction(D.Value)); !Name.empty())
      return What + " of " + quoted(Name);
  return What;
}

/// What comes of it, after a comma or semicolon.
std::string outcome(TaskLoss Loss, bool Many) {
  switch (Loss) {
  case TaskLoss::NeverRuns:
    return Many ? ", so they never run" : ", so it never runs";
  case TaskLoss::Unseen:
    return Many ? "; nobody sees when they end or fail"
                : "; nobody sees when it ends or fails";
  case TaskLoss::Cancelled:
    return Many ? ", which cancels them" : ", which cancels it";
  case TaskLoss::Unknown:
    return "";
  }
  return "";
}

std::string sentence(const DiscardedTask &D) {
  const bool Many = D.Elements;
  const std::string Are = Many ? " are " : " is ", What = subject(D);
  const bool Cancels = D.Loss == TaskLoss::Cancelled;
  const std::string Outcome =
      D.Guard && !Cancels && D.K != DiscardedTask::Abandoned
          ? ", so nothing is protected"
          : outcome(D.Loss, Many);
  switch (D.K) {
  case DiscardedTask::Statement:
  case DiscardedTask::Explicit:
  case DiscardedTask::Variable:
    return What + Are + (Cancels ? "dropped" : "never awaited") + Outcome;
  case DiscardedTask::SomePath:
    if (D.Loss == TaskLoss::NeverRuns)
      return What + Are + "not awaited on some path and never " +
             (Many ? "run" : "runs") + " there";
    return What + Are + (Cancels ? "dropped" : "not awaited") +
           " on some path" + Outcome;
  case DiscardedTask::Overwritten:
    if (D.Loss == TaskLoss::NeverRuns)
      return What + Are +
             "overwritten before the first one has been awaited, "
             "so that one never runs";
    return What + Are + "overwritten before the first one has been awaited" +
           (Cancels ? ", which cancels that one"
            : D.Loss == TaskLoss::Unseen
                ? "; nobody sees when that one ends or fails"
                : "");
  case DiscardedTask::Emptied:
    return What + Are + "thrown away before " +
           (Many ? "they have" : "it has") + " been awaited" + Outcome;
  case DiscardedTask::Abandoned:
    return What + Are + "abandoned when a co_await throws" + Outcome;
  case DiscardedTask::Wrapped:
  case DiscardedTask::Dropped:
    return "the task that this returns is dropped by its caller" + Outcome;
  }
  return "";
}

Finding describe(const DiscardedTask &D, const ASTContext &Context) {
  Finding F;
  F.Loc = D.Where;
  F.Sure = D.Sure;
  F.Text = sentence(D);
  const bool Many = D.Elements;
  if (D.Guard && D.K != DiscardedTask::Explicit)
    F.note(D.Made, "awaiting it gives the guard '" +
                       typeName(Context.getCanonicalTagType(D.Guard), Context) +
                       "'");
  switch (D.K) {
  case DiscardedTask::Statement:
  case DiscardedTask::Explicit:
    F.note(D.Made, D.Loss == TaskLoss::Unseen
                       ? "co_await it, or give it to something that waits for "
                         "it, such as a codrop::task_group"
                       : "co_await it");
    break;
  case DiscardedTask::Variable:
    F.note(D.Made, Many ? "a task is put in here" : "the task is made here");
    F.note(D.Made, Many ? "co_await each of them" : "co_await it");
    break;
  case DiscardedTask::SomePath:
    F.note(D.Made, Many ? "a task is put in here" : "the task is made here");
    if (D.Leaves.isValid())
      F.note(D.Leaves, "this way goes past the co_await");
    F.note(D.Made, D.Loss == TaskLoss::NeverRuns ? "make it where it is awaited"
                                                 : "co_await it on every path");
    break;
  case DiscardedTask::Overwritten:
  case DiscardedTask::Emptied:
    F.note(D.Made, Many ? "a task is put in here" : "the task is made here");
    F.note(D.Leaves, D.K == DiscardedTask::Emptied ? "thrown away here"
                                                   : "overwritten here");
    F.note(D.Made, Many ? "co_await each of them first" : "co_await it first");
    break;
  case DiscardedTask::Abandoned:
    F.note(D.Made, Many ? "a task is put in here" : "the task is started here");
    F.note(D.Leaves, "if this co_await throws, nobody waits for it any more");
    F.note(D.Made, "await them together, or hold it in a codrop::task_group, "
                   "which waits on every way out");
    break;
  case DiscardedTask::Wrapped:
    F.note(D.Where, quoted(typeName(D.Wrapper, Context)) +
                        " calls it and expects nothing");
    F.note(D.Where, "take a callable that returns a task, and co_await what it "
                    "returns");
    break;
  case DiscardedTask::Dropped:
    F.note(D.Leaves, (nameOf(D.Helper).empty() ? "the function"
                                               : quoted(nameOf(D.Helper))) +
                         " drops what the call returns here");
    F.note(D.Where, "write a loop and co_await each task in it");
    break;
  }
  return F;
}

} // namespace

DiscardedTaskCheck::DiscardedTaskCheck(llvm::StringRef Name,
                                       clang::tidy::ClangTidyContext *Context,
                                       std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      ReportVoidCast(
          boolOption(option::discarded_task::ReportVoidCast,
                     option::discarded_task::ReportVoidCastDefault)) {}

void DiscardedTaskCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  Options.store(Opts, option::discarded_task::ReportVoidCast, ReportVoidCast);
}

/// A test drops tasks to see what becomes of them, and drives by hand what goes
/// on by itself. That a statement does nothing at all is no test's wish.
static bool isTestsOwnAffair(const DiscardedTask &D) {
  switch (D.K) {
  case DiscardedTask::Wrapped:
  case DiscardedTask::Dropped:
    return false;
  case DiscardedTask::Statement:
  case DiscardedTask::Explicit:
    return D.Loss != TaskLoss::NeverRuns;
  default:
    return true;
  }
}

std::vector<Finding> DiscardedTaskCheck::find(const FunctionAnalysis &F,
                                              TUAnalysis &TU) {
  if (!Drops)
    Drops = std::make_unique<TaskDrops>(TU.types());
  DiscardOptions What;
  What.CastToVoid = ReportVoidCast;
  What.Unwinding = maybeFindings();
  bool IsTest = TU.tests().isInTestFile(F.function()->getLocation()) ||
                TU.isInTest(F.function());
  std::vector<Finding> Findings;
  for (const DiscardedTask &D : findDiscardedTasks(F, TU, *Drops, What)) {
    if (IsTest && isTestsOwnAffair(D))
      continue;
    Findings.push_back(describe(D, TU.context()));
    if (!D.Value || !F.coroutine() || !F.graph())
      continue;
    FixWriter Writer(F, TU.context());
    if (D.K == DiscardedTask::Statement && D.Guard)
      Findings.back().Fixes = Writer.named(D.Value, /*Await=*/true);
    else if (D.K == DiscardedTask::Statement ||
             (D.K == DiscardedTask::Variable && !D.Elements))
      Findings.back().Fixes = Writer.awaited(D.Value);
  }
  return Findings;
}

std::vector<Finding> DiscardedTaskCheck::findAtEnd(TUAnalysis &) {
  Drops.reset();
  return {};
}

} // namespace codrop
