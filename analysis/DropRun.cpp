// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/DropRun.h"
#include "analysis/Names.h"
#include "analysis/Syntax.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

llvm::StringRef commitVerb(const FunctionDecl *Callee) {
  llvm::SmallVector<std::string, 4> Words = identifierWords(nameOf(Callee));
  // "commit_now", "do_commit", "try_to_commit"; but "is_committed",
  // "last_commit".
  for (llvm::StringRef Word : Words) {
    if (Word == "commit" || Word == "publish")
      return Word == "commit" ? "commit" : "publish";
    if (!llvm::is_contained(
            {"do", "try", "to", "maybe", "auto", "force", "async", "and"},
            Word))
      return "";
  }
  return "";
}

// --- Statements --------------------------------------------------------------

DropRun::Flow DropRun::run(const Stmt *S, bool Armed) {
  Flow Out;
  if (!S || Budget == 0)
    return Out;
  --Budget;
  if (const auto *Block = dyn_cast<CompoundStmt>(S)) {
    for (const Stmt *Inner : Block->body()) {
      Flow Step = run(Inner, Armed || Out.Armed);
      Out.Armed |= Step.Armed;
      Out.Continues = Step.Continues;
      if (!Out.Continues)
        break;
    }
    return Out;
  }
  if (const auto *If = dyn_cast<IfStmt>(S)) {
    run(If->getInit(), Armed);
    if (const DeclStmt *Variable = If->getConditionVariableDeclStmt())
      run(Variable, Armed);
    evaluate(If->getCond(), Armed);
    Truth Held = truth(If->getCond());
    bool Flag = asksFlag(If->getCond());
    Flow Then, Else;
    if (Held != Truth::False)
      Then = run(If->getThen(), Armed || Flag);
    if (Held != Truth::True)
      Else = run(If->getElse(), Armed || Flag);
    Out.Continues = (Held != Truth::False && Then.Continues) ||
                    (Held != Truth::True && Else.Continues);
    // `if (done_) return;`: a flag decides about all that follows.
    bool Leaves = [&] {
      auto leaves = [](const Stmt *Branch) {
        if (const auto *Block = dyn_cast_or_null<CompoundStmt>(Branch))
          Branch = Block->body_empty() ? nullptr : Block->body_back();
        return isa_and_nonnull<ReturnStmt>(Branch);
      };
      return leaves(If->getThen()) || leaves(If->getElse());
    }();
    Out.Armed = Then.Armed || Else.Armed || (Flag && Leaves);
    return Out;
  }
  if (const auto *Return = dyn_cast<ReturnStmt>(S)) {
    if (Return->getRetValue())
      evaluate(Return->getRetValue(), Armed);
    Out.Continues = false;
    return Out;
  }
  if (const auto *Try = dyn_cast<CXXTryStmt>(S))
    return run(Try->getTryBlock(), Armed);
  if (const auto *Decls = dyn_cast<DeclStmt>(S)) {
    for (const Decl *D : Decls->decls())
      if (const auto *Var = dyn_cast<VarDecl>(D); Var && Var->getInit())
        evaluate(Var->getInit(), Armed);
    return Out;
  }
  if (const auto *E = dyn_cast<Expr>(S)) {
    evaluate(E, Armed);
    return Out;
  }
  if (isa<CXXCatchStmt>(S))
    return Out;
  // Loops and switches: what is in them may run.
  for (const Stmt *Child : S->children())
    run(Child, Armed);
  return Out;
}

void DropRun::enter(const Expr *Call, const FunctionDecl *Callee, bool Armed) {
  const FunctionDecl *Definition = nullptr;
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  bool OfLambda = Method && Method->getParent()->isLambda();
  if (Way.size() > 4 || (Callee->isInStdNamespace() && !OfLambda) ||
      !Callee->hasBody(Definition) || Definition->isDependentContext() ||
      isa_and_nonnull<CoroutineBodyStmt>(Definition->getBody()) ||
      llvm::any_of(Way, [&](const auto &Step) {
        return Step.second->getCanonicalDecl() == Callee->getCanonicalDecl();
      }))
    return;
  Way.push_back({Call->getExprLoc(), Callee});
  run(Definition->getBody(), Armed);
  Way.pop_back();
}

