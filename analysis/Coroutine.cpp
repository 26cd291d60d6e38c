// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Coroutine.h"
#include "analysis/Syntax.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

bool isCoroutine(const FunctionDecl *FD) {
  return FD && FD->doesThisDeclarationHaveABody() &&
         isa_and_nonnull<CoroutineBodyStmt>(FD->getBody());
}

static const FunctionDecl *calleeOfAwaitCall(const Expr *E) {
  const Expr *Call = E ? stripped(E) : nullptr;
  // await_ready's result may be converted: `ready()` returns a proxy.
  while (const auto *Member = dyn_cast_or_null<CXXMemberCallExpr>(Call)) {
    const CXXMethodDecl *Method = Member->getMethodDecl();
    if (!isa_and_nonnull<CXXConversionDecl>(Method))
      return Method;
    Call = stripped(Member->getImplicitObjectArgument());
  }
  if (const auto *Direct = dyn_cast_or_null<CallExpr>(Call))
    return Direct->getDirectCallee();
  return nullptr;
}

static bool isNothrow(const FunctionDecl *FD) {
  const auto *Proto = FD ? FD->getType()->getAs<FunctionProtoType>() : nullptr;
  if (!Proto || isUnresolvedExceptionSpec(Proto->getExceptionSpecType()))
    return false;
  return Proto->isNothrow();
}

// `bool await_ready() const noexcept { return true; }`: decided at compile
// time for everybody. A body that is not visible says nothing.
static bool alwaysReady(const FunctionDecl *Ready) {
  const Stmt *Body = Ready ? Ready->getBody() : nullptr;
  const auto *Compound = dyn_cast_or_null<CompoundStmt>(Body);
  if (!Compound || Compound->size() != 1)
    return false;
  const auto *Return = dyn_cast<ReturnStmt>(Compound->body_front());
  const auto *Literal =
      Return && Return->getRetValue()
          ? dyn_cast<CXXBoolLiteralExpr>(stripped(Return->getRetValue()))
          : nullptr;
  return Literal && Literal->getValue();
}

static const CXXRecordDecl *recordOf(const Expr *E) {
  return E ? E->getType().getNonReferenceType()->getAsCXXRecordDecl() : nullptr;
}

static void applyFact(Suspension &S, const AwaitFact *F) {
  if (!F)
    return;
  S.NeverSuspends |= F->NeverSuspends;
  S.NeverThrows |= F->NeverThrows;
  S.NeverResumes |= F->NeverResumes;
  S.LeavesOnFailure |= F->LeavesOnFailure;
}

Suspension modelSuspension(const CoroutineSuspendExpr *E,
                           const Knowledge &Known) {
  Suspension S;
  S.E = E;
  S.Kind = isa<CoyieldExpr>(E) ? SuspensionKind::Yield : SuspensionKind::Await;
  S.Operand = E->getOperand();
  S.NeverThrows = isNothrow(calleeOfAwaitCall(E->getResumeExpr()));
  S.NeverSuspends = alwaysReady(calleeOfAwaitCall(E->getReadyExpr()));
  // The awaiter, the operand before await_transform and operator co_await,
  // and the function that made the operand may each be known.
  for (const Expr *Part : {E->getCommonExpr(), E->getOperand()}) {
    if (!Part)
      continue;
    if (const CXXRecordDecl *RD = recordOf(stripped(Part)))
      applyFact(S, Known.awaitOfType(RD));
    const FunctionDecl *Maker = calledFunction(Part);
    if (Maker && !isa<CXXConstructorDecl>(Maker))
      applyFact(S, Known.awaitOfCall(Maker));
  }
  // `co_await this_coro::executor` after await_transform: the operand sits in
  // the transform's argument.
  if (const auto *Call =
          dyn_cast_or_null<CallExpr>(stripped(E->getCommonExpr())))
    for (const Expr *Argument : Call->arguments()) {
      if (const CXXRecordDecl *RD = recordOf(Argument))
        applyFact(S, Known.awaitOfType(RD));
      if (const FunctionDecl *Maker = calledFunction(Argument);
          Maker && !isa<CXXConstructorDecl>(Maker))
        applyFact(S, Known.awaitOfCall(Maker));
    }
  // A completion token turns errors into values:
  // `co_await timer.async_wait(as_tuple(use_awaitable))`.
  if (const auto *Call = dyn_cast_or_null<CallExpr>(
          E->getOperand() ? stripped(E->getOperand()) : nullptr))
    for (const Expr *Argument : Call->arguments())
      if (const CXXRecordDecl *RD = recordOf(Argument))
        if (const AwaitFact *Token = Known.awaitOfType(RD))
          S.NeverThrows |= Token->NeverThrows;
  return S;
}

