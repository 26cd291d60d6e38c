// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Borrow.h"
#include "analysis/ClassShape.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

namespace {

constexpr unsigned MaxDepth = 12;

bool findsElement(llvm::StringRef Name) {
  return llvm::is_contained(
      {"find", "lower_bound", "upper_bound", "begin", "end", "cbegin", "cend",
       "rbegin", "rend", "emplace", "insert", "try_emplace", "insert_or_assign",
       "emplace_hint", "emplace_back", "iterator_to", "erase", "equal_range"},
      Name);
}

bool namesElement(llvm::StringRef Name) {
  return llvm::is_contained({"front", "back", "at", "value", "top",
                             "emplace_back", "emplace_front", "emplace",
                             "operator[]", "get_or_insert"},
                            Name);
}

/// Of a function whose body is not visible: it looks for something under a key
/// and gives a reference into what it has.
bool soundsLikeLookup(const FunctionDecl *FD) {
  auto Words = identifierWords(nameOf(FD));
  return FD->getNumParams() > 0 && !Words.empty() &&
         (Words.front() == "find" || Words.front() == "lookup");
}

class Walker {
public:
  explicit Walker(llvm::SmallVectorImpl<Lender> &Out) : Out(Out) {}

  void place(const Expr *E, unsigned Depth = 0);
  void pointer(const Expr *E, unsigned Depth = 0);
  void iterator(const Expr *E, unsigned Depth = 0);
  void view(const Expr *E, unsigned Depth = 0);

private:
  void lend(const Expr *Owner, bool Iterator, bool View, unsigned Depth);
  void accessor(const CallExpr *Call, unsigned Depth);
  void whole(const MemberExpr *Member);
  const ValueDecl *heldBy(const Expr *Owner, unsigned Depth);

