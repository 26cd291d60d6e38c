// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/BlockingParts.h"
#include "analysis/Summaries.h"
#include "analysis/Syntax.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

/// What the condition of \p If is known to be without running anything.
static std::optional<bool> constantCondition(const IfStmt *If,
                                             const ASTContext &Context) {
  const Expr *Condition = If->getCond();
  bool Value = false;
  if (!Condition || If->getInit() || If->getConditionVariable() ||
      Condition->isValueDependent() ||
      !Condition->EvaluateAsBooleanCondition(Value, Context))
    return std::nullopt;
  return Value;
}

Runs whatRuns(const Stmt *Body, const ASTContext &Context) {
  Runs Found;
  llvm::SmallVector<const Stmt *, 32> Work{Body};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (!S || isa<UnaryExprOrTypeTraitExpr, CXXNoexceptExpr>(S))
      continue;
    if (isa<CallExpr, CXXConstructExpr, CXXDeleteExpr>(S))
      Found.Calls.push_back(cast<Expr>(S));
    if (const auto *Decls = dyn_cast<DeclStmt>(S))
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D);
            Var && !Var->isStaticLocal() && !Var->getType()->isReferenceType())
          Found.Locals.push_back(Var);
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      for (const Expr *Init : Lambda->capture_inits())
        Work.push_back(Init);
      continue;
    }
    if (const auto *Coroutine = dyn_cast<CoroutineBodyStmt>(S)) {
      Work.push_back(Coroutine->getBody());
      continue;
    }
    if (const auto *Suspend = dyn_cast<CoroutineSuspendExpr>(S)) {
      Work.push_back(Suspend->getOperand());
      continue;
    }
    if (const auto *Return = dyn_cast<CoreturnStmt>(S)) {
      Work.push_back(Return->getOperand());
      continue;
    }
    if (const auto *If = dyn_cast<IfStmt>(S); If && If->isConstexpr())
      if (std::optional<const Stmt *> Taken =
              If->getNondiscardedCase(Context)) {
        Work.push_back(*Taken);
        continue;
      }
    // `if (kDumpsMessages)` of a constant: a switch that is off.
    if (const auto *If = dyn_cast<IfStmt>(S))
      if (std::optional<bool> Value = constantCondition(If, Context)) {
        Work.push_back(*Value ? If->getThen() : If->getElse());
        continue;
      }
    llvm::SmallVector<const Stmt *, 8> Children(S->child_begin(),
                                                S->child_end());
    if (isa<CompoundStmt>(S))
      for (const Stmt *Child : Children)
        if (const auto *E = dyn_cast_or_null<Expr>(Child))
          Found.Dropped.push_back(E);
    for (const Stmt *Child : llvm::reverse(Children))
      Work.push_back(Child);
  }
  return Found;
}

bool givesBlocking(const Expr *E, const BlockingDestructorFact &Fact,
                   const ASTContext &Context) {
  if (const Expr *Moved = movedOperand(E))
    E = Moved;
  E = stripped(E);
  const FunctionDecl *Callee = calledFunction(E);
  return Callee && knowledgeName(Callee) == Fact.AssignedFrom &&
         !(Fact.Unless && holds(*Fact.Unless, E, Context));
}

const Expr *blockingSource(const CXXRecordDecl *RD, const FieldDecl *Field,
                           const BlockingDestructorFact &Fact,
                           const ASTContext &Context) {
  auto gives = [&](const Expr *E) {
    return E && givesBlocking(E, Fact, Context);
  };
  if (const Expr *Init = Field->getInClassInitializer(); gives(Init))
    return Init;
  auto isField = [&](const Expr *E) {
    const auto *Member = E ? dyn_cast<MemberExpr>(stripped(E)) : nullptr;
    return Member && Member->getMemberDecl() == Field &&
           isa<CXXThisExpr>(stripped(Member->getBase()));
  };
  for (const CXXMethodDecl *Method : RD->methods()) {
    const FunctionDecl *Definition = nullptr;
    if (!Method->hasBody(Definition))
      continue;
    if (const auto *Constructor = dyn_cast<CXXConstructorDecl>(Definition))
      for (const CXXCtorInitializer *Init : Constructor->inits())
        if (Init->getMember() == Field && gives(Init->getInit()))
          return Init->getInit();
    ParentTable Body(Definition->getBody());
    for (const Stmt *S : Body.preorder()) {
      const auto *Call = dyn_cast<CallExpr>(S);
      if (!Call || !isField(calledObject(Call)))
        continue;
      bool IsOperator = isa<CXXOperatorCallExpr>(Call);
      for (unsigned I = IsOperator; I < Call->getNumArgs(); ++I)
        if (gives(Call->getArg(I)))
          return Call->getArg(I);
    }
  }
  return nullptr;
}

