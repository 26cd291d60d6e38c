// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for tasks that outlive what they refer to. Which those are is
// decided in analysis/DanglingTask.

#include "checks/DanglingTaskCheck.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

static std::string quoted(llvm::StringRef Name) {
  return ("'" + Name + "'").str();
}

static std::string nameOfFunction(const FunctionDecl *FD) {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (Method && Method->getParent()->isLambda())
    return "the lambda";
  return quoted(FD->getNameAsString() + "()");
}

/// What dies, as a noun.
static std::string nameOfPart(const DyingPart &Part,
                              const ASTContext &Context) {
  if (Part.Closure)
    return "a capture";
  if (Part.Temporary)
    return "a temporary " +
           quoted(typeName(Part.Temporary->getType(), Context));
  if (isa_and_nonnull<DecompositionDecl>(Part.Local))
    return "a structured binding";
  if (Part.Local)
    return (isa<ParmVarDecl>(Part.Local) ? "parameter " : "local variable ") +
           quoted(Part.Local->getNameAsString());
  if (Part.Member)
    return "member " + quoted(Part.Member->getNameAsString());
  return "the object";
}

/// When it dies.
static std::string deathOf(const DyingPart &Part, const FunctionDecl *FD) {
  if (Part.Closure)
    return "which dies with the lambda";
  if (Part.Temporary)
    return "which dies at the end of the full expression";
  return "which dies when " + nameOfFunction(FD) + " ends";
}

static void addNotes(Finding &F, const DanglingTask &Task,
                     const ASTContext &Context) {
  const TaskBorrow &Uses = Task.Uses;
  for (const auto &[Loc, Function] : Uses.Through)
    F.note(Loc, nameOfFunction(Function) + " makes the task");
  const std::string Part = nameOfPart(Uses.Given, Context);
  const std::string Coroutine = nameOfFunction(Uses.Coroutine);
  const FunctionDecl *Definition = Uses.Coroutine;
  bool IsContinuation = Uses.Uses.isValid() && Definition &&
                        Definition->hasBody(Definition) &&
                        !isCoroutine(Definition);
  if (Uses.Made.isValid())
    switch (Uses.How) {
    case TaskBorrow::Object:
      F.note(Uses.Made,
             "the frame of " + Coroutine + " refers to " +
                 (Uses.Given.Local || Uses.Given.Temporary || Uses.Given.Member
                      ? Part
                      : std::string("'this'")));
      break;
    case TaskBorrow::Capture:
      F.note(Uses.Made,
             Uses.Given.Closure
                 ? "the frame of the lambda's coroutine refers to the closure"
                 : "the lambda captures " +
                       (Uses.Given.Local || Uses.Given.Member
                            ? "a reference to " + Part
                            : std::string("'this'")) +
                       " here");
      break;
    case TaskBorrow::Argument:
      F.note(Uses.Made, "the frame of " + Coroutine + " refers to " + Part);
      break;
    }
  if (Uses.Suspends.isValid())
    F.note(Uses.Suspends, "it suspends here");
  if (Uses.Uses.isValid())
    F.note(Uses.Uses, std::string(IsContinuation ? "the continuation" : "it") +
                          " uses " + nameOfPart(Uses.Used, Context) + " here");
}

