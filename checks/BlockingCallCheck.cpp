// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the words for the blocking work that analysis/CoroutineBlocking finds.

#include "checks/BlockingCallCheck.h"
#include "analysis/CoroutineBlocking.h"

using namespace clang;

namespace codrop {

static Finding describe(const BlockingWork &Work, const FunctionDecl *FD) {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  const bool IsLambda = Method && Method->getParent()->isLambda();
  const BlockingChain &Chain = Work.Chain;
  Finding F;
  F.Loc = Work.Loc;
  F.Range = Work.Range;
  F.Sure = Chain.MayBeOther ? Confidence::Maybe : Confidence::Definite;
  F.Text = (IsLambda ? std::string("coroutine lambda")
                     : "coroutine '" + FD->getNameAsString() + "'") +
           " blocks the thread that runs it: " + Chain.Callee + " " +
           Chain.why();
  // A single step says nothing that the finding has not said.
  if (Chain.Steps.size() > 1)
    for (const BlockingStep &Step : Chain.Steps)
      F.note(Step.Loc, Step.What);
  F.note(Work.Loc, "all other coroutines of that thread stand still meanwhile");
  F.note(Work.Loc, Chain.Instead.empty()
                       ? "co_await something that suspends, or hand the work "
                         "to a thread pool and await its result"
                       : "use " + Chain.Instead +
                             ", or hand the work to a thread pool and await "
                             "its result");
  return F;
}

BlockingCallCheck::BlockingCallCheck(llvm::StringRef Name,
                                     clang::tidy::ClangTidyContext *Context,
                                     std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      Blocking(listOption(option::blocking_call::BlockingFunctions,
                          option::blocking_call::BlockingFunctionsDefault),
               Options.get(option::blocking_call::CallDepth, 8U)) {}

void BlockingCallCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::blocking_call::BlockingFunctions,
            Blocking.functions());
  Options.store(Opts, option::blocking_call::CallDepth, Blocking.callDepth());
}

std::vector<Finding> BlockingCallCheck::find(const FunctionAnalysis &F,
                                             TUAnalysis &TU) {
  std::vector<Finding> Findings;
  for (const BlockingWork &Work :
       findBlockingWork(F, TU, Blocking.summaries(TU), Blocking.callDepth()))
    Findings.push_back(describe(Work, F.function()));
  return Findings;
}

} // namespace codrop
