// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/HandlerLook.h"
#include "analysis/Names.h"
#include "analysis/Syntax.h"
#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

/// `std::current_exception()`, and what wraps it: `getCaughtException()`.
static bool givesCaught(const FunctionDecl *FD) {
  auto Words = identifierWords(nameOf(FD));
  return FD && FD->getNumParams() == 0 &&
         llvm::is_contained(Words, "exception") &&
         (llvm::is_contained(Words, "current") ||
          llvm::is_contained(Words, "caught"));
}

/// What it is given becomes text, for people.
static bool makesText(const FunctionDecl *FD) {
  if (!FD)
    return false;
  if (soundsLikeLogging(FD))
    return true;
  auto Words = identifierWords(nameOf(FD));
  if (llvm::any_of(Words, [](llvm::StringRef Word) {
        return llvm::is_contained({"print", "printf", "println", "fprintf",
                                   "format", "formattable", "what", "message",
                                   "string", "str", "log", "perror"},
                                  Word);
      }))
    return true;
  return Words.size() == 1 &&
         llvm::is_contained({"trace", "debug", "info", "warn", "warning",
                             "error", "critical", "fatal"},
                            Words.front());
}

/// \p Rethrow is in a try statement of the handler's own, which sorts out what
/// it is.
static bool sortsOut(const CXXThrowExpr *Rethrow, const CXXCatchStmt *Handler,
                     const ParentTable &Parents) {
  const CXXTryStmt *Try = Parents.enclosingTry(Rethrow);
  return Try && Parents.isWithin(Try, Handler);
}

/// \p Handler, if it is not null, ends what is looked at.
static bool looksWith(const Expr *Caught, const CXXCatchStmt *Handler,
                      const FunctionAnalysis &F, unsigned Depth = 2) {
  const ParentTable &Parents = F.graph()->parents();
  bool Text = false, Passed = false;
  const Stmt *Child = Caught;
  for (const Stmt *P = Parents.parent(Caught); P && P != Handler;
       Child = P, P = Parents.parent(P)) {
    if (const auto *If = dyn_cast<IfStmt>(P)) {
      if (If->getCond() == Child)
        return true;
      break;
    }
    if (isa<WhileStmt, ForStmt, DoStmt, SwitchStmt>(P))
      return true;
    if (isa<CompoundStmt>(P))
      break;
    if (isa<CXXThrowExpr>(P))
      return false; // A way that leaves, and the ways are searched.
    if (isa<CoreturnStmt, ReturnStmt>(P))
      return !Text;
    if (const auto *Choice = dyn_cast<AbstractConditionalOperator>(P);
        Choice && Choice->getCond() == Child)
      return true;
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(P)) {
      if (Operator->getOperator() == OO_LessLess)
        Text = true;
      else if (Operator->isComparisonOp() ||
               Operator->getOperator() == OO_Equal)
        Passed = true;
      continue;
    }
    if (const auto *Binary = dyn_cast<BinaryOperator>(P)) {
      Passed |= Binary->isComparisonOp() || Binary->isAssignmentOp();
      continue;
    }
    if (isa<CXXDynamicCastExpr, DeclStmt>(P))
      Passed = true;
    if (const auto *Call = dyn_cast<CallExpr>(P)) {
      const FunctionDecl *Callee = Call->getDirectCallee();
      if (Callee && Callee->isNoReturn())
        return false; // As a throw does.
      if (makesText(Callee))
        Text = true;
      else if (Call->getCallee() != Child)
        Passed = true;
    } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(P)) {
      Passed |= !Construct->isElidable() && Construct->getNumArgs() > 0;
    }
    if (const VarDecl *Var = Text ? nullptr : Parents.initializedVariable(P))
      return Depth && llvm::any_of(F.uses().of(Var), [&](const auto &At) {
               return looksWith(At.What.Ref, Handler, F, Depth - 1);
             });
  }
  return Passed && !Text;
}

bool looksAtMention(const Expr *Mention, const FunctionAnalysis &F) {
  return looksWith(Mention, nullptr, F);
}

bool looksAtException(const CXXCatchStmt *Handler, const FunctionAnalysis &F) {
  const ParentTable &Parents = F.graph()->parents();
  const VarDecl *Caught = Handler->getExceptionDecl();
  for (const Stmt *S : Parents.preorder()) {
    if (!Parents.isWithin(S, Handler))
      continue;
    if (const auto *Throw = dyn_cast<CXXThrowExpr>(S);
        Throw && !Throw->getSubExpr() && sortsOut(Throw, Handler, Parents))
      return true;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S);
        Ref && Caught && Ref->getDecl() == Caught && looksWith(Ref, Handler, F))
      return true;
    const auto *Call = dyn_cast<CallExpr>(S);
    if (!Call)
      continue;
    const FunctionDecl *Callee = Call->getDirectCallee();
    if (givesCaught(Callee) && looksWith(Call, Handler, F))
      return true;
    // A function that rethrows what is being handled, and sorts it out.
    const FunctionDecl *Definition = Callee ? Callee->getDefinition() : nullptr;
    if (Definition && Definition->getBody() &&
        !Definition->getASTContext().getSourceManager().isInSystemHeader(
            Definition->getLocation()) &&
        llvm::any_of(ParentTable(writtenBody(Definition)).preorder(),
                     [](const Stmt *Inner) {
                       const auto *Throw = dyn_cast<CXXThrowExpr>(Inner);
                       return Throw && !Throw->getSubExpr();
                     }))
      return true;
  }
  return false;
}

} // namespace codrop