/// Whether what is assigned to outlives the object.
static bool isElsewhere(const Expr *Left) {
  Left = stripped(Left);
  if (ownField(Left))
    return ownField(Left)->getType()->isReferenceType();
  const auto *Ref = dyn_cast<DeclRefExpr>(Left);
  return !Ref || Ref->refersToEnclosingVariableOrCapture() ||
         Ref->getDecl()->getType()->isReferenceType();
}

void DropRun::evaluate(const Expr *E, bool Armed, bool IsObject) {
  if (!E || Budget == 0)
    return;
  --Budget;
  E = stripped(E);
  if (isa<LambdaExpr, UnaryExprOrTypeTraitExpr, CXXNoexceptExpr>(E))
    return;
  auto act = [&](const Expr *Site, const FunctionDecl *Callee) {
    DropAct A;
    A.E = Site;
    A.Callee = Callee;
    A.Armed = Armed;
    A.GivesObject = IsObject;
    A.Way.assign(Way.begin(), Way.end());
    Acts.push_back(std::move(A));
  };
  if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) {
    evaluate(Choice->getCond(), Armed);
    Truth Held = truth(Choice->getCond());
    bool Inner = Armed || asksFlag(Choice->getCond());
    if (Held != Truth::False)
      evaluate(Choice->getTrueExpr(), Inner);
    if (Held != Truth::True)
      evaluate(Choice->getFalseExpr(), Inner);
    return;
  }
  if (const auto *Binary = dyn_cast<BinaryOperator>(E);
      Binary && Binary->isLogicalOp()) {
    evaluate(Binary->getLHS(), Armed);
    Truth Left = truth(Binary->getLHS());
    if (Left != (Binary->getOpcode() == BO_LAnd ? Truth::False : Truth::True))
      evaluate(Binary->getRHS(), Armed || asksFlag(Binary->getLHS()));
    return;
  }
  const Expr *Object = calledObject(E);
  for (const Stmt *Child : E->children())
    if (const auto *Inner = dyn_cast_or_null<Expr>(Child)) {
      // The callee of a member call is its object with the member's name.
      if (const auto *Member = dyn_cast<MemberExpr>(stripped(Inner));
          Member && isa<CXXMemberCallExpr>(E) && Object &&
          Child == *E->child_begin())
        evaluate(Object, Armed, /*IsObject=*/true);
      else
        evaluate(Inner, Armed);
    }
  if (const auto *Binary = dyn_cast<BinaryOperator>(E)) {
    if (Binary->isAssignmentOp() && isElsewhere(Binary->getLHS()))
      act(E, nullptr);
    return;
  }
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Call || asksForExceptions(Callee))
    return;
  act(E, Callee);
  if (Callee)
    enter(E, Callee, Armed);
}

DropRun::DropRun(const CXXDestructorDecl *Destructor, Mode M)
    : M(M), Context(Destructor->getASTContext()) {
  const FunctionDecl *Definition = nullptr;
  if (!Destructor->hasBody(Definition))
    return;
  run(Definition->getBody(), false);
  // A member that is a guard itself acts when it dies, unless it was told not
  // to.
  for (const FieldDecl *Field : Destructor->getParent()->fields()) {
    const CXXRecordDecl *RD = Field->getType()->getAsCXXRecordDecl();
    if (!RD || !RD->hasDefinition() || RD->hasTrivialDestructor() ||
        RD->isInStdNamespace() || RD->isLambda())
      continue;
    bool Dismissed = llvm::any_of(Acts, [&](const DropAct &A) {
      const Expr *Object = A.E ? calledObject(A.E) : nullptr;
      return Object && ownField(Object) == Field &&
             llvm::is_contained({"dismiss", "disarm", "release", "cancel"},
                                nameOf(A.Callee));
    });
    if (Dismissed)
      continue;
    DropAct A;
    A.Member = Field;
    Acts.push_back(std::move(A));
  }
}

} // namespace codrop