  llvm::SmallVectorImpl<Lender> &Out;
  /// While the body of an accessor is walked.
  const FunctionDecl *Accessor = nullptr;
  const Expr *Object = nullptr;
};

const VarDecl *localOf(const Expr *E) {
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && Var->isLocalVarDecl() && !Var->isStaticLocal() ? Var : nullptr;
}

/// The initializer of the variable that a structured binding takes apart.
const Expr *decomposedInit(const Expr *E) {
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Binding = Ref ? dyn_cast<BindingDecl>(Ref->getDecl()) : nullptr;
  const auto *Var =
      Binding ? dyn_cast_or_null<VarDecl>(Binding->getDecomposedDecl())
              : nullptr;
  return Var ? Var->getInit() : nullptr;
}

const VarDecl *decomposedVar(const Expr *E) {
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Binding = Ref ? dyn_cast<BindingDecl>(Ref->getDecl()) : nullptr;
  return Binding ? dyn_cast_or_null<VarDecl>(Binding->getDecomposedDecl())
                 : nullptr;
}

bool isOfStd(const ValueDecl *Member) {
  return cast<Decl>(Member->getDeclContext())->isInStdNamespace();
}

bool isVariant(QualType T) {
  const CXXRecordDecl *RD = classOf(T.getNonReferenceType());
  return RD && RD->isInStdNamespace() && nameOf(RD) == "variant";
}

/// The member or static variable that \p Owner names, also through local
/// references, pointers to it and accessors that give it.
const ValueDecl *Walker::heldBy(const Expr *Owner, unsigned Depth) {
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
    if (Var && localOf(Owner) && Var->getInit() &&
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

void Walker::lend(const Expr *Owner, bool Iterator, bool View, unsigned Depth) {
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
void Walker::whole(const MemberExpr *Member) {
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
void Walker::accessor(const CallExpr *Call, unsigned Depth) {
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

/// \p E names an object.
void Walker::place(const Expr *E, unsigned Depth) {
  if (!E || Depth > MaxDepth)
    return;
  E = stripped(E);
  if (const auto *Either = dyn_cast<ConditionalOperator>(E)) {
    place(Either->getTrueExpr(), Depth + 1);
    return place(Either->getFalseExpr(), Depth + 1);
  }
  if (const VarDecl *Var = localOf(E)) {
    if (Var->getType()->isReferenceType() && Var->getInit())
      place(Var->getInit(), Depth + 1);
    return;
  }
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    const VarDecl *Group = decomposedVar(E);
    if (Group && Group->getType()->isReferenceType())
      place(decomposedInit(Ref), Depth + 1);
    return;
  }
  if (const auto *Member = dyn_cast<MemberExpr>(E)) {
    if (!isa<FieldDecl>(Member->getMemberDecl()))
      return;
    whole(Member);
    if (Member->isArrow())
      pointer(Member->getBase(), Depth + 1);
    else
      place(Member->getBase(), Depth + 1);
    return;
  }
  if (const auto *Unary = dyn_cast<UnaryOperator>(E)) {
    if (Unary->getOpcode() == UO_Deref)
      pointer(Unary->getSubExpr(), Depth + 1);
    return;
  }
  if (const auto *Subscript = dyn_cast<ArraySubscriptExpr>(E)) {
    const Expr *Base = stripped(Subscript->getBase());
    if (Base->getType()->isArrayType())
      place(Base, Depth + 1);
    else
      pointer(Base, Depth + 1);
    return;
  }
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E)) {
    if (Operator->getOperator() == OO_Subscript)
      lend(Operator->getArg(0), false, false, Depth);
    else if (Operator->getNumArgs() == 1 &&
             (Operator->getOperator() == OO_Star ||
              Operator->getOperator() == OO_Arrow))
      pointer(Operator, Depth);
    return;
  }
  if (const Expr *Moved = movedOperand(E))
    return place(Moved, Depth + 1);
  const auto *Call = dyn_cast<CallExpr>(E);
  if (!Call || !Call->isGLValue())
    return;
  llvm::StringRef Name = nameOf(Call->getDirectCallee());
  if (const auto *Method = dyn_cast<CXXMemberCallExpr>(Call)) {
    const Expr *Target = Method->getImplicitObjectArgument();
    if (namesElement(Name) &&
        holdsElements(Target->getType()) != Holds::Nothing)
      return lend(Target, false, false, Depth);
  } else if ((Name == "get" || Name == "as_const") && Call->getNumArgs() == 1) {
    if (isVariant(Call->getArg(0)->getType()))
      return lend(Call->getArg(0), false, false, Depth);
    return place(Call->getArg(0), Depth + 1);
  }
  accessor(Call, Depth);
}

/// The value of \p E is a pointer, or a smart pointer or iterator that is gone
/// through.
void Walker::pointer(const Expr *E, unsigned Depth) {
  if (!E || Depth > MaxDepth)
    return;
  E = stripped(E);
  if (const auto *Either = dyn_cast<ConditionalOperator>(E)) {
    pointer(Either->getTrueExpr(), Depth + 1);
    return pointer(Either->getFalseExpr(), Depth + 1);
  }
  if (const VarDecl *Var = localOf(E)) {
    if (Var->getInit() && Var->getType()->isPointerType())
      pointer(Var->getInit(), Depth + 1);
    return;
  }
  if (const auto *Unary = dyn_cast<UnaryOperator>(E)) {
    if (Unary->getOpcode() == UO_AddrOf)
      place(Unary->getSubExpr(), Depth + 1);
    return;
  }
  if (const auto *Binary = dyn_cast<BinaryOperator>(E)) {
    if (Binary->isAdditiveOp())
      pointer(Binary->getLHS(), Depth + 1);
    return;
  }
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E)) {
    if (Operator->getNumArgs() != 1 || (Operator->getOperator() != OO_Star &&
                                        Operator->getOperator() != OO_Arrow))
      return;
    const Expr *Target = stripped(Operator->getArg(0));
    size_t Before = Out.size();
    iterator(Target, Depth + 1);
    if (Out.size() > Before) {
      // What it points at lives as long as the element.
      for (size_t I = Before; I < Out.size(); ++I)
        Out[I].Iterator = false;
      return;
    }
    lend(Target, false, false, Depth);
    return;
  }
  const auto *Call = dyn_cast<CallExpr>(E);
  if (!Call)
    return;
  llvm::StringRef Name = nameOf(Call->getDirectCallee());
  if (const auto *Method = dyn_cast<CXXMemberCallExpr>(Call)) {
    const Expr *Target = Method->getImplicitObjectArgument();
    Holds How = holdsElements(Target->getType());
    if ((Name == "get" && How == Holds::Pointee) ||
        ((Name == "data" || Name == "c_str") && How != Holds::Nothing &&
         How != Holds::Pointee))
      return lend(Target, false, false, Depth);
  } else if (Name == "get_if" && Call->getNumArgs() == 1) {
    const auto *Address = dyn_cast<UnaryOperator>(stripped(Call->getArg(0)));
    if (Address && Address->getOpcode() == UO_AddrOf &&
        isVariant(Address->getSubExpr()->getType()))
      return lend(Address->getSubExpr(), false, false, Depth);
  }
  accessor(Call, Depth);
}

/// The value of \p E is an iterator.
void Walker::iterator(const Expr *E, unsigned Depth) {
  if (!E || Depth > MaxDepth)
    return;
  E = stripped(E);
  if (const VarDecl *Var = localOf(E)) {
    if (Var->getInit() && !Var->getType()->isReferenceType() &&
        !isSharedOwnerType(Var->getType()))
      iterator(Var->getInit(), Depth + 1);
    return;
  }
  if (const Expr *Init = decomposedInit(E))
    return iterator(Init, Depth + 1);
  if (const auto *Member = dyn_cast<MemberExpr>(E)) {
    // map.emplace(k, v).first
    if (nameOf(Member->getMemberDecl()) == "first")
      iterator(Member->getBase(), Depth + 1);
    return;
  }
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    if (Construct->getNumArgs() == 1)
      iterator(Construct->getArg(0), Depth + 1);
    return;
  }
  if (const Expr *Moved = movedOperand(E))
    return iterator(Moved, Depth + 1);
  const auto *Call = dyn_cast<CallExpr>(E);
  if (!Call)
    return;
  llvm::StringRef Name = nameOf(Call->getDirectCallee());
  if (const auto *Method = dyn_cast<CXXMemberCallExpr>(Call)) {
    const Expr *Target = Method->getImplicitObjectArgument();
    Holds How = holdsElements(Target->getType());
    if (findsElement(Name) && How != Holds::Nothing && How != Holds::Pointee)
      return lend(Target, true, false, Depth);
  } else if (!isa<CXXOperatorCallExpr>(Call) && Call->getNumArgs() > 0 &&
             llvm::is_contained({"begin", "end", "find", "find_if", "next",
                                 "prev", "lower_bound", "upper_bound",
                                 "max_element", "min_element"},
                                Name)) {
    const Expr *First = Call->getArg(0);
    Holds How = holdsElements(First->getType());
    if (How != Holds::Nothing && How != Holds::Pointee)
      return lend(First, true, false, Depth);
    return iterator(First, Depth + 1);
  }
  if (Call->getType()->isRecordType() && !isSharedOwnerType(Call->getType()))
    accessor(Call, Depth);
}

