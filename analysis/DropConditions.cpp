// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The part of DropRun that decides conditions: how many exceptions are in
// flight, and what the constructor has left in a flag.

#include "analysis/DropRun.h"
#include "analysis/Names.h"
#include "analysis/Syntax.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

bool asksForExceptions(const FunctionDecl *FD) {
  return nameOf(FD) == "uncaught_exceptions" ||
         nameOf(FD) == "uncaught_exception";
}

// --- Fields ------------------------------------------------------------------

const FieldDecl *ownField(const Expr *E) {
  const auto *Member = dyn_cast<MemberExpr>(stripped(E));
  return Member && isa<CXXThisExpr>(stripped(Member->getBase()))
             ? dyn_cast<FieldDecl>(Member->getMemberDecl())
             : nullptr;
}

static const FieldDecl *setBy(const Stmt *S) {
  if (const auto *Binary = dyn_cast<BinaryOperator>(S))
    return Binary->isAssignmentOp() ? ownField(Binary->getLHS()) : nullptr;
  if (const auto *Unary = dyn_cast<UnaryOperator>(S))
    return Unary->isIncrementDecrementOp() ? ownField(Unary->getSubExpr())
                                           : nullptr;
  if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S))
    return Call->isAssignmentOp() ? ownField(Call->getArg(0)) : nullptr;
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
    return llvm::is_contained({"reset", "store", "exchange", "clear"},
                              nameOf(Call->getMethodDecl()))
               ? ownField(Call->getImplicitObjectArgument())
               : nullptr;
  // std::exchange(active_, false)
  const auto *Call = dyn_cast<CallExpr>(S);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  return Callee && Callee->isInStdNamespace() &&
                 llvm::is_contained({"exchange", "swap"}, nameOf(Callee)) &&
                 Call->getNumArgs() > 0
             ? ownField(Call->getArg(0))
             : nullptr;
}

bool setsField(const CXXMethodDecl *Method, const FieldDecl *Field) {
  const FunctionDecl *Definition = nullptr;
  if (!Method->hasBody(Definition) || !Definition->getBody())
    return false;
  ParentTable Body(Definition->getBody());
  return llvm::any_of(Body.preorder(), [&](const Stmt *S) {
    const FieldDecl *Set = setBy(S);
    return Set && (!Field || Set == Field);
  });
}

/// The value of a flag that all constructors give it.
static std::optional<bool> bornValue(const FieldDecl *Flag) {
  auto literal = [](const Expr *E) -> std::optional<bool> {
    if (const auto *Default = dyn_cast_or_null<CXXDefaultInitExpr>(E))
      E = Default->getExpr();
    E = E ? stripped(E) : nullptr;
    if (const auto *List = dyn_cast_or_null<InitListExpr>(E))
      E = List->getNumInits() == 1 ? stripped(List->getInit(0)) : nullptr;
    const auto *Literal = dyn_cast_or_null<CXXBoolLiteralExpr>(E);
    return Literal ? std::optional(Literal->getValue()) : std::nullopt;
  };
  std::optional<bool> Value = literal(Flag->getInClassInitializer());
  bool First = !Value;
  for (const CXXConstructorDecl *Ctor :
       cast<CXXRecordDecl>(Flag->getParent())->ctors()) {
    const FunctionDecl *Definition = nullptr;
    if (Ctor->isCopyOrMoveConstructor() || Ctor->isImplicit() ||
        Ctor->isDeleted() || Ctor->isDefaulted())
      continue;
    if (!Ctor->hasBody(Definition)) {
      if (First)
        return std::nullopt;
      continue; // It had better not contradict the member's own initializer.
    }
    if (setsField(Ctor, Flag))
      return std::nullopt;
    for (const CXXCtorInitializer *Init :
         cast<CXXConstructorDecl>(Definition)->inits())
      if (Init->getMember() == Flag) {
        std::optional<bool> Given = literal(Init->getInit());
        if (!Given || (!First && Given != Value))
          return std::nullopt;
        Value = Given;
        First = false;
      }
  }
  return Value;
}

/// Somebody else than the constructor may set it: a member function, or anybody
/// if it is public.
bool DropRun::isSetElsewhere(const FieldDecl *Flag) {
  auto [It, New] = SetElsewhere.try_emplace(Flag, true);
  if (!New)
    return It->second;
  bool Set = Flag->getAccess() == AS_public;
  bool IsBornKnown = bornValue(Flag).has_value();
  for (const CXXMethodDecl *Method :
       cast<CXXRecordDecl>(Flag->getParent())->methods()) {
    if (Set)
      break;
    // A commit that notes that it is done does not take the commit back.
    if (isa<CXXConstructorDecl, CXXDestructorDecl>(Method) ||
        Method->isCopyAssignmentOperator() ||
        Method->isMoveAssignmentOperator() || Method->isImplicit() ||
        Method->isConst() || Method->isStatic() ||
        (IsBornKnown && !commitVerb(Method).empty()))
      continue;
    Set = Method->hasBody() ? setsField(Method, Flag) : true;
  }
  return SetElsewhere[Flag] = Set;
}

// --- Conditions --------------------------------------------------------------

