// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for the tasks that a destructor starts and that use the object
// after it is gone. DestructorTasks and TaskBorrow decide which those are.

#include "checks/TaskFromDestructorCheck.h"
#include "analysis/DestructorTasks.h"

using namespace clang;

namespace codrop {

namespace {

std::string nameOf(const FunctionDecl *FD) {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (Method && Method->getParent()->isLambda())
    return "the lambda";
  return "'" + FD->getNameAsString() + "'";
}

std::string nameOf(const DyingPart &Part) {
  return Part.Member ? "member '" + Part.Member->getNameAsString() + "'"
                     : "the object";
}

Finding describe(const DestructorTask &Task, const CXXRecordDecl *Class) {
  const TaskBorrow &Uses = Task.Uses;
  const std::string Part = nameOf(Uses.Used);
  bool IsContinuation = !isCoroutine(Uses.Coroutine) && Uses.Uses.isValid();
  Finding F;
  F.Loc = Task.where();
  F.Text = "destructor of '" + Class->getNameAsString() + "' starts a " +
           (IsContinuation ? "task" : "coroutine") + " that uses " + Part +
           " after it is destroyed";
  for (const auto &[Loc, Function] : Task.Calls)
    F.note(Loc, nameOf(Function) + " is called here");
  switch (Task.How) {
  case StartedTask::Detached:
    F.note(Task.Started, "the task is started here, and the destructor does "
                         "not wait for it");
    break;
  case StartedTask::Owned:
    F.note(Task.Started, "the task is given to a scope here, and the "
                         "destructor does not wait for the scope");
    break;
  case StartedTask::Dropped:
    F.note(Task.Started, "the task runs on by itself from here, and the "
                         "destructor does not wait for it");
    break;
  }
  for (const auto &[Loc, Function] : Uses.Through)
    F.note(Loc, nameOf(Function) + " makes the task");
  const std::string Given =
      Uses.Given.Member ? nameOf(Uses.Given) : std::string("'this'");
  switch (Uses.How) {
  case TaskBorrow::Object:
    F.note(Uses.Made, "the frame of " + nameOf(Uses.Coroutine) +
                          (Uses.Given.Member ? " refers to " : " holds ") +
                          Given);
    break;
  case TaskBorrow::Capture:
    F.note(Uses.Made,
           "the lambda captures " +
               (Uses.Given.Member ? "a reference to " + Given : Given) +
               " here");
    break;
  case TaskBorrow::Argument:
    F.note(Uses.Made, "the frame of " + nameOf(Uses.Coroutine) + " refers to " +
                          nameOf(Uses.Given));
    break;
  }
  if (Uses.Suspends.isValid())
    F.note(Uses.Suspends, "it suspends here, and the destructor goes on");
  if (Uses.Uses.isValid())
    F.note(Uses.Uses, "it uses " + Part + " here");
  F.note(F.Loc, "move the state that the task needs into it by value, or give "
                "the class a close() that is awaited before the object is "
                "destroyed");
  return F;
}

} // namespace

TaskFromDestructorCheck::TaskFromDestructorCheck(
    llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
    std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      DetachingFunctions(
          listOption(option::task_from_destructor::DetachingFunctions,
                     option::task_from_destructor::DetachingFunctionsDefault)),
      CallDepth(Options.get(option::task_from_destructor::CallDepth, 4U)) {}

void TaskFromDestructorCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::task_from_destructor::DetachingFunctions,
            DetachingFunctions);
  Options.store(Opts, option::task_from_destructor::CallDepth, CallDepth);
}

std::vector<Finding> TaskFromDestructorCheck::find(const FunctionAnalysis &F,
                                                   TUAnalysis &TU) {
  std::vector<Finding> Findings;
  const auto *Destructor = cast<CXXDestructorDecl>(F.function());
  for (const DestructorTask &Task :
       findDestructorTasks(Destructor, TU, CallDepth, DetachingFunctions))
    Findings.push_back(describe(Task, Destructor->getParent()));
  return Findings;
}

} // namespace codrop
