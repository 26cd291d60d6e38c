// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for what analysis/LockedResume finds run under a lock.

#include "checks/ResumeUnderLockCheck.h"
#include "analysis/HandleScan.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

namespace {

constexpr unsigned MaxOthers = 3;

bool resumesHandle(const FunctionDecl *Callee) {
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  return Method && isCoroutineHandle(Method->getThisType()->getPointeeType());
}

std::string lockName(const LockedResume &L) {
  if (!L.Locked.empty())
    return "'" + L.Locked + "' is locked";
  if (L.Guard && L.Guard->getIdentifier() && !L.Guard->isImplicit())
    return "'" + L.Guard->getNameAsString() + "' holds its lock";
  return "a lock is held";
}

std::string calleeName(const FunctionDecl *FD) {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (Method && Method->getParent()->isLambda())
    return "the closure";
  if (Method && Method->getOverloadedOperator() == OO_Call)
    return "'" + Method->getParent()->getNameAsString() + "'";
  return "'" + FD->getNameAsString() + "()'";
}

Finding describe(const LockedResume &L) {
  const FunctionDecl *Last = L.Chain.last();
  const bool Handle = resumesHandle(Last);
  const std::string Why =
      L.Chain.Fact->Why.empty() ? "runs what others wrote" : L.Chain.Fact->Why;
  Finding F;
  F.Loc = L.Chain.Calls.front()->getExprLoc();
  F.Sure = Handle && L.OnNormalPath ? Confidence::Definite : Confidence::Maybe;
  F.Text = (Handle ? "a coroutine is resumed" : calleeName(Last) + " " + Why) +
           " while " + lockName(L);
  F.note(L.Taken, "the lock is taken here");
  for (size_t I = 0; I + 1 < L.Chain.Calls.size(); ++I)
    F.note(L.Chain.Calls[I]->getExprLoc(),
           calleeName(L.Chain.Calls[I]->getDirectCallee()) +
               " is called with the lock held");
  F.note(L.Chain.Calls.back()->getExprLoc(),
         "what runs here may need the same lock, or end the life of what it "
         "is a member of");
  unsigned Shown = 0;
  for (SourceLocation Other : L.Others)
    if (++Shown <= MaxOthers)
      F.note(Other, "and here");
  F.note(F.Loc, "take what is to be resumed out under the lock, release it, "
                "then resume; or schedule it on an executor");
  return F;
}

} // namespace

std::vector<Finding> ResumeUnderLockCheck::find(const FunctionAnalysis &F,
                                                TUAnalysis &TU) {
  if (!Chains)
    Chains.emplace(TU);
  std::vector<Finding> Result;
  for (const LockedResume &L : findLockedResumes(F, TU, *Chains))
    Result.push_back(describe(L));
  return Result;
}

} // namespace codrop
