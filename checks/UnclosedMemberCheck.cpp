// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the words for the members that analysis/UnclosedMembers finds left
// open. A class is judged when the whole translation unit has been seen.

#include "checks/UnclosedMemberCheck.h"
#include "analysis/UnclosedMembers.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;
using namespace clang::ast_matchers;

namespace codrop {

namespace {

AST_MATCHER(CXXRecordDecl, isOwnClassWithParts) {
  if (!Node.isThisDeclarationADefinition() || Node.isImplicit() ||
      Node.isDependentContext() || Node.isInvalidDecl() ||
      (Node.field_empty() && Node.getNumBases() == 0))
    return false;
  const SourceManager &SM = Finder->getASTContext().getSourceManager();
  return !SM.isInSystemHeader(SM.getExpansionLoc(Node.getLocation()));
}

std::string quoted(const NamedDecl *D) {
  return "'" + D->getNameAsString() + "'";
}

Finding describe(const UnclosedMember &U, const ASTContext &Context) {
  const std::string Close =
      "'" + (U.What ? U.What->Close.front() : U.Closer->getNameAsString()) +
      "()'";
  const std::string Member =
      U.Member ? quoted(U.Member) : "its base class " + quoted(U.Base);
  const std::string Typed =
      U.What ? Member + " of type '" + resourceName(*U.What, Context) + "'"
             : Member;
  const std::string Closer =
      U.Closer ? "'" + U.Closer->getNameAsString() + "()' of " + quoted(U.Class)
               : "";
  Finding F;
  switch (U.K) {
  case UnclosedMember::ClosedNowhere:
    F.Loc = U.Member->getLocation();
    F.Text = quoted(U.Class) + " owns " + Typed + ", which needs an awaited " +
             Close + ", and closes it nowhere";
    F.note(F.Loc, "give " + quoted(U.Class) + " an awaited close that calls " +
                      Close +
                      ", or codrop::async_drop(*this), which closes all "
                      "members");
    break;
  case UnclosedMember::Forgotten:
    F.Loc = U.Closer->getLocation();
    F.Text = Closer + " forgets " + Typed + ", which needs an awaited " + Close;
    F.note(U.Member->getLocation(), "it is owned here");
    F.note(F.Loc, "co_await its " + Close +
                      " too, or let codrop::async_drop(*this) close all "
                      "members");
    break;
  case UnclosedMember::ForgottenBase:
    F.Loc = U.Closer->getLocation();
    F.Text = Closer + " forgets " + Member + ", whose " + Close +
             " must be awaited too";
    F.note(U.Site, "it closes what " + quoted(U.Base) + " owns");
    F.note(F.Loc, "co_await " + U.Base->getNameAsString() +
                      "::" + U.Closer->getNameAsString() + "() on every path");
    break;
  case UnclosedMember::NotOnEveryWay:
    F.Loc = U.Site;
    F.Text = Closer + " leaves " + Member + " open on one of its ways";
    F.note(U.Site, "from here on there is a way that does not close it");
    F.note(U.Close, Member + " is closed here");
    F.note(U.Site, "co_await its " + Close + " on every path");
    break;
  case UnclosedMember::SkippedOnFailure:
    F.Loc = U.Site;
    F.Sure = Confidence::Maybe;
    F.Text = Closer + " leaves " + Member +
             " open when what this continuation waits for fails";
    F.note(U.Site, "a failure goes past the continuation");
    F.note(U.Close, Member + " would be closed here");
    F.note(U.Site, "close it in a continuation that runs after a failure too, "
                   "such as finally()");
    break;
  case UnclosedMember::SkippedOnThrow:
    F.Loc = U.Site;
    F.Sure = Confidence::Maybe;
    F.Text = Closer + " leaves " + Member + " open when this co_await throws";
    F.note(U.Site, "if this co_await throws, what comes after it is skipped");
    F.note(U.Close,
           (U.Member ? Member : quoted(U.Base)) + " would be closed here");
    F.note(U.Site, "keep the exception, close the others and rethrow, or let "
                   "codrop::async_drop(*this) close all members");
    break;
  case UnclosedMember::RestSkipped:
    F.Loc = U.Site;
    F.Sure = Confidence::Maybe;
    F.Text = Closer + " leaves the other elements of " + Member +
             " open when closing one throws";
    F.note(U.Site, "if this co_await throws, the loop ends");
    F.note(U.Site, "keep the exception, go on with the others and rethrow at "
                   "the end, or let codrop::async_drop close them all");
    break;
  case UnclosedMember::WrongOrder:
    F.Loc = U.Site;
    F.Text = Closer + " closes " + Member + " before " + quoted(U.User) +
             ", which uses it";
    F.note(U.Site, Member + " is closed here");
    F.note(U.Close, quoted(U.User) + " is closed here, and may still need " +
                        Member + " for it");
    F.note(U.Site, "close in reverse order of declaration, as "
                   "codrop::async_drop(*this) does");
    break;
  }
  return F;
}

} // namespace

UnclosedMemberCheck::UnclosedMemberCheck(llvm::StringRef Name,
                                         clang::tidy::ClangTidyContext *Context,
                                         std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      InferResources(
          boolOption(option::unclosed_member::InferResources,
                     option::unclosed_member::InferResourcesDefault)) {}

void UnclosedMemberCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  Options.store(Opts, option::unclosed_member::InferResources, InferResources);
}

void UnclosedMemberCheck::registerMatchers(MatchFinder *Finder) {
  Finder->addMatcher(cxxRecordDecl(isOwnClassWithParts()).bind("record"), this);
}

std::vector<Finding> UnclosedMemberCheck::findAtEnd(TUAnalysis &TU) {
  std::vector<Finding> Findings;
  MemberUseTable Uses(TU.knowledge());
  for (const CXXRecordDecl *RD : Classes)
    for (const UnclosedMember &U :
         findUnclosedMembers(RD, TU, Uses, InferResources, edges()))
      Findings.push_back(describe(U, TU.context()));
  Classes.clear();
  return Findings;
}

} // namespace codrop
