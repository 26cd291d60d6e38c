// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Syntax.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

static bool isTransparent(const Stmt *S) {
  if (isa<ParenExpr, ExprWithCleanups, CXXBindTemporaryExpr,
          MaterializeTemporaryExpr, SubstNonTypeTemplateParmExpr, ConstantExpr,
          FullExpr>(S))
    return true;
  if (const auto *Cast = dyn_cast<ImplicitCastExpr>(S))
    switch (Cast->getCastKind()) {
    case CK_NoOp:
    case CK_UncheckedDerivedToBase:
    case CK_DerivedToBase:
    case CK_ConstructorConversion:
      return true;
    default:
      return false;
    }
  if (const auto *Cast = dyn_cast<CXXFunctionalCastExpr>(S))
    return Cast->getCastKind() == CK_ConstructorConversion ||
           Cast->getCastKind() == CK_NoOp;
  // `T x = make();` may keep an elidable copy around before C++17 rules apply.
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(S))
    return Construct->isElidable();
  return false;
}

const Stmt *ParentTable::effectiveParent(const Stmt *S,
                                         const Stmt **Child) const {
  const Stmt *P = parent(S);
  while (P && isTransparent(P)) {
    S = P;
    P = parent(P);
  }
  if (Child)
    *Child = S;
  return P;
}

const Stmt *writtenBody(const FunctionDecl *Definition) {
  const Stmt *Body = Definition->getBody();
  if (const auto *Coroutine = dyn_cast_or_null<CoroutineBodyStmt>(Body))
    return Coroutine->getBody();
  return Body;
}

const Expr *stripped(const Expr *E) {
  while (E) {
    E = E->IgnoreParenImpCasts();
    if (const auto *Full = dyn_cast<FullExpr>(E))
      E = Full->getSubExpr();
    else if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(E))
      E = Bind->getSubExpr();
    else if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E))
      E = Temporary->getSubExpr();
    else if (const auto *Cast = dyn_cast<CXXFunctionalCastExpr>(E);
             Cast && Cast->getCastKind() == CK_ConstructorConversion)
      E = Cast->getSubExpr();
    else if (const auto *Construct = dyn_cast<CXXConstructExpr>(E);
             Construct && Construct->isElidable() &&
             Construct->getNumArgs() > 0)
      E = Construct->getArg(0);
    else
      return E;
  }
  return E;
}

static bool isStdFunction(const FunctionDecl *FD,
                          std::initializer_list<llvm::StringRef> Names) {
  if (!FD || !FD->getIdentifier() || !FD->isInStdNamespace())
    return false;
  return llvm::is_contained(Names, FD->getName());
}

const Expr *movedOperand(const Expr *E) {
  E = stripped(E);
  if (!E)
    return nullptr;
  if (const auto *Call = dyn_cast<CallExpr>(E)) {
    if (Call->getNumArgs() == 1 &&
        isStdFunction(Call->getDirectCallee(),
                      {"move", "forward", "move_if_noexcept"}) &&
        Call->isXValue())
      return Call->getArg(0);
    return nullptr;
  }
  if (const auto *Cast = dyn_cast<CXXStaticCastExpr>(E))
    if (Cast->isXValue())
      return Cast->getSubExpr();
  return nullptr;
}

const FunctionDecl *calledFunction(const Expr *E) {
  E = stripped(E);
  if (const auto *Call = dyn_cast_or_null<CallExpr>(E))
    return Call->getDirectCallee();
  if (const auto *Construct = dyn_cast_or_null<CXXConstructExpr>(E))
    return Construct->getConstructor();
  return nullptr;
}

const Expr *calledObject(const Expr *E) {
  E = stripped(E);
  if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E))
    return Call->getImplicitObjectArgument();
  if (const auto *Call = dyn_cast_or_null<CXXOperatorCallExpr>(E))
    if (isa_and_nonnull<CXXMethodDecl>(Call->getDirectCallee()) &&
        Call->getNumArgs() > 0)
      return Call->getArg(0);
  return nullptr;
}

