// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the words for what analysis/DeadHandler finds.

#include "checks/DeadHandlerCheck.h"
#include "analysis/DeadHandler.h"

using namespace clang;

namespace codrop {

/// "'start()'", "the call" where nothing has a name.
static std::string calledName(const DeadHandler &Dead) {
  const Expr *Named = Dead.Call->getCallee()->IgnoreParenImpCasts();
  // `handler_(request)`: the object has the name, its operator() has none.
  if (isa<CXXOperatorCallExpr>(Dead.Call) && Dead.Call->getNumArgs())
    Named = Dead.Call->getArg(0)->IgnoreParenImpCasts();
  const ValueDecl *D = nullptr;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Named))
    D = Ref->getDecl();
  else if (const auto *Member = dyn_cast<MemberExpr>(Named))
    D = Member->getMemberDecl();
  return D && D->getIdentifier() ? "'" + D->getName().str() + "()'"
                                 : "the call";
}

static Finding describe(const DeadHandler &Dead) {
  Finding F;
  F.Sure = Dead.Sure;
  F.Loc = Dead.Handler->getCatchLoc();
  std::string Call = calledName(Dead);
  F.Text =
      "handler never sees what " + Call + " throws, because that is " +
      (Dead.Lazy ? "thrown where the task is awaited" : "kept in the task");
  F.note(Dead.Call->getExprLoc(),
         Dead.Lazy ? "this only makes the task; it runs later, outside of the "
                     "try block"
                   : "what it throws is kept in the task, and the call returns "
                     "as ever");
  F.note(F.Loc, "make the function a coroutine, and write 'co_return co_await' "
                "in the try block");
  return F;
}

std::vector<Finding> DeadHandlerCheck::find(const FunctionAnalysis &F,
                                            TUAnalysis &TU) {
  std::vector<Finding> Result;
  for (const DeadHandler &Dead : findDeadHandlers(F.function(), TU))
    Result.push_back(describe(Dead));
  return Result;
}

} // namespace codrop