const CXXRecordDecl *calledObjectClass(const Expr *E) {
  const auto *Call = dyn_cast<CallExpr>(E);
  return Call ? objectClass(Call) : nullptr;
}

// --- Shared pointers with one owner ------------------------------------------

/// T of a std::shared_ptr<T> whose object can't keep itself alive.
static const CXXRecordDecl *sharedType(QualType T) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      T->getAsCXXRecordDecl());
  if (!Spec || !Spec->isInStdNamespace() || Spec->getName() != "shared_ptr" ||
      Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return nullptr;
  const CXXRecordDecl *RD =
      Spec->getTemplateArgs()[0].getAsType()->getAsCXXRecordDecl();
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD)
    return nullptr;
  bool SharesItself = !RD->forallBases([](const CXXRecordDecl *Base) {
    return !Base->getIdentifier() ||
           Base->getName() != "enable_shared_from_this";
  });
  return SharesItself ? nullptr : RD;
}

const CXXRecordDecl *pointedClass(QualType T) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      T->getAsCXXRecordDecl());
  if (!Spec || !Spec->isInStdNamespace() ||
      !llvm::is_contained({"unique_ptr", "shared_ptr"}, Spec->getName()) ||
      Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return nullptr;
  return Spec->getTemplateArgs()[0].getAsType()->getAsCXXRecordDecl();
}

/// T of a local std::unique_ptr<T> that \p Init gives an object to.
static const CXXRecordDecl *uniqueType(QualType T, const Expr *Init) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      T->getAsCXXRecordDecl());
  const CXXRecordDecl *RD = pointedClass(T);
  if (!RD || Spec->getName() != "unique_ptr" || !Init ||
      !isa<CallExpr>(stripped(Init)))
    return nullptr;
  const CXXRecordDecl *Deleter =
      Spec->getTemplateArgs()[1].getAsType()->getAsCXXRecordDecl();
  return Deleter && Deleter->isInStdNamespace() ? RD->getDefinition() : nullptr;
}

static bool isMadeShared(const Expr *E) {
  const FunctionDecl *Maker = E ? calledFunction(stripped(E)) : nullptr;
  return Maker && Maker->isInStdNamespace() && Maker->getIdentifier() &&
         Maker->getName() == "make_shared";
}

/// `p->f()`, `*p`, `if (p)`, `p.reset()`: the mention makes no second owner.
static bool keepsSoleOwner(const Expr *Mention, const ParentTable &Parents) {
  Use U = classifyUse(Mention, Parents);
  switch (U.Kind) {
  case UseKind::MemberCall:
    return U.ThroughPointer || isa_and_nonnull<CXXConversionDecl>(U.Callee) ||
           (U.Callee && U.Callee->getIdentifier() &&
            llvm::is_contained({"reset", "get", "use_count"},
                               U.Callee->getName()));
  case UseKind::Condition:
    return true;
  case UseKind::Assigned: {
    const auto *Call = dyn_cast_or_null<CXXOperatorCallExpr>(U.Site);
    return Call && Call->getNumArgs() == 2 &&
           (isMadeShared(Call->getArg(1)) ||
            isa<CXXNullPtrLiteralExpr>(stripped(Call->getArg(1))));
  }
  default:
    return U.ThroughPointer && U.Kind != UseKind::Copied;
  }
}

