// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words for the owners of coroutine handles that analysis/HandleOwnership
// finds fault with. A class is judged when the whole translation unit has been
// seen.

#include "checks/HandleOwnershipCheck.h"
#include "analysis/HandleOwnership.h"
#include "analysis/HandleScan.h"
#include "clang/ASTMatchers/ASTMatchFinder.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;
using namespace clang::ast_matchers;

namespace codrop {

namespace {

AST_MATCHER(CXXRecordDecl, mayOwnFrame) {
  if (!Node.isThisDeclarationADefinition() || Node.isImplicit() ||
      Node.isDependentContext() || Node.isInvalidDecl() || Node.isUnion() ||
      Node.isLambda())
    return false;
  const SourceManager &SM = Finder->getASTContext().getSourceManager();
  if (SM.isInSystemHeader(SM.getExpansionLoc(Node.getLocation())))
    return false;
  if (llvm::any_of(Node.fields(), [](const FieldDecl *Field) {
        return isCoroutineHandle(Field->getType());
      }))
    return true;
  IdentifierInfo &Id = Finder->getASTContext().Idents.get("promise_type");
  return !Node.lookup(&Id).empty();
}

std::string quoted(const NamedDecl *D) {
  return "'" + D->getNameAsString() + "'";
}

Finding describe(const HandleFault &Fault) {
  const std::string Class = quoted(Fault.Class);
  const std::string Handle = Fault.Handle ? quoted(Fault.Handle) : "";
  const SourceLocation Declared =
      Fault.Handle ? Fault.Handle->getLocation() : Fault.Class->getLocation();
  Finding F;
  F.Sure = Fault.Sure;
  F.Loc = Fault.Member ? Fault.Member->getLocation() : Declared;
  switch (Fault.K) {
  case HandleFault::CopyConstructed:
  case HandleFault::CopyAssigned:
    F.Text = Class + " destroys the coroutine of " + Handle + " but can be " +
             (Fault.K == HandleFault::CopyConstructed ? "copied"
                                                      : "copied by assignment");
    F.note(Fault.Destroys, "each copy destroys the same frame here");
    F.note(F.Loc, "delete the copies, and let a move take the handle with "
                  "std::exchange");
    break;
  case HandleFault::MoveDefaulted:
    F.Text = "a defaulted move of " + Class + " leaves " + Handle +
             " in the object that is moved from";
    F.note(Declared, "a coroutine handle is copied like a pointer");
    F.note(Fault.Destroys, "both objects destroy the same frame here");
    F.note(F.Loc, "take the handle with std::exchange, which leaves the other "
                  "without");
    break;
  case HandleFault::MoveKeepsSource:
    F.Text = "this move of " + Class + " leaves " + Handle +
             " in the object that is moved from";
    F.note(Fault.Destroys, "both objects destroy the same frame here");
    F.note(F.Loc, "take the handle with std::exchange, which leaves the other "
                  "without");
    break;
  case HandleFault::AssignLeaksOld:
    F.Text = "this assignment of " + Class + " loses the coroutine that " +
             Handle + " had before";
    F.note(Fault.Destroys, "only the destructor destroys a frame");
    F.note(F.Loc, "destroy the old frame first, or swap the handles");
    break;
  case HandleFault::AssignToSelf:
    F.Text = "this assignment of " + Class +
             " keeps a destroyed coroutine "
             "when an object is moved to itself";
    F.note(Fault.Destroys, "the frame is destroyed here");
    F.note(Fault.Reads, "and its handle is taken here, if both are the same "
                        "object");
    F.note(F.Loc, "compare 'this' with the address of the other first, or swap "
                  "the handles");
    break;
  case HandleFault::EndsItself:
    F.Text = Class + " destroys the coroutine of " + Handle +
             ", whose frame is gone when the coroutine has ended";
    F.note(Fault.Reads, "the coroutine does not suspend at its end, so its "
                        "frame destroys itself");
    F.note(Fault.Destroys, "and is destroyed again here");
    F.note(F.Loc, "return std::suspend_always from final_suspend(), or let the "
                  "frame go without a handle");
    break;
  case HandleFault::NeverDestroyed:
    F.Text = Class + " never destroys the coroutine of " + Handle +
             ", which waits at its end for that";
    F.note(Fault.Destroys, "the coroutine stays suspended here");
    F.note(F.Loc, "destroy it in the destructor of " + Class);
    break;
  case HandleFault::HandleNeverTaken:
    F.Text = "nobody has a handle to destroy the coroutines of " + Class +
             " with, which wait at their end for that";
    F.note(Fault.Destroys, "the coroutine stays suspended here");
    F.note(F.Loc, "return std::suspend_never from final_suspend(), or keep the "
                  "handle and destroy it");
    break;
  }
  return F;
}

} // namespace

void HandleOwnershipCheck::registerMatchers(MatchFinder *Finder) {
  Finder->addMatcher(cxxRecordDecl(mayOwnFrame()).bind("record"), this);
}

std::vector<Finding> HandleOwnershipCheck::findAtEnd(TUAnalysis &TU) {
  std::vector<Finding> Findings;
  for (const HandleFault &Fault : findHandleFaults(Classes, TU))
    Findings.push_back(describe(Fault));
  Classes.clear();
  return Findings;
}

} // namespace codrop
