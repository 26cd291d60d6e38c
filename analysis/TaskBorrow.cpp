// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/TaskBorrow.h"
#include "analysis/Names.h"
#include "analysis/PathSearch.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

using MaybeBorrow = std::optional<TaskBorrow>;

bool TaskBorrows::sharesObject(QualType T) const {
  if (!Object)
    return false;
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
      T.getNonReferenceType()->getAsCXXRecordDecl());
  if (!Spec || Spec->getTemplateArgs().size() == 0 ||
      Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return false;
  const CXXRecordDecl *To =
      Spec->getTemplateArgs()[0].getAsType()->getAsCXXRecordDecl();
  To = To ? To->getDefinition() : nullptr;
  if (!To || Spec->getName().contains("unique"))
    return false;
  return To->getCanonicalDecl() == Object->getCanonicalDecl() ||
         Object->isDerivedFrom(To) || To->isDerivedFrom(Object);
}

bool TaskBorrows::sharesObject(const LambdaExpr *Lambda) const {
  return llvm::any_of(Lambda->captures(), [&](const LambdaCapture &Capture) {
    return Capture.capturesVariable() &&
           sharesObject(Capture.getCapturedVar()->getType());
  });
}

/// A handle that only refers to what it works on, by a shared pointer: what its
/// member functions keep may be that.
static bool isHandle(const CXXRecordDecl *RD) {
  if (!RD || !(RD = RD->getDefinition()) || RD->field_empty())
    return false;
  return llvm::all_of(RD->fields(), [](const FieldDecl *Field) {
    const CXXRecordDecl *Type = Field->getType()->getAsCXXRecordDecl();
    return Type && Type->hasDefinition() && isPointerLike(Field->getType()) &&
           TypeModel::isCopyable(Type);
  });
}

/// The array of tasks that \p E, `&tasks[0]` or `tasks.begin()`, leads to: a
/// variable with a list of them. Null if it is none.
static const DeclRefExpr *taskArray(const Expr *E) {
  E = stripped(E);
  if (const auto *Address = dyn_cast<UnaryOperator>(E);
      Address && Address->getOpcode() == UO_AddrOf)
    E = stripped(Address->getSubExpr());
  if (const auto *Element = dyn_cast<ArraySubscriptExpr>(E))
    E = stripped(Element->getBase());
  if (const Expr *Object = calledObject(E))
    E = stripped(Object);
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  if (!Var || !Var->hasLocalStorage() || !Var->getInit() ||
      !isa<InitListExpr>(stripped(Var->getInit())))
    return nullptr;
  const CXXRecordDecl *RD = Var->getType()->getAsCXXRecordDecl();
  return !RD || (RD->isInStdNamespace() && RD->getName() == "array") ? Ref
                                                                     : nullptr;
}

static const FunctionDecl *definitionOf(const FunctionDecl *FD) {
  const FunctionDecl *Definition = nullptr;
  return FD && FD->hasBody(Definition) && Definition->getBody() &&
                 !Definition->isDependentContext()
             ? Definition
             : nullptr;
}

/// `std::forward<F>(f)`, of an lvalue too.
static bool passesOn(const Expr *E) {
  const FunctionDecl *Callee = calledFunction(E);
  return movedOperand(E) ||
         (Callee && Callee->isInStdNamespace() && nameOf(Callee) == "forward");
}

/// The callable that \p Callee is given as its argument \p Index is called, or
/// handed to what calls it, and not kept.
static bool callsAtOnce(const FunctionDecl *Callee, unsigned Index,
                        unsigned Depth = 4) {
  if (Callee->isInStdNamespace())
    return Index == 0 &&
           llvm::is_contained({"invoke", "invoke_r", "apply", "visit"},
                              nameOf(Callee));
  const FunctionDecl *Definition = definitionOf(Callee);
  if (!Definition || Depth == 0 || Index >= Definition->getNumParams() ||
      isCoroutine(Definition))
    return false;
  const ParmVarDecl *Param = Definition->getParamDecl(Index);
  ParentTable Body(Definition->getBody());
  bool Called = false;
  for (const Stmt *S : Body.preorder()) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    if (!Ref || Ref->getDecl() != Param)
      continue;
    const Stmt *Child = Ref;
    const Stmt *Up = Body.effectiveParent(Ref, &Child);
    while (isa_and_nonnull<Expr>(Up) && passesOn(cast<Expr>(Up)))
      Up = Body.effectiveParent(Up, &Child);
    const auto *Call = dyn_cast_or_null<CallExpr>(Up);
    if (!Call)
      return false;
    if (Call->getCallee() == Child || calledObject(Call) == Child ||
        (isa<CXXOperatorCallExpr>(Call) && Call->getNumArgs() > 0 &&
         Call->getArg(0) == Child)) {
      Called = true;
      continue;
    }
    const FunctionDecl *Next = calledFunction(Call);
    llvm::SmallVector<const Expr *, 4> Args = argumentsOf(Call);
    const auto *Place = llvm::find(Args, Child);
    if (!Next || Place == Args.end() ||
        !callsAtOnce(Next, Place - Args.begin(), Depth - 1))
      return false;
    Called = true;
  }
  return Called;
}