/// The value of \p E is a view.
void Walker::view(const Expr *E, unsigned Depth) {
  if (!E || Depth > MaxDepth)
    return;
  E = stripped(E);
  auto from = [&](const Expr *Source) {
    Holds How = holdsElements(Source->getType());
    if (How == Holds::Contiguous && Source->isGLValue())
      lend(Source, false, true, Depth);
    else
      view(Source, Depth + 1);
  };
  if (const VarDecl *Var = localOf(E)) {
    if (Var->getInit() && isViewType(Var->getType()))
      view(Var->getInit(), Depth + 1);
    return;
  }
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    if (Construct->getNumArgs() > 0)
      from(Construct->getArg(0));
    return;
  }
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
    return from(Cast->getSubExpr());
  if (const auto *Method = dyn_cast<CXXMemberCallExpr>(E)) {
    const Expr *Target = Method->getImplicitObjectArgument();
    if (isa_and_nonnull<CXXConversionDecl>(Method->getMethodDecl()) ||
        isViewType(Target->getType()))
      return from(Target);
  }
  if (const auto *Call = dyn_cast<CallExpr>(E);
      Call && isViewType(Call->getType()))
    accessor(Call, Depth);
}

} // namespace

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

llvm::SmallVector<Lender, 2> lendersOf(const VarDecl *Var) {
  llvm::SmallVector<Lender, 2> Result;
  Walker W(Result);
  switch (borrowKind(Var)) {
  case BorrowKind::None:
    break;
  case BorrowKind::Reference:
    W.place(Var->getInit());
    break;
  case BorrowKind::Pointer:
    W.pointer(Var->getInit());
    // `auto __begin = array.begin()` of pointers.
    if (Result.empty())
      W.iterator(Var->getInit());
    break;
  case BorrowKind::Iterator:
    W.iterator(Var->getInit());
    break;
  case BorrowKind::View:
    W.view(Var->getInit());
    break;
  }
  return Result;
}

} // namespace codrop