bool isPointerLike(QualType T) {
  if (T->isPointerType())
    return true;
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return false;
  for (const CXXMethodDecl *Method : RD->methods())
    if (Method->getOverloadedOperator() == OO_Arrow)
      return true;
  for (const Decl *D : RD->decls())
    if (const auto *Template = dyn_cast<FunctionTemplateDecl>(D))
      if (Template->getTemplatedDecl()->getOverloadedOperator() == OO_Arrow)
        return true;
  for (const CXXBaseSpecifier &Base : RD->bases())
    if (isPointerLike(Base.getType()))
      return true;
  return false;
}

namespace {

/// Which parameter the argument \p Arg of \p Call belongs to; fills Callee,
/// Argument and how it is passed.
void classifyArgument(Use &U, const FunctionDecl *Callee, const Expr *Site,
                      unsigned Index, QualType ArgType) {
  U.Callee = Callee;
  U.Site = Site;
  U.Argument = Index;
  QualType ParamType;
  if (Callee && Index < Callee->getNumParams())
    ParamType = Callee->getParamDecl(Index)->getType();
  if (ParamType.isNull()) {
    // Variadic or unknown callee: anything may happen to it.
    U.Kind = UseKind::PassedByReference;
    return;
  }
  if (const auto *Reference = ParamType->getAs<ReferenceType>())
    U.Kind = Reference->getPointeeType().isConstQualified()
                 ? UseKind::PassedByConstReference
                 : UseKind::PassedByReference;
  else if (ArgType->isPointerType())
    U.Kind = ParamType->getPointeeType().isConstQualified()
                 ? UseKind::PassedByConstReference
                 : UseKind::PassedByReference;
  else
    U.Kind = UseKind::Value;
}

const FunctionDecl *calleeOf(const CallExpr *Call) {
  return Call->getDirectCallee();
}

} // namespace

Use classifyUse(const DeclRefExpr *Ref, const ParentTable &Parents) {
  Use U = classifyUse(static_cast<const Expr *>(Ref), Parents);
  U.Ref = Ref;
  U.Var = dyn_cast<VarDecl>(Ref->getDecl());
  return U;
}

