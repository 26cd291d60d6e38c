// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for awaiters that analysis/UnregisteredAwaiter finds handed out and
// never taken back.

#include "checks/UnregisteredAwaiterCheck.h"
#include "analysis/UnregisteredAwaiter.h"

using namespace clang;

namespace codrop {

static Finding describe(const UnregisteredAwaiter &A,
                        const ASTContext &Context) {
  const std::string Class = "'" + A.Awaiter->getNameAsString() + "'";
  Finding F;
  F.Loc = A.HandedOut;
  // It takes a frame that is destroyed.
  F.Sure = Confidence::Maybe;
  F.Text = Class + " hands out " +
           (A.Itself ? "its address" : "the coroutine that awaits it") +
           ", and nothing takes it back when the suspended frame is destroyed";
  F.note(A.Awaited, "a coroutine of type '" + typeName(A.Task, Context) +
                        "' awaits it here, and may be destroyed meanwhile");
  F.note(A.HandedOut, A.Itself ? "what still has the address then uses a "
                                 "destroyed awaiter"
                               : "what still has the handle then resumes a "
                                 "destroyed coroutine");
  F.note(A.Awaiter->getLocation(),
         "give " + Class +
             " a destructor that takes it back, or a member that does");
  return F;
}

std::vector<Finding> UnregisteredAwaiterCheck::find(const FunctionAnalysis &F,
                                                    TUAnalysis &TU) {
  std::vector<Finding> Result;
  for (const UnregisteredAwaiter &A : findUnregisteredAwaiters(F, TU))
    Result.push_back(describe(A, TU.context()));
  return Result;
}

} // namespace codrop