const CXXRecordDecl *solelyOwned(const VarDecl *Var, const Stmt *Body) {
  const CXXRecordDecl *RD = sharedType(Var->getType());
  if (!RD || !isMadeShared(Var->getInit()))
    RD = uniqueType(Var->getType(), Var->getInit());
  if (!RD)
    return nullptr;
  ParentTable Parents(Body);
  for (const Stmt *S : Parents.preorder()) {
    // What a lambda captures is not followed into it.
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S))
      for (const LambdaCapture &Capture : Lambda->captures())
        if (Capture.capturesVariable() && Capture.getCapturedVar() == Var)
          return nullptr;
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    if (Ref && Ref->getDecl() == Var && !keepsSoleOwner(Ref, Parents))
      return nullptr;
  }
  return RD;
}

const CXXRecordDecl *solelyOwned(const FieldDecl *Field,
                                 const CXXRecordDecl *RD) {
  const CXXRecordDecl *Owned = sharedType(Field->getType());
  if (!Owned || Field->getAccess() != AS_private || RD->hasFriends())
    return nullptr;
  bool Made = isMadeShared(Field->getInClassInitializer());
  for (const CXXMethodDecl *Method : RD->methods()) {
    const FunctionDecl *Definition = nullptr;
    if (Method->isImplicit() || Method->isDeleted() || Method->isDefaulted())
      continue;
    if (!Method->hasBody(Definition))
      return nullptr;
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(Definition))
      for (const CXXCtorInitializer *Init : Ctor->inits())
        if (Init->getMember() == Field) {
          if (!Init->isWritten() || isa<CXXDefaultInitExpr>(Init->getInit()))
            continue;
          if (!isMadeShared(Init->getInit()))
            return nullptr;
          Made = true;
        }
    ParentTable Parents(Definition->getBody());
    for (const Stmt *S : Parents.preorder()) {
      const auto *Member = dyn_cast<MemberExpr>(S);
      if (isa<LambdaExpr>(S))
        return nullptr; // It may well capture `this`.
      if (!Member || Member->getMemberDecl() != Field)
        continue;
      if (!keepsSoleOwner(Member, Parents))
        return nullptr;
      Made |= classifyUse(Member, Parents).Kind == UseKind::Assigned;
    }
  }
  return Made ? Owned : nullptr;
}

void collectDestroyed(QualType T, llvm::SmallVectorImpl<Destroyed> &Out,
                      unsigned Depth) {
  if (Depth > 4 || T->isReferenceType() || T->isPointerType())
    return;
  if (const auto *Array = T->getAsArrayTypeUnsafe())
    return collectDestroyed(Array->getElementType(), Out, Depth + 1);
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD)
    return;
  Out.push_back({RD, false});
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  if (!Spec || !Spec->isInStdNamespace())
    return;
  llvm::StringRef Name = Spec->getName();
  if (!llvm::is_contained({"unique_ptr", "optional", "vector", "deque", "list",
                           "array", "map", "unordered_map", "multimap", "pair",
                           "tuple", "variant", "set", "forward_list"},
                          Name))
    return;
  llvm::ArrayRef<TemplateArgument> Args = Spec->getTemplateArgs().asArray();
  if (Name == "unique_ptr" && Args.size() == 2) {
    const CXXRecordDecl *Deleter =
        Args[1].getKind() == TemplateArgument::Type
            ? Args[1].getAsType()->getAsCXXRecordDecl()
            : nullptr;
    if (!Deleter)
      return; // A function pointer: which function is not known.
    if (!Deleter->isInStdNamespace()) {
      Out.push_back({Deleter, true});
      return;
    }
  }
  for (const TemplateArgument &Arg : Args) {
    if (Arg.getKind() == TemplateArgument::Type)
      collectDestroyed(Arg.getAsType(), Out, Depth + 1);
    else if (Arg.getKind() == TemplateArgument::Pack)
      for (const TemplateArgument &Inner : Arg.pack_elements())
        if (Inner.getKind() == TemplateArgument::Type)
          collectDestroyed(Inner.getAsType(), Out, Depth + 1);
  }
}

} // namespace codrop