Use classifyUse(const Expr *Ref, const ParentTable &Parents) {
  Use U;
  U.Site = Ref;
  const Stmt *Child = Ref;
  const Stmt *P = Parents.effectiveParent(Ref, &Child);
  // Each turn climbs through one construct that keeps naming the variable.
  while (P) {
    if (const VarDecl *Var = Parents.initializedVariable(Child)) {
      U.Kind = Var->getType()->isReferenceType() ? UseKind::ReferenceBound
                                                 : UseKind::Copied;
      U.Site = cast<Expr>(Child);
      return U;
    }
    if (const auto *Cast = dyn_cast<CastExpr>(P)) {
      if (Cast->getCastKind() == CK_LValueToRValue) {
        // `p` of pointer type goes on as the pointer's value.
        if (Cast->getType()->isPointerType()) {
          P = Parents.effectiveParent(P, &Child);
          continue;
        }
        U.Kind = UseKind::Value;
        return U;
      }
      if (Cast->getCastKind() == CK_PointerToBoolean) {
        U.Kind = UseKind::Condition;
        return U;
      }
      if (Cast->getCastKind() == CK_ToVoid) {
        U.Kind = UseKind::Other;
        return U;
      }
      if (isa<CXXStaticCastExpr>(Cast) && Cast->isXValue()) {
        U.Kind = UseKind::Moved;
        U.Site = Cast;
        return U;
      }
      P = Parents.effectiveParent(P, &Child);
      continue;
    }
    if (const auto *Unary = dyn_cast<UnaryOperator>(P)) {
      if (Unary->getOpcode() == UO_AddrOf) {
        U.Kind = UseKind::AddressTaken;
        U.Site = Unary;
        return U;
      }
      if (Unary->getOpcode() == UO_LNot) {
        U.Kind = UseKind::Condition;
        return U;
      }
      if (Unary->getOpcode() == UO_Deref) {
        U.ThroughPointer = true;
        P = Parents.effectiveParent(P, &Child);
        continue;
      }
      U.Kind = UseKind::Assigned;
      U.Site = Unary;
      return U;
    }
    if (const auto *Member = dyn_cast<MemberExpr>(P)) {
      if (isa<CXXMethodDecl>(Member->getMemberDecl())) {
        if (Member->isArrow())
          U.ThroughPointer = true;
        P = Parents.effectiveParent(P, &Child);
        continue;
      }
      U.Kind = UseKind::FieldAccess;
      U.Site = Member;
      return U;
    }
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(P)) {
      const auto *Callee = stripped(Call->getCallee());
      if (Callee == Child || stripped(cast<Expr>(Child)) == Callee) {
        const CXXMethodDecl *Method = Call->getMethodDecl();
        U.Callee = Method;
        U.Site = Call;
        if (Method && isa<CXXConversionDecl>(Method) &&
            Method->getReturnType()->isBooleanType()) {
          U.Kind = UseKind::Condition;
          return U;
        }
        // optional::value() and unique_ptr::get() name what is held.
        if (Method && Method->getIdentifier() &&
            (Method->getName() == "value" || Method->getName() == "get") &&
            Method->getParent()->isInStdNamespace() &&
            isPointerLike(Ref->getType())) {
          U.ThroughPointer = true;
          P = Parents.effectiveParent(P, &Child);
          continue;
        }
        U.Kind = UseKind::MemberCall;
        return U;
      }
    }
    if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(P)) {
      unsigned Index = 0;
      for (; Index < Call->getNumArgs(); ++Index)
        if (Call->getArg(Index) == Child)
          break;
      OverloadedOperatorKind Op = Call->getOperator();
      if (Index == 0) {
        if (Op == OO_Arrow || (Op == OO_Star && Call->getNumArgs() == 1)) {
          U.ThroughPointer = true;
          P = Parents.effectiveParent(P, &Child);
          continue;
        }
        if (Call->isAssignmentOp()) {
          U.Kind = UseKind::Assigned;
          U.Site = Call;
          U.Callee = calleeOf(Call);
          return U;
        }
        if (Op == OO_Exclaim) {
          U.Kind = UseKind::Condition;
          return U;
        }
      }
      if (Call->isComparisonOp()) {
        U.Kind = UseKind::Condition;
        return U;
      }
      const auto *Method =
          dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
      if (Method && Index == 0) {
        U.Kind = UseKind::MemberCall;
        U.Callee = Method;
        U.Site = Call;
        return U;
      }
      classifyArgument(U, calleeOf(Call), Call, Method ? Index - 1 : Index,
                       cast<Expr>(Child)->getType());
      return U;
    }
    if (const auto *Call = dyn_cast<CallExpr>(P)) {
      if (isStdFunction(Call->getDirectCallee(),
                        {"move", "forward", "move_if_noexcept"}) &&
          Call->getNumArgs() == 1 && Call->isXValue()) {
        U.Kind = UseKind::Moved;
        U.Site = Call;
        return U;
      }
      if (isStdFunction(Call->getDirectCallee(), {"addressof"})) {
        U.Kind = UseKind::AddressTaken;
        U.Site = Call;
        return U;
      }
      if (isStdFunction(Call->getDirectCallee(), {"as_const"})) {
        P = Parents.effectiveParent(P, &Child);
        continue;
      }
      for (unsigned I = 0; I < Call->getNumArgs(); ++I)
        if (Call->getArg(I) == Child) {
          classifyArgument(U, calleeOf(Call), Call, I,
                           cast<Expr>(Child)->getType());
          return U;
        }
      U.Kind = UseKind::Value; // The callee itself: `x()`.
      U.Site = Call;
      return U;
    }
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(P)) {
      const CXXConstructorDecl *Ctor = Construct->getConstructor();
      if (Ctor->isCopyConstructor()) {
        U.Kind = UseKind::Copied;
        U.Site = Construct;
        return U;
      }
      for (unsigned I = 0; I < Construct->getNumArgs(); ++I)
        if (Construct->getArg(I) == Child) {
          classifyArgument(U, Ctor, Construct, I, cast<Expr>(Child)->getType());
          return U;
        }
      return U;
    }
    if (const auto *Binary = dyn_cast<BinaryOperator>(P)) {
      if (Binary->isAssignmentOp() && Binary->getLHS() == Child) {
        U.Kind = UseKind::Assigned;
        U.Site = Binary;
        return U;
      }
      if (Binary->isComparisonOp()) {
        U.Kind = UseKind::Condition;
        return U;
      }
      // A pointer stored elsewhere: the pointee is reachable from there.
      U.Kind =
          Binary->isAssignmentOp() ? UseKind::AddressTaken : UseKind::Value;
      U.Site = Binary;
      return U;
    }
    if (isa<ReturnStmt, CoreturnStmt>(P)) {
      U.Kind = UseKind::Returned;
      return U;
    }
    if (isa<LambdaExpr>(P)) {
      U.Kind = UseKind::ReferenceBound;
      U.Site = cast<Expr>(P);
      return U;
    }
    if (isa<InitListExpr, CXXParenListInitExpr>(P)) {
      U.Kind = UseKind::AddressTaken;
      U.Site = cast<Expr>(P);
      return U;
    }
    if (isa<ConditionalOperator>(P)) {
      P = Parents.effectiveParent(P, &Child);
      continue;
    }
    return U;
  }
  return U;
}