static Finding describe(const DanglingTask &Task, const FunctionDecl *FD,
                        const ASTContext &Context) {
  const TaskBorrow &Uses = Task.Uses;
  Finding F;
  F.Loc = Task.Where;
  F.Sure = Task.Sure;
  const DyingPart &Given = Uses.Given;
  std::string Part = nameOfPart(Given, Context);
  std::string Death = deathOf(Given, FD);
  bool OfObject = !Given.Local && !Given.Temporary && !Given.Closure;
  switch (Task.K) {
  case DanglingTask::Returned:
    F.Text = "returned task refers to " + Part + ", " + Death;
    addNotes(F, Task, Context);
    F.note(F.Loc, Given.Closure
                      ? "make the lambda's captures parameters, or await the "
                        "task in a coroutine that keeps the lambda"
                      : "make " + nameOfFunction(FD) +
                            " a coroutine that awaits the task, or give the "
                            "task its own copy");
    break;
  case DanglingTask::Started:
    if (OfObject) {
      F.Text = "task is started that uses 'this' after a suspension, and "
               "nothing keeps the object alive";
      addNotes(F, Task, Context);
      F.note(F.Loc, "give the task an owner of the object: a copy of "
                    "shared_from_this(), captured or as a parameter");
      break;
    }
    F.Text = std::string(Task.How == StartedTask::Detached ? "detached"
                         : Task.How == StartedTask::Owned  ? "spawned"
                                                           : "dropped") +
             " task refers to " + Part + ", " + Death;
    addNotes(F, Task, Context);
    F.note(F.Loc, Given.Closure ? "make the lambda's captures parameters"
                                : "give the task its own copy, or wait for "
                                  "it before that");
    break;
  case DanglingTask::Kept:
    F.Text = (Task.Keeper ? "task " + quoted(nameOf(Task.Keeper))
                          : std::string("stored task")) +
             " refers to " + Part + ", " + Death;
    addNotes(F, Task, Context);
    F.note(F.Loc, Given.Closure
                      ? "give the lambda a name that lives as long as the "
                        "task, or make its captures parameters"
                      : "give the temporary a name that lives as long as the "
                        "task, or take the parameter by value");
    break;
  case DanglingTask::Stored:
    if (OfObject) {
      F.Text = "task in member " + quoted(nameOf(Task.Member)) +
               " uses 'this' after a suspension, and goes on when the object "
               "is destroyed";
      addNotes(F, Task, Context);
      F.note(F.Loc, "let the coroutine keep a copy of shared_from_this(), or "
                    "give the class a close() that awaits the task");
      break;
    }
    F.Text = "task in member " + quoted(nameOf(Task.Member)) + " refers to " +
             Part + ", " + Death;
    addNotes(F, Task, Context);
    F.note(F.Loc, "give the task its own copy, or wait for it before that");
    break;
  case DanglingTask::Order:
    F.Text = "task that is spawned into " + quoted(nameOf(Task.Keeper)) +
             " refers to " + Part + ", which is destroyed first";
    F.note(Task.Keeper->getLocation(),
           quoted(nameOf(Task.Keeper)) +
               " waits for its tasks when it is destroyed, after what is "
               "declared later");
    addNotes(F, Task, Context);
    F.note(Given.Local->getLocation(), "declare " + Part + " before " +
                                           quoted(nameOf(Task.Keeper)) +
                                           ", or join it first");
    break;
  case DanglingTask::Callback:
    F.Text = "captures of a lambda are used after a suspension of a coroutine "
             "that nobody can wait for; the lambda may be gone by then";
    addNotes(F, Task, Context);
    F.note(F.Loc, "copy the captures into local variables before the first "
                  "suspension, or make them parameters");
    break;
  case DanglingTask::Called:
    F.Text = "the task that a lambda gives uses its captures after a "
             "suspension, but the lambda is destroyed once it has been called";
    F.note(Task.By->getExprLoc(),
           nameOfFunction(Task.By->getDirectCallee()) +
               " calls it, and destroys it when it has returned");
    addNotes(F, Task, Context);
    F.note(F.Loc, "make the captures parameters, or copy them into local "
                  "variables before the first suspension");
    break;
  case DanglingTask::Parameter:
    F.Text = "reference parameter " + quoted(nameOf(Task.Param)) +
             " is used after a suspension of a coroutine that nobody can wait "
             "for";
    if (Task.Short)
      F.note(Task.Short->getExprLoc(),
             "called here with what does not live that long");
    addNotes(F, Task, Context);
    F.note(F.Loc, "take it by value, or copy it before the first suspension");
    break;
  case DanglingTask::Object:
    F.Text = "'this' is used after a suspension of a coroutine that nobody can "
             "wait for, and nothing keeps the object alive";
    addNotes(F, Task, Context);
    F.note(F.Loc, "take a strong reference before the first suspension, or a "
                  "weak one that is locked after each");
    break;
  }
  return F;
}

DanglingTaskCheck::DanglingTaskCheck(llvm::StringRef Name,
                                     clang::tidy::ClangTidyContext *Context,
                                     std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)) {
  What.DetachingFunctions =
      listOption(option::dangling_task::DetachingFunctions,
                 option::dangling_task::DetachingFunctionsDefault);
}

void DanglingTaskCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::dangling_task::DetachingFunctions,
            What.DetachingFunctions);
}

std::vector<Finding> DanglingTaskCheck::find(const FunctionAnalysis &F,
                                             TUAnalysis &TU) {
  std::vector<Finding> Findings;
  for (const DanglingTask &Task : findDanglingTasks(F, TU, What))
    Findings.push_back(describe(Task, F.function(), TU.context()));
  return Findings;
}

} // namespace codrop
