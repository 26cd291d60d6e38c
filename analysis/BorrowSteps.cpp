// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From an expression one step towards what it refers into, by what it is: a
// place, a pointer, an iterator, a view.

#include "analysis/BorrowWalker.h"
#include "analysis/ClassShape.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

namespace {

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

bool isVariant(QualType T) {
  const CXXRecordDecl *RD = classOf(T.getNonReferenceType());
  return RD && RD->isInStdNamespace() && nameOf(RD) == "variant";
}

} // namespace

/// \p E names an object.
void BorrowWalker::place(const Expr *E, unsigned Depth) {
  if (!E || Depth > MaxDepth)
    return;
  E = stripped(E);
  if (const auto *Either = dyn_cast<ConditionalOperator>(E)) {
    place(Either->getTrueExpr(), Depth + 1);
    return place(Either->getFalseExpr(), Depth + 1);
  }
  if (const VarDecl *Var = namedLocal(E)) {
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
void BorrowWalker::pointer(const Expr *E, unsigned Depth) {
  if (!E || Depth > MaxDepth)
    return;
  E = stripped(E);
  if (const auto *Either = dyn_cast<ConditionalOperator>(E)) {
    pointer(Either->getTrueExpr(), Depth + 1);
    return pointer(Either->getFalseExpr(), Depth + 1);
  }
  if (const VarDecl *Var = namedLocal(E)) {
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

/// The container that a range adaptor shows: `sessions_ | std::views::keys`.
static const Expr *seenThrough(const Expr *E) {
  for (unsigned Depth = 0; Depth < BorrowWalker::MaxDepth; ++Depth) {
    E = stripped(E);
    Holds How = holdsElements(E->getType());
    if (How != Holds::Nothing)
      return How != Holds::Pointee && E->isGLValue() ? E : nullptr;
    if (const VarDecl *Var = namedLocal(E); Var && Var->getInit()) {
      E = Var->getInit();
    } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(E);
               Construct && Construct->getNumArgs() == 1) {
      E = Construct->getArg(0);
    } else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E)) {
      if (Operator->getOperator() == OO_Pipe)
        E = Operator->getArg(0);
      else if (Operator->getOperator() == OO_Call && Operator->getNumArgs() > 1)
        E = Operator->getArg(1);
      else
        return nullptr;
    } else {
      return nullptr;
    }
  }
  return nullptr;
}

/// The value of \p E is an iterator.
void BorrowWalker::iterator(const Expr *E, unsigned Depth) {
  if (!E || Depth > MaxDepth)
    return;
  E = stripped(E);
  if (const VarDecl *Var = namedLocal(E)) {
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
    if (Name == "begin" || Name == "end")
      if (const Expr *Container = seenThrough(Target))
        return lend(Container, true, false, Depth);
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
void BorrowWalker::view(const Expr *E, unsigned Depth) {
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
  if (const VarDecl *Var = namedLocal(E)) {
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

} // namespace codrop