/// The part of the object that \p S uses, if it mentions it. `this->conn_` is
/// about conn_.
static std::optional<DyingPart> partUsed(const Stmt *S, const DyingRefs &Refs,
                                         const ParentTable &Parents) {
  std::optional<DyingPart> Part = Refs.mention(S);
  if (!Part || Parents.isAwaitMachinery(S))
    return std::nullopt;
  if (const auto *Member =
          dyn_cast_or_null<MemberExpr>(Parents.effectiveParent(S));
      Member && !Part->Member)
    if (const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl()))
      Part->Member = Field;
  return Part;
}

// --- Expressions -------------------------------------------------------------

MaybeBorrow TaskBorrows::borrow(const Expr *E, const DyingRefs &Refs,
                                bool Later, unsigned Depth) {
  if (!E || Depth == 0)
    return std::nullopt;
  E = stripped(E);
  if (const Expr *Moved = movedOperand(E))
    return borrow(Moved, Refs, Later, Depth - 1);
  if (const LambdaExpr *Lambda = lambdaOf(E))
    return ofLambda(Lambda, Refs, Later, Depth);
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    return Var && Var->hasLocalStorage() && !isa<ParmVarDecl>(Var)
               ? borrow(Var->getInit(), Refs, Later, Depth - 1)
               : std::nullopt;
  }
  if (const auto *List = dyn_cast<InitListExpr>(E)) {
    for (const Expr *Element : List->inits())
      if (MaybeBorrow Found = borrow(Element, Refs, Later, Depth))
        return Found;
    return std::nullopt;
  }
  // `all{first(x), second(y)}`
  if (const auto *Cast = dyn_cast<CXXFunctionalCastExpr>(E))
    return borrow(Cast->getSubExpr(), Refs, Later, Depth);
  if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) {
    MaybeBorrow First = borrow(Choice->getTrueExpr(), Refs, Later, Depth - 1);
    return First ? First
                 : borrow(Choice->getFalseExpr(), Refs, Later, Depth - 1);
  }
  if (isa<CallExpr, CXXConstructExpr>(E))
    return ofCall(E, Refs, Later, Depth);
  return std::nullopt;
}

/// `conn_->close().finally([c = std::move(conn_)] {})`: the task keeps what it
/// works on.
static bool keeps(const Expr *Arg, const TaskBorrow &Found,
                  const DyingRefs &Refs) {
  const LambdaExpr *Lambda = lambdaOf(Arg);
  if (!Lambda || !Found.Used.Member)
    return false;
  return llvm::any_of(Lambda->captures(), [&](const LambdaCapture &Capture) {
    const auto *Var = Capture.capturesVariable()
                          ? dyn_cast<VarDecl>(Capture.getCapturedVar())
                          : nullptr;
    if (!Var || !Var->isInitCapture() || Var->getType()->isReferenceType())
      return false;
    const Expr *Init = stripped(Var->getInit());
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(Init);
        Construct && Construct->getNumArgs() > 0)
      Init = Construct->getArg(0);
    const Expr *Moved = movedOperand(Init);
    std::optional<DyingPart> Part = Moved ? Refs.names(Moved) : std::nullopt;
    return Part && Part->Member == Found.Used.Member;
  });
}

