// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/BorrowWalker.h"
#include "analysis/ClassShape.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

const VarDecl *namedLocal(const Expr *E) {
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && Var->isLocalVarDecl() && !Var->isStaticLocal() ? Var : nullptr;
}

namespace {

/// Of a function whose body is not visible: it looks for something under a key
/// and gives a reference into what it has.
bool soundsLikeLookup(const FunctionDecl *FD) {
  auto Words = identifierWords(nameOf(FD));
  return FD->getNumParams() > 0 && !Words.empty() &&
         (Words.front() == "find" || Words.front() == "lookup");
}

bool isOfStd(const ValueDecl *Member) {
  return cast<Decl>(Member->getDeclContext())->isInStdNamespace();
}

} // namespace

/// The member or static variable that \p Owner names, also through local
/// references, pointers to it and accessors that give it.
const ValueDecl *BorrowWalker::heldBy(const Expr *Owner, unsigned Depth) {
  Owner = stripped(Owner);
  if (Depth > MaxDepth)
    return nullptr;
  if (const auto *Member = dyn_cast<MemberExpr>(Owner)) {
    // The `second` of a pair says nothing of whose it is.
    const ValueDecl *D = Member->getMemberDecl();
    return isa<FieldDecl, VarDecl>(D) && !isOfStd(D) ? D : nullptr;
  }
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Owner)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    if (Var && Var->hasGlobalStorage())
      return Var;
    if (Var && namedLocal(Owner) && Var->getInit() &&
        (Var->getType()->isReferenceType() || Var->getType()->isPointerType()))
      return heldBy(Var->getInit(), Depth + 1);
    return nullptr;
  }
  if (const auto *Unary = dyn_cast<UnaryOperator>(Owner);
      Unary &&
      (Unary->getOpcode() == UO_Deref || Unary->getOpcode() == UO_AddrOf))
    return heldBy(Unary->getSubExpr(), Depth + 1);
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Owner);
      Operator && Operator->getNumArgs() == 1 &&
      (Operator->getOperator() == OO_Star ||
       Operator->getOperator() == OO_Arrow))
    return heldBy(Operator->getArg(0), Depth + 1);
  // `for (auto &s : sessions())`
  const auto *Call = dyn_cast<CallExpr>(Owner);
  const FunctionDecl *Body = nullptr;
  if (!Call || !Call->getDirectCallee() || !Call->isGLValue() ||
      isa<CXXOperatorCallExpr>(Call) ||
      !Call->getDirectCallee()->hasBody(Body) || isCoroutine(Body))
    return nullptr;
  const Stmt *Written = writtenBody(Body);
  if (!Written)
    return nullptr;
  ParentTable Inner(Written);
  for (const Stmt *S : Inner.preorder())
    if (const auto *Return = dyn_cast<ReturnStmt>(S);
        Return && Return->getRetValue())
      if (const ValueDecl *Held = heldBy(Return->getRetValue(), Depth + 4)) {
        if (!Accessor) {
          Accessor = Body;
          Object = calledObject(Call);
        }
        return Held;
      }
  return nullptr;
}

void BorrowWalker::lend(const Expr *Owner, bool Iterator, bool View,
                        unsigned Depth) {
  Lender L;
  L.Owner = stripped(Owner);
  // Of the class itself, not the base that the call goes to.
  L.How = holdsElements(L.Owner->getType());
  if (L.How == Holds::Nothing)
    L.How = holdsElements(Owner->getType());
  L.Iterator = Iterator;
  L.View = View;
  const FunctionDecl *OuterAccessor = Accessor;
  const Expr *OuterObject = Object;
  L.Held = heldBy(Owner, 0);
  L.Accessor = Accessor;
  L.Object = Object;
  Accessor = OuterAccessor;
  Object = OuterObject;
  if (L.How != Holds::Nothing)
    Out.push_back(L);
  place(Owner, Depth + 1);
}

/// What was lent goes when the object around it is replaced.
void BorrowWalker::whole(const MemberExpr *Member) {
  const ValueDecl *Field = Member->getMemberDecl();
  if (Out.empty() || isOfStd(Field) || !Field->getType()->isRecordType() ||
      holdsElements(Field->getType()) != Holds::Nothing)
    return;
  Lender L;
  L.Owner = Member;
  L.Held = Field;
  L.How = Holds::Parts;
  L.Accessor = Accessor;
  L.Object = Object;
  Out.push_back(L);
}