static void collectSuspensions(const Stmt *Root, const Knowledge &Known,
                               std::vector<Suspension> &Out) {
  ParentTable Parents(Root);
  for (const Stmt *S : Parents.preorder())
    if (const auto *E = dyn_cast<CoroutineSuspendExpr>(S))
      Out.push_back(modelSuspension(E, Known));
}

/// The destructor of \p RD, as far as it is visible, destroys a coroutine.
static bool destroysFrame(const CXXRecordDecl *RD) {
  const CXXDestructorDecl *Destructor =
      RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
  if (!Destructor)
    return false;
  const FunctionDecl *Definition = nullptr;
  if (!Destructor->hasBody(Definition)) {
    const FunctionDecl *Pattern = Destructor->getTemplateInstantiationPattern();
    if (!Pattern || !Pattern->hasBody(Definition))
      return false;
  }
  ParentTable Body(Definition->getBody());
  return llvm::any_of(Body.preorder(), [](const Stmt *S) {
    DeclarationName Name;
    if (const auto *Member = dyn_cast<MemberExpr>(S))
      Name = Member->getMemberDecl()->getDeclName();
    else if (const auto *Dependent = dyn_cast<CXXDependentScopeMemberExpr>(S))
      Name = Dependent->getMember();
    return Name.isIdentifier() && Name.getAsIdentifierInfo() &&
           Name.getAsIdentifierInfo()->isStr("destroy");
  });
}

std::optional<Coroutine> modelCoroutine(const FunctionDecl *FD,
                                        const Knowledge &Known,
                                        DestroyEdgePolicy Policy) {
  if (!isCoroutine(FD) || FD->isDependentContext())
    return std::nullopt;
  Coroutine C;
  C.Function = FD;
  C.Body = cast<CoroutineBodyStmt>(FD->getBody());
  C.TaskType = FD->getReturnType();
  if (const VarDecl *Promise = C.Body->getPromiseDecl())
    C.Promise = Promise->getType()->getAsCXXRecordDecl();
  if (const CXXRecordDecl *Task =
          C.TaskType.getNonReferenceType()->getAsCXXRecordDecl())
    C.Task = Known.taskType(Task);
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  C.IsLambda = Method && Method->getParent()->isLambda();
  switch (Policy) {
  case DestroyEdgePolicy::Never:
    break;
  case DestroyEdgePolicy::Known:
    C.DestroyEdges = C.Task && C.Task->DestroysSuspendedFrame;
    C.DestroyedAtYields =
        !C.Task &&
        destroysFrame(C.TaskType.getNonReferenceType()->getAsCXXRecordDecl());
    break;
  case DestroyEdgePolicy::Always:
    C.DestroyEdges = !C.Task || C.Task->DestroysSuspendedFrame;
    break;
  }

  auto addImplicit = [&](SuspensionKind Kind, const Stmt *S) {
    Suspension Point;
    // Initial suspend is an expression with cleanups around the await.
    if (const auto *E = dyn_cast_or_null<Expr>(S))
      if (const auto *Await = dyn_cast<CoroutineSuspendExpr>(stripped(E)))
        Point = modelSuspension(Await, Known);
    Point.Kind = Kind;
    Point.Operand = nullptr;
    if (Kind == SuspensionKind::Final)
      Point.NeverThrows = true; // Required to be noexcept by the standard.
    C.Suspensions.push_back(Point);
  };
  addImplicit(SuspensionKind::Initial, C.Body->getInitSuspendStmt());
  std::vector<Suspension> Inner;
  collectSuspensions(C.userBody(), Known, Inner);
  llvm::append_range(C.Suspensions, Inner);
  addImplicit(SuspensionKind::Final, C.Body->getFinalSuspendStmt());
  return C;
}

} // namespace codrop