MaybeBorrow TaskBorrows::ofCall(const Expr *Call, const DyingRefs &Refs,
                                bool Later, unsigned Depth) {
  const FunctionDecl *Callee = calledFunction(Call);
  if (!Callee)
    return std::nullopt;
  // An adaptor holds the tasks and callables that it is given; what else it
  // takes (an executor, a gate) is its own affair.
  bool Adapts = false;
  auto isTaskGiven = [&](const Expr *E) {
    std::optional<DyingPart> Part = Refs.names(E);
    return TU.types().isAwaitable(E->getType()) &&
           (!Part || Part->Local || Part->Temporary);
  };
  auto adapted = [&](const Expr *E, std::optional<unsigned> Index = {}) {
    if (const DeclRefExpr *Tasks = taskArray(E))
      return borrow(Tasks, Refs, Later, Depth - 1);
    bool IsLambda = lambdaOf(E);
    if (!isTaskGiven(E) && !IsLambda)
      return MaybeBorrow();
    Adapts = true;
    return IsLambda && Index && callsAtOnce(Callee, *Index)
               ? called(E, Refs, Later, Depth - 1)
               : borrow(E, Refs, Later, Depth - 1);
  };
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  const Expr *Object = calledObject(Call);
  bool OfLambda = Method && Method->getParent()->isLambda();
  llvm::SmallVector<const Expr *, 4> Args = argumentsOf(Call);
  // `start(x).get()` comes back when the task has ended.
  llvm::StringRef Name = nameOf(Callee);
  if (Object && (Name == "get" || Name == "getVia" || Name == "wait") &&
      TU.types().isAwaitable(Object->getType()))
    return std::nullopt;
  if (Object && !OfLambda)
    if (MaybeBorrow Found = adapted(Object)) {
      if (llvm::any_of(
              Args, [&](const Expr *Arg) { return keeps(Arg, *Found, Refs); }))
        return std::nullopt;
      return Found;
    }
  if (!OfLambda)
    for (unsigned I = 0; I < Args.size(); ++I)
      if (MaybeBorrow Found = adapted(Args[I], I))
        return Found;
  const FunctionDecl *Definition = definitionOf(Callee);
  if (isa<CXXConstructExpr>(Call) ||
      (Adapts && !(Definition && isCoroutine(Definition))))
    return std::nullopt;

  // Its author says that the task refers to nothing that it is given.
  if (Callee->hasAttr<CoroDisableLifetimeBoundAttr>())
    return std::nullopt;
  if (OfLambda && Object)
    if (const LambdaExpr *Lambda = lambdaOf(Object);
        Lambda && sharesObject(Lambda))
      return std::nullopt;
  if (llvm::any_of(
          Args, [&](const Expr *Arg) { return sharesObject(Arg->getType()); }))
    return std::nullopt;
  DyingRefs Inside = Refs.inCallee(Call, Definition ? Definition : Callee);
  std::optional<DyingPart> Part = Inside.any();
  if (!Part)
    return std::nullopt;
  MaybeBorrow Found;
  if (Definition) {
    Found = ofBody(Definition, Inside, Later, Depth);
    if (!Found)
      return std::nullopt;
    if (!isCoroutine(Definition)) {
      Found->Through.insert(Found->Through.begin(),
                            {Call->getExprLoc(), Callee});
      return Found;
    }
  } else {
    if ((Inside.ofThis() && isHandle(Method->getParent())) ||
        ((Part->Local || Part->Temporary || Part->Closure) &&
         !borrowsUnseen(Callee)))
      return std::nullopt;
    Found.emplace();
    Found->Used = *Part;
  }
  Found->Coroutine = Callee;
  Found->Made = Call->getExprLoc();
  Found->Given = *Part;
  const LambdaExpr *Lambda = OfLambda && Object ? lambdaOf(Object) : nullptr;
  Found->How =
      Part->Closure || (Lambda && !Refs.inCalled(Object, Lambda).empty())
          ? TaskBorrow::Capture
      : !OfLambda && Inside.ofThis() ? TaskBorrow::Object
                                     : TaskBorrow::Argument;
  return Found;
}

/// A function that is only declared keeps references to its arguments in a
/// frame if it can only be a coroutine: its type is a lazy task's.
bool TaskBorrows::borrowsUnseen(const FunctionDecl *Callee) const {
  if (const CXXRecordDecl *RD = Callee->getReturnType()->getAsCXXRecordDecl();
      RD && RD->hasAttr<CoroLifetimeBoundAttr>())
    return true;
  return TU.types().isLazyTask(Callee->getReturnType()) &&
         !Callee->isTemplateInstantiation() && !Callee->isTemplated() &&
         !TU.context().getSourceManager().isInSystemHeader(
             Callee->getLocation());
}

MaybeBorrow TaskBorrows::called(const Expr *Callable, const DyingRefs &Refs,
                                bool Later, unsigned Depth) {
  const LambdaExpr *Lambda = lambdaOf(Callable);
  const CXXMethodDecl *Operator = callOperator(Lambda);
  if (!Operator || !TU.types().isAwaitable(Operator->getReturnType()))
    return std::nullopt;
  DyingRefs Inside = Refs.inCalled(Callable, Lambda);
  if (Inside.empty() || sharesObject(Lambda))
    return std::nullopt;
  MaybeBorrow Found = ofBody(Operator, Inside, Later, Depth);
  if (Found && isCoroutine(Operator)) {
    Found->How = TaskBorrow::Capture;
    Found->Given = *Inside.any();
    Found->Coroutine = Operator;
    Found->Made = Lambda->getBeginLoc();
  }
  return Found;
}