/// Through the function that gives a reference or pointer.
void BorrowWalker::accessor(const CallExpr *Call, unsigned Depth) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  const FunctionDecl *Body = nullptr;
  if (!Callee || Depth > MaxDepth || Accessor)
    return;
  const Expr *Target = calledObject(Call);
  if (!Callee->hasBody(Body) || Body->isDependentContext()) {
    const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
    if (!Target || !Method || Method->getParent()->isInStdNamespace() ||
        !soundsLikeLookup(Callee) || !Call->isGLValue() ||
        !Callee->getReturnType()->isReferenceType())
      return;
    Lender L;
    L.Owner = Target;
    L.How = Holds::Nodes;
    L.Accessor = Callee;
    L.Object = Target;
    L.Guessed = true;
    Out.push_back(L);
    return;
  }
  const Stmt *Written = isCoroutine(Body) ? nullptr : writtenBody(Body);
  if (!Written)
    return;
  Accessor = Body;
  Object = Target;
  ParentTable Inner(Written);
  size_t Before = Out.size();
  for (const Stmt *S : Inner.preorder()) {
    const auto *Return = dyn_cast<ReturnStmt>(S);
    if (!Return || !Return->getRetValue())
      continue;
    QualType T = Body->getReturnType();
    if (T->isReferenceType())
      place(Return->getRetValue(), Depth + 4);
    else if (T->isPointerType())
      pointer(Return->getRetValue(), Depth + 4);
    else if (isViewType(T))
      view(Return->getRetValue(), Depth + 4);
    else
      iterator(Return->getRetValue(), Depth + 4);
    if (Out.size() > Before)
      break;
  }
  Accessor = nullptr;
  Object = nullptr;
  if (Out.size() == Before || !Target)
    return;
  if (Target->getType()->isPointerType())
    pointer(Target, Depth + 1);
  else
    place(Target, Depth + 1);
}

BorrowKind borrowKind(const VarDecl *Var) {
  QualType T = Var->getType();
  if (!Var->getInit() || isa<ParmVarDecl>(Var) || Var->isStaticLocal())
    return BorrowKind::None;
  if (T->isReferenceType())
    return BorrowKind::Reference;
  if (T->isPointerType())
    return T->getPointeeType()->isFunctionType() ? BorrowKind::None
                                                 : BorrowKind::Pointer;
  if (isViewType(T))
    return BorrowKind::View;
  const CXXRecordDecl *RD = classOf(T);
  if (!RD || RD->isLambda() || isSharedOwnerType(T))
    return BorrowKind::None;
  // `auto [it, inserted] = map.try_emplace(k);`
  if (isa<DecompositionDecl>(Var))
    return BorrowKind::Iterator;
  bool Moves = false, Leads = false;
  anyInHierarchy(RD, [&](const CXXRecordDecl *R) {
    for (const Decl *D : R->decls())
      if (const FunctionDecl *FD = D->getAsFunction()) {
        Moves |= FD->getOverloadedOperator() == OO_PlusPlus;
        Leads |= FD->getOverloadedOperator() == OO_Star;
      }
    return Moves && Leads;
  });
  return Moves && Leads ? BorrowKind::Iterator : BorrowKind::None;
}

llvm::SmallVector<Lender, 2> lendersOf(BorrowKind Kind, const Expr *Value) {
  llvm::SmallVector<Lender, 2> Result;
  BorrowWalker W(Result);
  switch (Kind) {
  case BorrowKind::None:
    break;
  case BorrowKind::Reference:
    W.place(Value);
    break;
  case BorrowKind::Pointer:
    W.pointer(Value);
    // `auto __begin = array.begin()` of pointers.
    if (Result.empty())
      W.iterator(Value);
    break;
  case BorrowKind::Iterator:
    W.iterator(Value);
    break;
  case BorrowKind::View:
    W.view(Value);
    break;
  }
  return Result;
}

} // namespace codrop
