// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for operations that are cut short where they must not be.
// CutShort decides which of them do harm.

#include "checks/CancelUnsafeOperationCheck.h"
#include "analysis/Abandoned.h"
#include "analysis/CutShort.h"

using namespace clang;

namespace codrop {
namespace {

std::string quoted(llvm::StringRef Name) { return ("'" + Name + "'").str(); }

std::string calleeName(const FunctionDecl *FD) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(FD);
  if (Method && Method->getParent()->isLambda())
    return "the lambda";
  return FD ? quoted(FD->getNameAsString()) : "the operation";
}

/// "when 'with_timeout' gives up", "when the race '||' is lost"
std::string whenCut(const Race &R) {
  if (R.OnFailure)
    return "when another operand of " + R.Name + " fails";
  if (R.Operands.size() > 1)
    return "when another operand of " + R.Name + " is done first";
  return "when " + R.Name + " runs out of time";
}

void tellWay(Finding &F, const CutShort &C) {
  F.note(C.In.Combinator->getExprLoc(),
         C.In.LoserGoesOn
             ? whenCut(C.In) + ", nobody waits for it any more, and it goes on"
             : whenCut(C.In) + ", it is cancelled at whatever co_await it is");
  bool Inside = false;
  for (const auto &[Loc, Callee] : C.Effect.Through) {
    F.note(Loc, Inside ? "which awaits " + calleeName(Callee) + " here"
                       : calleeName(Callee) + " is what is raced");
    Inside = true;
  }
}

Finding describe(const CutShort &C) {
  Finding F;
  F.Sure = C.Sure;
  const CutEffect &E = C.Effect;
  F.Loc = (E.Through.empty() ? E.Site->getExprLoc() : E.Through.front().first);
  std::string What = calleeName(E.Callee), State = quoted(E.StateName);
  std::string Why = E.Fact ? E.Fact->Why : "";
  std::string Verb = C.In.LoserGoesOn ? " is abandoned" : " is cut short";
  switch (C.K) {
  case CutShort::UsedAgain:
    F.Text = What + " on " + State + Verb + " by " + C.In.Name + ", and " +
             State + " is used again after it";
    tellWay(F, C);
    F.note(E.Site->getExprLoc(),
           Why.empty() ? State + " is left half done" : Why);
    if (C.Handler)
      F.note(C.Handler->getBeginLoc(), "the coroutine goes on here");
    F.note(C.Again->getExprLoc(), State + " is used again here all the same");
    F.note(C.In.Combinator->getExprLoc(),
           "close " + State +
               " when it was cut, or let the operation finish, as "
               "codrop::shield does");
    break;
  case CutShort::LivesOn:
    F.Text = What + " on " + State + Verb + " by " + C.In.Name +
             (E.K == CutEffect::Close ? ", and nobody closes " + State
                                      : ", and nobody is told");
    tellWay(F, C);
    F.note(E.Site->getExprLoc(), !Why.empty() ? Why
                                 : E.K == CutEffect::Close
                                     ? "then it is half closed"
                                     : "then it is done by half, or the next "
                                       "operation meets what is left of it");
    F.note(C.In.Combinator->getExprLoc(),
           E.K == CutEffect::Operation
               ? "close " + State +
                     " when it was cut, or let the operation finish, as "
                     "codrop::shield does"
               : "let it finish, as codrop::shield does, and give up only the "
                 "wait for it");
    break;
  case CutShort::Lost:
    F.Text = What + Verb + " by " + C.In.Name + " and must not be";
    tellWay(F, C);
    F.note(E.Site->getExprLoc(),
           Why.empty() ? "it says that it is not safe to cancel" : Why);
    F.note(C.In.Combinator->getExprLoc(),
           "use a form of it that takes the deadline or the token itself, or "
           "keep the operation and wait for it again");
    break;
  case CutShort::Halved:
    F.Text = What + Verb + " by " + C.In.Name +
             " between the two halves of an update";
    tellWay(F, C);
    F.note(E.Torn.Before->getExprLoc(),
           quoted(E.Torn.Place) + " is changed here");
    F.note(E.Torn.Suspends->getExprLoc(), "suspends here, and may end here");
    F.note(E.Torn.After->getExprLoc(),
           "then " + quoted(E.Torn.OtherPlace) + " is not changed here");
    F.note(C.In.Combinator->getExprLoc(),
           "change both after the last co_await, or let it finish, as "
           "codrop::shield does");
    break;
  }
  return F;
}

Finding describe(const Abandoned &A) {
  Finding F;
  F.Sure = A.Sure;
  F.Loc = A.Made;
  std::string Name = quoted(A.Name);
  switch (A.K) {
  case Abandoned::Borrows:
    F.Text = "the operation goes on when " + A.In.Name +
             " gives up, and uses " +
             (A.Name.empty() ? "captures of a lambda that is gone by then"
                             : Name + ", which is gone by then");
    F.note(A.Before, A.Name.empty() ? "the lambda with its captures dies when "
                                      "the coroutine leaves"
                                    : Name + " lives here");
    F.note(A.In.Combinator->getExprLoc(),
           whenCut(A.In) + ", the coroutine goes on or leaves, and the "
                           "operation is not stopped");
    if (A.Suspends.isValid())
      F.note(A.Suspends, "the operation suspends here");
    if (A.Uses.isValid())
      F.note(A.Uses, A.Name.empty() ? "and uses a capture here"
                                    : "and uses " + Name + " here");
    F.note(A.Made, "give it copies or owners of what it uses, or stop it and "
                   "wait for it when the time is up, as codrop::timeout does");
    break;
  case Abandoned::Unlocked:
    F.Text = Name + " is given up when " + A.In.Name +
             " gives up, and the operation that it protects goes on";
    F.note(A.Before, Name + " keeps others out from here on");
    F.note(A.In.Combinator->getExprLoc(),
           whenCut(A.In) + ", the coroutine leaves, and the operation is not "
                           "stopped");
    F.note(A.Uses, "it changes the object here, beside whoever comes in next");
    F.note(A.Made, "hand " + Name +
                       " to the operation, or keep its task in a "
                       "shared future until it is done");
    break;
  case Abandoned::Taken:
    F.Text = "the task of " + Name + " is forgotten when " + A.In.Name +
             " gives up on it";
    F.note(A.Before, Name + " is emptied here");
    F.note(A.In.Combinator->getExprLoc(),
           whenCut(A.In) + ", the task goes on, and " + Name +
               " says that there is none");
    F.note(A.Before, "keep it in a shared future, and empty " + Name +
                         " when it is done");
    break;
  case Abandoned::Callback:
    F.Text = "callback refers to " + Name +
             " of a coroutine that may be destroyed while it waits for it";
    F.note(A.Made, "the callback refers to " + Name + " from here on");
    F.note(A.Suspends, "suspends here; if it is cancelled, its frame is "
                       "destroyed, and the callback comes all the same");
    F.note(A.Made, "let the callback own what it needs, by a shared pointer");
    break;
  }
  return F;
}

} // namespace

std::vector<Finding> CancelUnsafeOperationCheck::find(const FunctionAnalysis &F,
                                                      TUAnalysis &TU) {
  std::vector<Finding> Result;
  for (const CutShort &C : findCutShort(F, TU))
    Result.push_back(describe(C));
  for (const Abandoned &A : findAbandoned(F, TU))
    Result.push_back(describe(A));
  return Result;
}

} // namespace codrop
