// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the words for what analysis/SwallowedCancellation finds.

#include "checks/SwallowedCancellationCheck.h"

using namespace clang;

namespace codrop {

static Finding describe(const SwallowedCancellation &Swallowed,
                        const ASTContext &Context) {
  using Kind = SwallowedCancellation::Kind;
  Finding F;
  F.Sure = Swallowed.Sure;
  const CXXCatchStmt *Handler = Swallowed.Handler;
  F.Loc = Handler->getCatchLoc();
  std::string Name = "'" + Swallowed.What->Name + "'";
  std::string Takes =
      Handler->getExceptionDecl()
          ? "handler of '" +
                typeName(Handler->getCaughtType().getNonReferenceType(),
                         Context) +
                "'"
          : "'catch (...)'";
  switch (Swallowed.K) {
  case Kind::Retried:
    F.Text = Takes + " takes a cancellation for any other failure, and the "
                     "loop goes on";
    break;
  case Kind::WentOn:
    F.Text = Takes + " takes a cancellation for any other failure, and the "
                     "coroutine goes on with other work";
    break;
  case Kind::Answered:
    F.Text = Takes + " takes a cancellation for any other failure, and makes "
                     "an ordinary result of it";
    break;
  }
  F.note(Swallowed.Suspends->getExprLoc(),
         "suspends here; when it is cancelled, " + Name + " is thrown");
  F.note(F.Loc, "taken here, and nothing asks whether it is that");
  F.note(Swallowed.Then->getBeginLoc(),
         Swallowed.K == Kind::Retried  ? "awaits again here"
         : Swallowed.K == Kind::WentOn ? "goes on here"
                                       : "returns here as after a failure");
  F.note(F.Loc, Swallowed.How == codrop::Takes::Named
                    ? "leave when it tells of a cancellation"
                    : "catch " + Name +
                          " first and rethrow it, or leave when a stop has "
                          "been requested");
  return F;
}

static Finding describe(const SwallowedError &Swallowed) {
  Finding F;
  F.Sure = Swallowed.Sure;
  F.Loc = Swallowed.Test->getBeginLoc();
  std::string Name = "'" + Swallowed.Error->getNameAsString() + "'";
  F.Text = "loop takes an operation that was cancelled for one that failed, "
           "and starts it again";
  F.note(Swallowed.Suspends->getExprLoc(),
         "suspends here; when it is cancelled, " + Name + " says so");
  F.note(F.Loc, "nothing asks here whether it is that");
  F.note(Swallowed.Suspends->getExprLoc(), "starts again here");
  F.note(F.Loc,
         "leave the loop if " + Name +
             " tells of a cancellation, or if a stop has been requested");
  return F;
}

SwallowedCancellationCheck::SwallowedCancellationCheck(
    llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
    std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)) {
  What.Results =
      boolOption(option::swallowed_cancellation::ReportResults,
                 option::swallowed_cancellation::ReportResultsDefault);
}

void SwallowedCancellationCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  Options.store(Opts, option::swallowed_cancellation::ReportResults,
                What.Results);
}

std::vector<Finding> SwallowedCancellationCheck::find(const FunctionAnalysis &F,
                                                      TUAnalysis &TU) {
  if (!Cancel)
    Cancel = std::make_unique<Cancellation>(TU);
  std::vector<Finding> Findings;
  for (const SwallowedCancellation &Swallowed :
       findSwallowedCancellations(F, TU, *Cancel, What))
    Findings.push_back(describe(Swallowed, TU.context()));
  for (const SwallowedCancellation &Swallowed :
       findSwallowedOnFiber(F, *Cancel))
    Findings.push_back(describe(Swallowed, TU.context()));
  for (const SwallowedError &Swallowed : findSwallowedErrors(F, TU, *Cancel))
    Findings.push_back(describe(Swallowed));
  return Findings;
}

std::vector<Finding> SwallowedCancellationCheck::findAtEnd(TUAnalysis &) {
  Cancel.reset();
  return {};
}

} // namespace codrop
