// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for two families: what is acquired and given back by hand (HandHeld
// decides), and guards that are lost although there is one (LostGuard decides).

#include "checks/LeakedGuardCheck.h"
#include "analysis/HandHeld.h"
#include "analysis/LostGuard.h"
#include "analysis/TaskDrop.h"
#include "checks/FixIts.h"

using namespace clang;

namespace codrop {

namespace {

/// The co_return or throw by which the way leaves the function, if it is one.
const Stmt *leavingStatement(const HandHeld &Held, const SuspendCFG &G) {
  for (size_t I = Held.Leaves; I < Held.Way.Nodes.size(); ++I) {
    const Stmt *S = G.node(Held.Way.Nodes[I]).S;
    while (isa_and_nonnull<Expr>(S) && !isa<CXXThrowExpr>(S))
      S = G.parents().parent(S);
    if (isa_and_nonnull<CoreturnStmt, ReturnStmt, CXXThrowExpr>(S))
      return S;
  }
  return nullptr;
}

Finding describe(const HandHeld &Held, const SuspendCFG &G) {
  Finding F;
  F.Loc = Held.Acquire->getExprLoc();
  F.Sure = Held.Way.Sure;
  std::string Place = "'" + Held.Place + "'";
  std::string GiveBack, Taken, Given, Remedy = "hold it with ";
  const std::string ScopeExit =
      "a guard such as codrop::scope_exit, which runs on every way out";
  switch (Held.K) {
  case HandHeld::Call:
    F.Text = Place + " is acquired and given back by hand and stays acquired";
    GiveBack = "the give-back";
    Taken = Held.What.empty() ? "acquired here" : Held.What + ": acquired here";
    Given = "given back here";
    if (!Held.State.empty()) {
      F.Text = Place + " is " + Held.State +
               " and put back by hand and stays " + Held.State;
      GiveBack = "putting it back";
      Taken = Held.State + " here";
      Given = "put back here";
      Remedy = "put it back in " + ScopeExit;
      break;
    }
    Remedy += Held.Instead.empty() ? ScopeExit : Held.Instead;
    break;
  case HandHeld::Counter:
    F.Text = "counter " + Place + " is " +
             (Held.Rises ? "incremented and decremented"
                         : "decremented and incremented") +
             " by hand around a suspension and stays changed";
    GiveBack = Held.Rises ? "the decrement" : "the increment";
    Taken = Held.Rises ? "incremented here" : "decremented here";
    Given = Held.Rises ? "decremented here" : "incremented here";
    Remedy = "restore it in " + ScopeExit;
    break;
  case HandHeld::Flag:
  case HandHeld::Pointer:
    F.Text =
        (Held.K == HandHeld::Flag ? "flag " + Place + " is set"
                                  : "pointer " + Place + " is set to a local") +
        " and cleared by hand around a suspension and stays set";
    GiveBack = "clearing it";
    Taken = "set here";
    Given = "cleared here";
    Remedy = "clear it in " + ScopeExit;
    break;
  }
  EdgeKind Left = Held.Way.Edges[Held.Leaves].Kind;
  if (Left == EdgeKind::Unwind)
    F.Text += " when a co_await throws";
  else if (Left == EdgeKind::Destroy)
    F.Text += " when the suspended coroutine is destroyed";
  else
    F.Text += " on some path";
  F.note(F.Loc, Taken);
  NodeId At = Held.Way.Nodes[Held.Leaves];
  if (G.node(At).Kind == NodeKind::Suspend) {
    const Suspension &Point = G.suspension(At);
    F.note(Point.E ? Point.E->getExprLoc() : G.function()->getLocation(),
           Left == EdgeKind::Destroy
               ? "if the frame is destroyed while the coroutine is suspended "
                 "here, " +
                     GiveBack + " is never reached"
               : "if this co_await throws, " + GiveBack + " is skipped");
  } else if (const Stmt *Exit = leavingStatement(Held, G)) {
    F.note(Exit->getBeginLoc(), "the function is left here without it");
  } else if (const Stmt *Branch = G.node(At).S) {
    F.note(Branch->getBeginLoc(), "this branch goes past " + GiveBack);
  }
  F.note(Held.Release->getExprLoc(), Given);
  F.note(F.Loc, Remedy);
  return F;
}

Finding describe(const LostGuard &Lost) {
  Finding F;
  F.Loc = Lost.Where;
  std::string Var = "'" + Lost.Variable + "'", Type = "'" + Lost.Type + "'";
  switch (Lost.K) {
  case LostGuard::DroppedAtOnce:
    F.Text = "guard " + Type +
             " is dropped at the end of this statement and protects nothing";
    F.note(Lost.Where, "acquired here and given back at the semicolon");
    F.note(Lost.Where, "give the guard a name that lives as long as what it "
                       "protects");
    break;
  case LostGuard::OnlyDeclared:
    F.Text = "this declares an empty guard " + Var + " of type " + Type +
             " and locks nothing";
    F.note(Lost.Where, "the parentheses only enclose the variable's name");
    F.note(Lost.Where, "give the guard a name of its own and pass it what it "
                       "locks");
    break;
  case LostGuard::TaskUnused:
    F.Text = Var + " is a task that gives the guard " + Type +
             " and is never awaited: nothing is protected";
    F.note(Lost.Made, "the task is made here");
    F.note(Lost.Made, "co_await it to hold the guard");
    break;
  case LostGuard::TaskDropped:
    F.Text = "the task that gives the guard " + Type +
             " is dropped without being awaited: nothing is protected";
    F.note(Lost.Made, "the task is made and dropped here");
    F.note(Lost.Made, "co_await it and give the guard a name");
    break;
  case LostGuard::NeverAcquired:
    F.Text = "the task that acquires " + Var +
             " is dropped without being awaited: nobody waits for it";
    F.note(Lost.Where, "the task is made and dropped here");
    F.note(Lost.Where, "co_await it, and give back what it acquires in a guard "
                       "such as codrop::scope_exit");
    break;
  case LostGuard::Disarmed:
    F.Text = Var + " is disarmed before the co_await that it protects";
    F.note(Lost.Where, "disarmed here");
    F.note(Lost.Unprotected, "if this co_await throws, nothing is rolled back");
    F.note(Lost.Unprotected, "disarm it after the co_await");
    break;
  case LostGuard::ReleasedEarly:
    F.Text = Var + " is released before the co_await that it protects";
    F.note(Lost.Made, "this lazy task is made under the guard");
    F.note(Lost.Where, "released here, before the task has begun");
    F.note(Lost.Unprotected, "it runs during this co_await; release the guard "
                             "afterwards");
    break;
  case LostGuard::GivenUp:
    F.Text = "'" + Lost.Callee + "()' gives up " + Var +
             " without giving back what it holds" +
             (Lost.OnSomePath ? " on some path" : "");
    F.note(Lost.Made, "acquired here");
    F.note(Lost.Where, "nobody owns it after this; let the guard die instead, "
                       "or give it back on every path");
    break;
  case LostGuard::BesideTask:
    F.Text = Var + " of type " + Type +
             " is given back before the returned task is done";
    F.note(Lost.Where, "acquired here");
    F.note(Lost.Unprotected,
           Lost.Eager ? "the task that is returned here goes on after the "
                        "guard has died"
                      : "the task that is returned here may run after the "
                        "guard has died");
    F.note(Lost.Made,
           "make this function a coroutine and co_return co_await the task");
    break;
  }
  return F;
}

/// Only for those that are lost by forgetting a word. To disarm later or to
/// rewrite the function is for its author.
FixWriter::Fixes rewrite(const LostGuard &Lost, FixWriter &Writer) {
  switch (Lost.K) {
  case LostGuard::DroppedAtOnce:
    return Writer.named(Lost.Value, /*Await=*/false);
  case LostGuard::TaskDropped:
    return Writer.named(Lost.Value, /*Await=*/true);
  case LostGuard::OnlyDeclared:
    return Writer.declared(Lost.Declared);
  case LostGuard::TaskUnused:
    return Writer.awaited(Lost.Value);
  default:
    return {};
  }
}

} // namespace

LeakedGuardCheck::LeakedGuardCheck(llvm::StringRef Name,
                                   clang::tidy::ClangTidyContext *Context,
                                   std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      ReportFlags(boolOption(option::leaked_guard::ReportFlags,
                             option::leaked_guard::ReportFlagsDefault)),
      OthersFindTasks(Context->isCheckEnabled("codrop-discarded-task")) {}

void LeakedGuardCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  Options.store(Opts, option::leaked_guard::ReportFlags, ReportFlags);
}

/// A guard's task that nobody awaits is any task's matter, too.
bool LeakedGuardCheck::isFoundByOthers(const LostGuard &Lost,
                                       TUAnalysis &TU) const {
  const bool IsTask = Lost.K == LostGuard::TaskUnused ||
                      Lost.K == LostGuard::TaskDropped ||
                      Lost.K == LostGuard::NeverAcquired;
  return OthersFindTasks && IsTask &&
         TaskDrops(TU.types()).loss(Lost.Value->getType());
}

bool LeakedGuardCheck::wants(const FunctionDecl *FD) const {
  return isCoroutine(FD) || FD->getReturnType()->isRecordType();
}

std::vector<Finding> LeakedGuardCheck::find(const FunctionAnalysis &F,
                                            TUAnalysis &TU) {
  std::vector<Finding> Findings;
  if (!F.coroutine()) {
    if (TU.types().isTask(F.function()->getReturnType()) && F.graph())
      for (const LostGuard &Lost : findGuardsBesideTask(F, TU))
        if (!isFoundByOthers(Lost, TU))
          Findings.push_back(describe(Lost));
    return Findings;
  }
  FixWriter Writer(F, TU.context());
  for (const HandHeld &Held : findHandHeld(F, TU, edges(), ReportFlags)) {
    Findings.push_back(describe(Held, *F.graph()));
    if (Held.OnlyRelease)
      Findings.back().Fixes = Writer.scopeExit(Held.Acquire, Held.Release);
  }
  for (const LostGuard &Lost : findLostGuards(F, TU)) {
    if (isFoundByOthers(Lost, TU))
      continue;
    Findings.push_back(describe(Lost));
    Findings.back().Fixes = rewrite(Lost, Writer);
  }
  return Findings;
}

} // namespace codrop
