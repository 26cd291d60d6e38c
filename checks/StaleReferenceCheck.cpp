// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the words for what analysis/StaleReference finds.

#include "checks/StaleReferenceCheck.h"

using namespace clang;

namespace codrop {

static std::string quoted(llvm::StringRef Name) {
  return ("'" + Name + "'").str();
}

/// "'remove()'", "a lambda in 'start()'"
static std::string calledFrom(const FunctionDecl *FD) {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (Method && Method->getParent()->isLambda()) {
    const auto *Around =
        dyn_cast<FunctionDecl>(Method->getParent()->getDeclContext());
    const auto *Outer = dyn_cast_or_null<CXXMethodDecl>(Around);
    return Around && !(Outer && Outer->getParent()->isLambda())
               ? "a lambda in " + quoted(Around->getNameAsString() + "()")
               : "a lambda";
  }
  return quoted(FD->getNameAsString() + "()");
}

static std::string kindName(BorrowKind K) {
  switch (K) {
  case BorrowKind::Pointer:
    return "pointer ";
  case BorrowKind::Iterator:
    return "iterator ";
  case BorrowKind::View:
    return "view ";
  default:
    return "reference ";
  }
}

static Finding describe(const StaleReference &Stale) {
  Finding F;
  F.Sure = Stale.Sure;
  std::string Var = quoted(Stale.Variable), Owner = quoted(Stale.Owner);
  std::string From = Owner;
  if (Stale.Owner.empty() && Stale.Accessor)
    From = "what " + calledFrom(Stale.Accessor) + " gives";
  SourceLocation Before = Stale.Before->getBeginLoc();
  SourceLocation Suspends = Stale.Suspends->getExprLoc();
  auto suspends = [&] {
    F.note(Suspends, Stale.By
                         ? "suspends here; meanwhile " + calledFrom(Stale.By) +
                               " may change " + Owner
                         : "suspends here; meanwhile it may be removed");
    if (Stale.Changed)
      F.note(Stale.Changed->getExprLoc(), "changed here");
  };
  switch (Stale.K) {
  case StaleReference::Loop:
    F.Loc = Before;
    F.Text = "range-for over " + From +
             " goes on after a suspension, during which it may be changed";
    F.note(Before, "the loop begins here");
    suspends();
    F.note(Before, "the loop goes on here with an iterator that may be gone");
    F.note(Before, "iterate over a copy or a snapshot of the keys, or hold a "
                   "codrop::async_mutex throughout");
    break;
  case StaleReference::Borrowed: {
    F.Loc = Stale.Use->getExprLoc();
    std::string What = Stale.Owner.empty() ? From
                       : Stale.Pointee     ? "what " + From + " owns"
                       : Stale.Part        ? "a part of " + From
                       : Stale.How == BorrowKind::View
                           ? "the contents of " + From
                           : "an element of " + From;
    F.Text = kindName(Stale.How) + Var + " to " + What +
             " is used after a suspension, during which it may be gone";
    F.note(Before, "it refers to " + What + " from here on");
    suspends();
    F.note(Stale.Use->getExprLoc(), "used here all the same");
    F.note(Stale.Use->getExprLoc(),
           Stale.Pointee
               ? "keep an owner of it, or ask again after the co_await"
               : "look it up again after the co_await, or keep a copy or an "
                 "owner of the element");
    break;
  }
  case StaleReference::Checked:
    F.Loc = Stale.Use->getExprLoc();
    F.Text = Var + " was found set before a suspension and is gone through "
                   "after it without another look";
    F.note(Before, "checked here");
    suspends();
    F.note(Stale.Use->getExprLoc(), "gone through here all the same");
    F.note(Stale.Use->getExprLoc(),
           "check it again after the co_await, or keep an owner of what it "
           "leads to");
    break;
  case StaleReference::Unlocked:
    F.Loc = Stale.Use->getExprLoc();
    F.Text = Var + " is what a weak pointer's lock() gave after a suspension, "
                   "and nobody asks whether it is empty";
    F.note(Suspends, "suspends here; meanwhile the last owner may be gone");
    F.note(Before, "then this gives an empty pointer");
    F.note(Stale.Use->getExprLoc(), "gone through here all the same");
    F.note(Stale.Use->getExprLoc(), "leave if it is empty");
    break;
  }
  return F;
}

StaleReferenceCheck::StaleReferenceCheck(llvm::StringRef Name,
                                         clang::tidy::ClangTidyContext *Context,
                                         std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)) {
  What.Accessors = listOption(option::stale_reference::Accessors,
                              option::stale_reference::AccessorsDefault);
  What.Checks = boolOption(option::stale_reference::ReportChecks,
                           option::stale_reference::ReportChecksDefault);
}

void StaleReferenceCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::stale_reference::Accessors, What.Accessors);
  Options.store(Opts, option::stale_reference::ReportChecks, What.Checks);
}

std::vector<Finding> StaleReferenceCheck::find(const FunctionAnalysis &F,
                                               TUAnalysis &TU) {
  if (!Changes)
    Changes = std::make_unique<FieldChanges>(TU);
  std::vector<Finding> Findings;
  for (const StaleReference &Stale : findStaleReferences(F, TU, *Changes, What))
    Findings.push_back(describe(Stale));
  return Findings;
}

std::vector<Finding> StaleReferenceCheck::findAtEnd(TUAnalysis &) {
  Changes.reset();
  return {};
}

} // namespace codrop
