// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the words for the drops that analysis/SyncDrops finds.

#include "checks/SyncDropCheck.h"
#include "analysis/SyncDrops.h"

using namespace clang;

namespace codrop {

static Finding describe(const SyncDrop &Drop, const ASTContext &Context) {
  const std::string Close = "'" + Drop.What->Close.front() + "()'";
  const std::string Type =
      "of type '" + resourceName(*Drop.What, Context) + "'";
  const std::string Name =
      Drop.Name.empty() ? "an object" : "'" + Drop.Name + "'";
  const std::string Callee = Drop.Callee && Drop.Callee->getIdentifier()
                                 ? "'" + Drop.Callee->getNameAsString() + "'"
                                 : "the lambda";
  const std::string Without = " without an awaited " + Close;
  Finding F;
  F.Loc = Drop.Loc;
  F.Range = Drop.Range;
  switch (Drop.K) {
  case SyncDrop::Emptied:
  case SyncDrop::Exchanged:
    F.Text = Name + " " + Type + " is dropped" + Without;
    F.note(F.Loc, Drop.How == "assignment"
                      ? "the assignment destroys what it held, which cannot "
                        "wait for the close"
                      : "'" + Drop.How +
                            "' destroys what it held, which cannot wait for "
                            "the close");
    break;
  case SyncDrop::Removed:
    F.Sure = Confidence::Maybe;
    F.Text = "elements of " + Name + " " + Type + " are dropped" + Without;
    F.note(F.Loc, (Drop.How == "assignment" ? "the assignment"
                                            : "'" + Drop.How + "'") +
                      " destroys them, which cannot wait for the close");
    break;
  case SyncDrop::Deleted:
    F.Text = Name + " " + Type + " is deleted" + Without;
    F.note(F.Loc, "its destructor cannot wait for the close");
    break;
  case SyncDrop::Taken:
    F.Text = Callee + " takes " + Name + " " + Type +
             " by value and lets it die" + Without;
    F.note(F.Loc, "it is destroyed when the function returns, and a function "
                  "that is no coroutine cannot await");
    break;
  case SyncDrop::Given:
    F.Text = Name + " " + Type + " is given to " + Callee +
             ", which lets it die" + Without;
    F.note(Drop.Callee->getLocation(), "it is destroyed when this returns");
    break;
  case SyncDrop::Dies:
    F.Sure = Drop.Elements ? Confidence::Maybe : Confidence::Definite;
    F.Text = (Drop.Elements ? "elements of " : "") + Name + " " + Type +
             (Drop.Elements ? " die" : " dies") + " here" + Without;
    F.note(F.Loc, "what is moved here is destroyed when the function returns, "
                  "or sooner");
    break;
  case SyncDrop::Captured:
    F.Text = Name + " " + Type + " dies with the lambda" + Without;
    F.note(F.Loc, "the lambda neither closes it nor hands it on");
    break;
  }
  F.note(F.Loc, "co_await its " + Close +
                    " first, or hand it to a codrop::cleanup_scope, which is "
                    "awaited later");
  return F;
}

SyncDropCheck::SyncDropCheck(llvm::StringRef Name,
                             clang::tidy::ClangTidyContext *Context,
                             std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      InferResources(boolOption(option::sync_drop::InferResources,
                                option::sync_drop::InferResourcesDefault)) {}

void SyncDropCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  Options.store(Opts, option::sync_drop::InferResources, InferResources);
}

std::vector<Finding> SyncDropCheck::find(const FunctionAnalysis &F,
                                         TUAnalysis &TU) {
  std::vector<Finding> Findings;
  for (const SyncDrop &Drop : findSyncDrops(F, TU, InferResources))
    Findings.push_back(describe(Drop, TU.context()));
  return Findings;
}

} // namespace codrop