/// What a function with one statement returns.
static const Expr *returnedBy(const FunctionDecl *FD) {
  const FunctionDecl *Definition = nullptr;
  if (!FD || !FD->hasBody(Definition))
    return nullptr;
  const auto *Body = dyn_cast_or_null<CompoundStmt>(Definition->getBody());
  const auto *Return = Body && Body->size() == 1
                           ? dyn_cast<ReturnStmt>(Body->body_front())
                           : nullptr;
  return Return ? Return->getRetValue() : nullptr;
}

/// \p E is the number of exceptions in flight now, not one that was kept.
bool DropRun::countsExceptions(const Expr *E, unsigned Depth) {
  E = E ? stripped(E) : nullptr;
  if (!E || Depth > 4)
    return false;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    return Var && Var->hasLocalStorage() &&
           !Ref->refersToEnclosingVariableOrCapture() &&
           countsExceptions(Var->getInit(), Depth + 1);
  }
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (!Callee)
    return false;
  if (asksForExceptions(Callee) ||
      countsExceptions(returnedBy(Callee), Depth + 1)) {
    if (Asks.isInvalid())
      Asks = E->getExprLoc();
    return true;
  }
  return false;
}

// When a frame is dropped, the number is what it was when the guard was made.
DropRun::Truth DropRun::compare(const BinaryOperator *E, unsigned Depth) {
  bool Left = countsExceptions(E->getLHS());
  bool Right = countsExceptions(E->getRHS());
  auto known = [](bool Value) { return Value ? Truth::True : Truth::False; };
  if (Left != Right) {
    bool More = M == Unwinding; // Now there are more than were kept.
    switch (E->getOpcode()) {
    case BO_EQ:
      return known(!More);
    case BO_NE:
      return known(More);
    case BO_GT:
      return known(Left && More);
    case BO_LT:
      return known(Right && More);
    case BO_GE:
      return known(Left || !More);
    case BO_LE:
      return known(Right || !More);
    default:
      return Truth::Unknown;
    }
  }
  if (!E->isEqualityOp())
    return Truth::Unknown;
  Truth A = truth(E->getLHS(), Depth + 1), B = truth(E->getRHS(), Depth + 1);
  if (A == Truth::Unknown || B == Truth::Unknown)
    return Truth::Unknown;
  return known((A == B) == (E->getOpcode() == BO_EQ));
}

DropRun::Truth DropRun::truth(const Expr *E, unsigned Depth) {
  auto known = [](bool Value) { return Value ? Truth::True : Truth::False; };
  if (Depth > 8)
    return Truth::Unknown;
  bool Constant = false;
  if (!E->isValueDependent() &&
      E->EvaluateAsBooleanCondition(Constant, Context))
    return known(Constant);
  E = stripped(E);
  if (countsExceptions(E))
    return known(M == Unwinding);
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E))
    return truth(Cast->getSubExpr(), Depth + 1);
  if (const auto *Unary = dyn_cast<UnaryOperator>(E);
      Unary && Unary->getOpcode() == UO_LNot) {
    Truth Inner = truth(Unary->getSubExpr(), Depth + 1);
    return Inner == Truth::Unknown ? Inner : known(Inner == Truth::False);
  }
  if (const auto *Binary = dyn_cast<BinaryOperator>(E)) {
    if (Binary->isComparisonOp())
      return compare(Binary, Depth);
    if (!Binary->isLogicalOp())
      return Truth::Unknown;
    Truth A = truth(Binary->getLHS(), Depth + 1);
    Truth B = truth(Binary->getRHS(), Depth + 1);
    Truth Deciding =
        Binary->getOpcode() == BO_LAnd ? Truth::False : Truth::True;
    if (A == Deciding || B == Deciding)
      return Deciding;
    return A == B ? A : Truth::Unknown;
  }
  if (const FieldDecl *Field = ownField(E);
      Field && Field->getType()->isBooleanType())
    if (std::optional<bool> Born = bornValue(Field))
      return known(*Born);
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E);
      Ref && !Ref->refersToEnclosingVariableOrCapture())
    if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
        Var && Var->hasLocalStorage() && Var->getInit())
      return truth(Var->getInit(), Depth + 1);
  if (const auto *Call = dyn_cast<CallExpr>(E))
    if (const Expr *Returned = returnedBy(Call->getDirectCallee()))
      return truth(Returned, Depth + 1);
  return Truth::Unknown;
}

/// Whether \p Condition depends on a flag that others may set, itself or in a
/// function that it calls.
bool DropRun::asksFlag(const Expr *Condition) {
  llvm::SmallVector<const Stmt *, 8> Work{Condition};
  for (unsigned Seen = 0; !Work.empty() && Seen < 200; ++Seen) {
    const Stmt *S = Work.pop_back_val();
    if (!S || isa<LambdaExpr>(S))
      continue;
    const auto *E = dyn_cast<Expr>(S);
    if (const FieldDecl *Field = E ? ownField(E) : nullptr;
        Field && isSetElsewhere(Field))
      return true;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
          Var && Var->isLocalVarDecl())
        Work.push_back(Var->getInit());
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
        Call && isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())))
      Work.push_back(returnedBy(Call->getDirectCallee()));
    Work.append(S->child_begin(), S->child_end());
  }
  return false;
}

} // namespace codrop