/// A callable that the task, or what starts it, calls.
MaybeBorrow TaskBorrows::ofLambda(const LambdaExpr *Lambda,
                                  const DyingRefs &Refs, bool Later,
                                  unsigned Depth) {
  DyingRefs Inside = Refs.inClosure(Lambda);
  const CXXMethodDecl *Operator = callOperator(Lambda);
  if (Inside.empty() || sharesObject(Lambda) || !Operator)
    return std::nullopt;
  MaybeBorrow Found = ofBody(Operator, Inside, Later, Depth);
  if (!Found)
    return std::nullopt;
  if (!isCoroutine(Operator) && Found->Coroutine != Operator) {
    Found->Through.insert(Found->Through.begin(),
                          {Lambda->getBeginLoc(), Operator});
    return Found;
  }
  Found->How = TaskBorrow::Capture;
  Found->Given = *Inside.any();
  Found->Coroutine = Operator;
  Found->Made = Lambda->getBeginLoc();
  return Found;
}

// --- Bodies ------------------------------------------------------------------

MaybeBorrow TaskBorrows::ofBody(const FunctionDecl *Definition, DyingRefs Refs,
                                bool Later, unsigned Depth) {
  if (Depth == 0 || !Definition->getBody())
    return std::nullopt;
  ParentTable Body(writtenBody(Definition));
  Refs.addLocals(Body);
  if (isCoroutine(Definition) && !Later)
    return afterSuspension(Definition, Refs, Depth);
  const auto *Method = dyn_cast<CXXMethodDecl>(Definition);
  bool IsTask = TU.types().isAwaitable(Definition->getReturnType());
  // A lambda that is no coroutine and gives no task is a continuation: it runs
  // when what it waits for is done.
  if (isCoroutine(Definition) ||
      (Method && Method->getParent()->isLambda() && !IsTask)) {
    for (const Stmt *S : Body.preorder())
      if (std::optional<DyingPart> Part = partUsed(S, Refs, Body)) {
        TaskBorrow Found;
        Found.Used = *Part;
        Found.Coroutine = Definition;
        Found.Uses = S->getBeginLoc();
        return Found;
      }
    return std::nullopt;
  }
  for (const Stmt *S : Body.preorder())
    if (const auto *Return = dyn_cast<ReturnStmt>(S);
        Return && Return->getRetValue())
      if (MaybeBorrow Found =
              borrow(Return->getRetValue(), Refs, Later, Depth - 1))
        return Found;
  return std::nullopt;
}

MaybeBorrow TaskBorrows::inCoroutine(const FunctionDecl *FD, DyingRefs Refs) {
  ParentTable Body(writtenBody(FD));
  Refs.addLocals(Body);
  return afterSuspension(FD, Refs, 4);
}

/// A coroutine that has run up to its first suspension when the object dies.
MaybeBorrow TaskBorrows::afterSuspension(const FunctionDecl *FD,
                                         const DyingRefs &Refs,
                                         unsigned Depth) {
  const SuspendCFG *G = TU.function(FD).graph();
  if (!G)
    return std::nullopt;
  const ParentTable &Parents = G->parents();
  // `auto self = shared_from_this();`
  if (Refs.ofThis())
    for (const Stmt *S : Parents.preorder())
      if (const auto *Decls = dyn_cast<DeclStmt>(S))
        for (const Decl *D : Decls->decls())
          if (const auto *Var = dyn_cast<VarDecl>(D);
              Var && sharesObject(Var->getType()))
            return std::nullopt;
  TaskBorrow Found;
  Found.Coroutine = FD;
  for (NodeId N : G->suspendNodes()) {
    const Suspension &Point = G->suspension(N);
    if (!Point.E || Point.Kind == SuspensionKind::Initial ||
        Point.Kind == SuspensionKind::Final)
      continue;
    Found.Suspends = Point.E->getExprLoc();
    // What it waits for works on the object meanwhile.
    if (Point.Operand) {
      std::optional<DyingPart> Waits = Refs.names(Point.Operand);
      if (!Waits)
        if (MaybeBorrow Inner = borrow(Point.Operand, Refs, false, Depth - 1))
          Waits = Inner->Used;
      if (Waits) {
        Found.Used = *Waits;
        Found.Uses = Point.Operand->getBeginLoc();
        return Found;
      }
    }
    llvm::BitVector After = reachableFrom(*G, N, UnwindEdges);
    After.reset(N);
    for (const Stmt *S : Parents.preorder()) {
      std::optional<DyingPart> Part = partUsed(S, Refs, Parents);
      if (!Part)
        continue;
      std::optional<NodeId> At = G->nodeOf(S);
      for (const Stmt *P = S; P && !At; P = Parents.parent(P))
        At = G->nodeOf(P);
      // In a loop the operand of the await comes after it.
      if (!At || !After[*At])
        continue;
      Found.Used = *Part;
      Found.Uses = S->getBeginLoc();
      return Found;
    }
  }
  return std::nullopt;
}

} // namespace codrop