ResultFate resultFate(const Expr *E, const ParentTable &Parents) {
  ResultFate Fate;
  const Stmt *Child = E;
  const Stmt *P = Parents.effectiveParent(E, &Child);
  while (P) {
    if (const VarDecl *Var = Parents.initializedVariable(Child)) {
      Fate.Use = ResultUse::Stored;
      Fate.Var = Var;
      Fate.Site = Child;
      return Fate;
    }
    Fate.Site = P;
    if (isa<CoawaitExpr, CoyieldExpr>(P)) {
      Fate.Use = ResultUse::Awaited;
      return Fate;
    }
    if (isa<ReturnStmt, CoreturnStmt>(P)) {
      Fate.Use = ResultUse::Returned;
      return Fate;
    }
    if (const auto *Cast = dyn_cast<CastExpr>(P)) {
      if (Cast->getCastKind() == CK_ToVoid) {
        Fate.Use = ResultUse::Discarded;
        Fate.CastToVoid = true;
        return Fate;
      }
      P = Parents.effectiveParent(P, &Child);
      continue;
    }
    if (isa<ConditionalOperator, MemberExpr>(P)) {
      P = Parents.effectiveParent(P, &Child);
      continue;
    }
    if (const auto *Binary = dyn_cast<BinaryOperator>(P)) {
      if (Binary->getOpcode() == BO_Comma) {
        if (Binary->getLHS() == Child) {
          Fate.Use = ResultUse::Discarded;
          return Fate;
        }
        P = Parents.effectiveParent(P, &Child);
        continue;
      }
      Fate.Use =
          Binary->isAssignmentOp() ? ResultUse::Stored : ResultUse::Other;
      return Fate;
    }
    if (const auto *Call = dyn_cast<CallExpr>(P)) {
      bool IsObject = false;
      if (const auto *MemberCall = dyn_cast<CXXMemberCallExpr>(Call))
        IsObject =
            stripped(MemberCall->getCallee()) == stripped(cast<Expr>(Child));
      if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call)) {
        if (Operator->isAssignmentOp()) {
          // `std::ignore = f()` keeps nothing.
          const auto *Left = dyn_cast<DeclRefExpr>(stripped(Call->getArg(0)));
          bool Ignored = Left && Left->getDecl()->getIdentifier() &&
                         Left->getDecl()->getName() == "ignore" &&
                         Left->getDecl()->isInStdNamespace();
          Fate.Use = Ignored ? ResultUse::Discarded : ResultUse::Stored;
          return Fate;
        }
        IsObject = Operator->getNumArgs() > 0 && Operator->getArg(0) == Child &&
                   isa_and_nonnull<CXXMethodDecl>(Call->getDirectCallee());
        // `co_await t` may call operator co_await on the task.
        if (Operator->getOperator() == OO_Coawait)
          IsObject = true;
      }
      if (IsObject || movedOperand(Call) || Parents.parent(Call) == nullptr) {
        P = Parents.effectiveParent(P, &Child);
        continue;
      }
      // await_transform and adaptors hand the awaitable on to the await.
      const Stmt *Outer = Parents.effectiveParent(Call);
      if (isa_and_nonnull<CoawaitExpr>(Outer)) {
        Fate.Use = ResultUse::Awaited;
        Fate.Site = Outer;
        return Fate;
      }
      Fate.Use = ResultUse::Passed;
      return Fate;
    }
    if (isa<CXXConstructExpr, InitListExpr, LambdaExpr, CXXNewExpr>(P)) {
      if (const auto *Construct = dyn_cast<CXXConstructExpr>(P);
          Construct && Construct->getConstructor()->isMoveConstructor()) {
        P = Parents.effectiveParent(P, &Child);
        continue;
      }
      Fate.Use = ResultUse::Passed;
      return Fate;
    }
    if (isa<Expr>(P)) {
      Fate.Use = ResultUse::Other;
      return Fate;
    }
    // A statement: discarded, unless it is the condition of one.
    bool IsCondition = false;
    if (const auto *If = dyn_cast<IfStmt>(P))
      IsCondition = If->getCond() == Child;
    else if (const auto *While = dyn_cast<WhileStmt>(P))
      IsCondition = While->getCond() == Child;
    else if (const auto *Switch = dyn_cast<SwitchStmt>(P))
      IsCondition = Switch->getCond() == Child;
    else if (const auto *Do = dyn_cast<DoStmt>(P))
      IsCondition = Do->getCond() == Child;
    else if (const auto *For = dyn_cast<ForStmt>(P))
      IsCondition = For->getCond() == Child;
    else if (isa<CXXForRangeStmt, DeclStmt>(P))
      IsCondition = true;
    Fate.Use = IsCondition ? ResultUse::Other : ResultUse::Discarded;
    return Fate;
  }
  return Fate;
}

bool runsOnce(const Stmt *Loop) {
  const auto *For = dyn_cast_or_null<ForStmt>(Loop);
  const Expr *Condition = For ? For->getCond() : nullptr;
  const Expr *Next = For ? For->getInc() : nullptr;
  const auto *Assign =
      dyn_cast_or_null<BinaryOperator>(Next ? Next->IgnoreParens() : nullptr);
  if (!Condition || !Assign || Assign->getOpcode() != BO_Assign)
    return false;
  bool GoesOnIf = true;
  Condition = Condition->IgnoreParenImpCasts();
  if (const auto *Not = dyn_cast<UnaryOperator>(Condition);
      Not && Not->getOpcode() == UO_LNot) {
    GoesOnIf = false;
    Condition = Not->getSubExpr()->IgnoreParenImpCasts();
  }
  const auto *Asked = dyn_cast<DeclRefExpr>(Condition);
  const auto *Set = dyn_cast<DeclRefExpr>(Assign->getLHS()->IgnoreParens());
  if (!Asked || !Set || Asked->getDecl() != Set->getDecl())
    return false;
  const Expr *Value = Assign->getRHS()->IgnoreParenImpCasts();
  bool Truth = true;
  if (isa<CXXNullPtrLiteralExpr, GNUNullExpr>(Value))
    Truth = false;
  else if (const auto *Bool = dyn_cast<CXXBoolLiteralExpr>(Value))
    Truth = Bool->getValue();
  else if (const auto *Int = dyn_cast<IntegerLiteral>(Value))
    Truth = Int->getValue() != 0;
  else
    return false;
  return Truth != GoesOnIf;
}

} // namespace codrop
