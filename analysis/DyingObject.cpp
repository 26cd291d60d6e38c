// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/DyingObject.h"
#include "analysis/Names.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

using Part = std::optional<DyingPart>;

bool ownsElements(const CXXRecordDecl *RD) {
  // In libstdc++ operator-> of a shared_ptr is a base class's.
  return RD && RD->isInStdNamespace() && !nameOf(RD).contains("shared_ptr") &&
         !llvm::is_contained(
             {"weak_ptr", "reference_wrapper", "span", "basic_string_view"},
             nameOf(RD));
}

bool isStd(const FunctionDecl *FD,
           std::initializer_list<llvm::StringRef> Names) {
  return FD && FD->isInStdNamespace() && llvm::is_contained(Names, nameOf(FD));
}

llvm::SmallVector<const Expr *, 4> argumentsOf(const Expr *E) {
  llvm::SmallVector<const Expr *, 4> Args;
  if (const auto *Call = dyn_cast<CallExpr>(E)) {
    bool HasObject = isa<CXXOperatorCallExpr>(Call) &&
                     isa_and_nonnull<CXXMethodDecl>(Call->getDirectCallee());
    for (unsigned I = HasObject; I < Call->getNumArgs(); ++I)
      Args.push_back(Call->getArg(I));
  } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
    for (const Expr *Arg : Construct->arguments())
      Args.push_back(Arg);
  }
  return Args;
}

const LambdaExpr *lambdaOf(const Expr *E) {
  for (unsigned Depth = 0; E && Depth < 8; ++Depth) {
    E = stripped(E);
    if (const Expr *Moved = movedOperand(E))
      E = Moved;
    else if (const auto *Lambda = dyn_cast_or_null<LambdaExpr>(E))
      return Lambda;
    else if (const auto *Construct = dyn_cast_or_null<CXXConstructExpr>(E);
             Construct && Construct->getNumArgs() == 1)
      E = Construct->getArg(0);
    else if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E)) {
      const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
      E = Var && !isa<ParmVarDecl>(Var) ? Var->getInit() : nullptr;
    } else
      return nullptr;
  }
  return nullptr;
}

static const LambdaCapture *captureOf(const CXXRecordDecl *Lambda,
                                      const ValueDecl *D) {
  for (const LambdaCapture &Capture : Lambda->captures())
    if (Capture.capturesVariable() && Capture.getCapturedVar() == D)
      return &Capture;
  return nullptr;
}

/// The closure has an object of its own for \p D.
static bool isHeldBy(const CXXRecordDecl *Lambda, const ValueDecl *D) {
  const LambdaCapture *Capture = captureOf(Lambda, D);
  return Capture && Capture->getCaptureKind() == LCK_ByCopy &&
         !(D->isInitCapture() && D->getType()->isReferenceType());
}

/// A temporary that is gone after its full expression, and that somebody could
/// miss.
static bool holdsState(const MaterializeTemporaryExpr *Made) {
  if (Made->getStorageDuration() != SD_FullExpression)
    return false;
  const CXXRecordDecl *RD = Made->getType()->getAsCXXRecordDecl();
  return !RD || !RD->hasDefinition() || !RD->isEmpty();
}

// --- Expressions -------------------------------------------------------------

Part DyingRefs::object(const Expr *E) const {
  return E->getType()->isPointerType() ? points(E) : names(E);
}

Part DyingRefs::names(const Expr *E) const {
  E = E->IgnoreParens();
  if (const auto *Full = dyn_cast<FullExpr>(E))
    return names(Full->getSubExpr());
  if (!E->isGLValue())
    return std::nullopt;
  if (const auto *Made = dyn_cast<MaterializeTemporaryExpr>(E))
    return Temporaries && holdsState(Made)
               ? Part(DyingPart{nullptr, nullptr, Made->getSubExpr()})
               : std::nullopt;
  if (const auto *Cast = dyn_cast<CastExpr>(E))
    return Cast->getSubExpr()->isGLValue() ? names(Cast->getSubExpr())
                                           : std::nullopt;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    const ValueDecl *D = Ref->getDecl();
    if (Closure && isHeldBy(Closure, D))
      return DyingPart{nullptr, nullptr, nullptr, Closure};
    if (const auto *Binding = dyn_cast<BindingDecl>(D))
      D = Binding->getDecomposedDecl();
    auto It = Vars.find(D);
    return It != Vars.end() && !D->getType()->isPointerType() ? Part(It->second)
                                                              : std::nullopt;
  }
  if (const auto *Member = dyn_cast<MemberExpr>(E)) {
    const auto *Field = dyn_cast<FieldDecl>(Member->getMemberDecl());
    if (!Field || Field->getType()->isReferenceType())
      return std::nullopt;
    Part Base = Member->isArrow() ? points(Member->getBase())
                                  : names(Member->getBase());
    if (Base && !Base->Member)
      Base->Member = Field;
    return Base;
  }
  if (const auto *Unary = dyn_cast<UnaryOperator>(E))
    return Unary->getOpcode() == UO_Deref ? points(Unary->getSubExpr())
                                          : std::nullopt;
  if (const auto *Subscript = dyn_cast<ArraySubscriptExpr>(E))
    return points(Subscript->getBase());
  if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) {
    Part First = names(Choice->getTrueExpr());
    return First ? First : names(Choice->getFalseExpr());
  }
  return isa<CallExpr>(E) ? namesByCall(E) : std::nullopt;
}

/// `*ptr`, `list[0]`, `map.at(k)`, `opt.value()`, `std::move(x)`.
Part DyingRefs::namesByCall(const Expr *E) const {
  if (const Expr *Moved = movedOperand(E))
    return names(Moved);
  const auto *Call = cast<CallExpr>(E);
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (isStd(Callee, {"as_const", "get", "forward", "forward_like"}) &&
      !isa<CXXMethodDecl>(Callee) && Call->getNumArgs() >= 1)
    return names(Call->getArg(0));
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
  const Expr *Object = calledObject(Call);
  if (!Method || !Object || !ownsElements(Method->getParent()))
    return std::nullopt;
  OverloadedOperatorKind Op = Method->getOverloadedOperator();
  if (Op == OO_Star || Op == OO_Subscript ||
      llvm::is_contained({"at", "front", "back", "top", "value", "get"},
                         nameOf(Method)))
    return object(Object);
  return std::nullopt;
}

Part DyingRefs::points(const Expr *E) const {
  E = E->IgnoreParens();
  if (const auto *Full = dyn_cast<FullExpr>(E))
    return points(Full->getSubExpr());
  if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(E))
    return points(Temporary->getSubExpr());
  if (isa<CXXThisExpr>(E))
    return This;
  if (const auto *Cast = dyn_cast<CastExpr>(E)) {
    const Expr *Sub = Cast->getSubExpr();
    if (Cast->getCastKind() == CK_ArrayToPointerDecay)
      return names(Sub);
    // The value of a pointer member is a copy: what it points to lives on.
    if (Cast->getCastKind() == CK_LValueToRValue) {
      const auto *Ref = dyn_cast<DeclRefExpr>(Sub->IgnoreParens());
      auto It = Ref ? Vars.find(Ref->getDecl()) : Vars.end();
      return It != Vars.end() && Ref->getType()->isPointerType()
                 ? Part(It->second)
                 : std::nullopt;
    }
    return Sub->getType()->isPointerType() ? points(Sub) : std::nullopt;
  }
  if (const auto *Unary = dyn_cast<UnaryOperator>(E))
    return Unary->getOpcode() == UO_AddrOf ? names(Unary->getSubExpr())
                                           : std::nullopt;
  const auto *Call = dyn_cast<CallExpr>(E);
  if (!Call)
    return std::nullopt;
  const FunctionDecl *Callee = Call->getDirectCallee();
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
  if (!Method)
    return isStd(Callee, {"addressof", "ref", "cref", "to_address"}) &&
                   Call->getNumArgs() == 1
               ? object(Call->getArg(0))
               : iterates(Call);
  const Expr *Object = calledObject(Call);
  if (Object && ownsElements(Method->getParent()) &&
      (Method->getOverloadedOperator() == OO_Arrow ||
       llvm::is_contained({"get", "data", "c_str"}, nameOf(Method))))
    return object(Object);
  return std::nullopt;
}

Part DyingRefs::mention(const Stmt *S) const {
  if (isa<CXXThisExpr>(S))
    return Closure ? Part(DyingPart{nullptr, nullptr, nullptr, Closure}) : This;
  const auto *Ref = dyn_cast<DeclRefExpr>(S);
  if (!Ref)
    return std::nullopt;
  if (Closure && captureOf(Closure, Ref->getDecl()))
    return DyingPart{nullptr, nullptr, nullptr, Closure};
  auto It = Vars.find(Ref->getDecl());
  return It != Vars.end() ? Part(It->second) : std::nullopt;
}

const CXXMethodDecl *callOperator(const LambdaExpr *Lambda) {
  if (!Lambda->isGenericLambda())
    return Lambda->getCallOperator();
  const FunctionTemplateDecl *Generic =
      Lambda->getLambdaClass()->getDependentLambdaCallOperator();
  if (!Generic || Generic->spec_begin() == Generic->spec_end())
    return nullptr;
  return dyn_cast<CXXMethodDecl>(*Generic->spec_begin());
}

// --- Functions ---------------------------------------------------------------

void DyingRefs::addLocals(const ParentTable &Body) {
  for (const Stmt *S : Body.preorder()) {
    if (const auto *Range = dyn_cast<CXXForRangeStmt>(S)) {
      const VarDecl *Each = Range->getLoopVariable();
      const CXXRecordDecl *Container = Range->getRangeInit()
                                           ->getType()
                                           .getNonReferenceType()
                                           ->getAsCXXRecordDecl();
      if (Each && Each->getType()->isReferenceType() &&
          (!Container || ownsElements(Container)))
        if (Part Elements = names(Range->getRangeInit()))
          Vars.try_emplace(Each, *Elements);
    }
    const auto *Decls = dyn_cast<DeclStmt>(S);
    if (!Decls)
      continue;
    for (const Decl *D : Decls->decls())
      if (const auto *Var = dyn_cast<VarDecl>(D);
          Var && !Var->isImplicit() && Var->hasLocalStorage())
        if (Part Referred = refers(Var->getType(), Var->getInit())) {
          // It may be known already as a variable that dies itself.
          DyingPart &Known = Vars.try_emplace(Var, *Referred).first->second;
          if (Known.Local == Var && !lambdaOf(Var->getInit()))
            Known = *Referred;
        }
  }
}

DyingRefs DyingRefs::inClosure(const LambdaExpr *Lambda) const {
  DyingRefs Inside;
  for (const LambdaCapture &Capture : Lambda->captures()) {
    if (Capture.getCaptureKind() == LCK_This)
      Inside.This = This;
    if (!Capture.capturesVariable())
      continue;
    const auto *Var = dyn_cast<VarDecl>(Capture.getCapturedVar());
    if (!Var)
      continue;
    if (Var->isInitCapture()) {
      if (Part Referred = refers(Var->getType(), Var->getInit()))
        Inside.Vars.try_emplace(Var, *Referred);
      continue;
    }
    if (Closure && isHeldBy(Closure, Var) &&
        Capture.getCaptureKind() == LCK_ByRef)
      Inside.Vars.try_emplace(Var,
                              DyingPart{nullptr, nullptr, nullptr, Closure});
    auto It = Vars.find(Var);
    if (It == Vars.end())
      continue;
    // Capturing by value what dies, or a reference to it, makes a copy.
    if (Capture.getCaptureKind() == LCK_ByRef ||
        (It->second.Local != Var && !Var->getType()->isReferenceType()))
      Inside.Vars.try_emplace(Var, It->second);
  }
  return Inside;
}

/// The closure that is called is a temporary, or a variable, that dies.
DyingRefs DyingRefs::inCalled(const Expr *Callable,
                              const LambdaExpr *Lambda) const {
  DyingRefs Inside = inClosure(Lambda);
  if (closureDies(Callable, Lambda->getLambdaClass()))
    Inside.Closure = Lambda->getLambdaClass();
  return Inside;
}

bool DyingRefs::closureDies(const Expr *Object,
                            const CXXRecordDecl *Lambda) const {
  // With `this auto self` the frame has a copy of it.
  if (Lambda->capture_size() == 0 ||
      Lambda->getLambdaCallOperator()->isExplicitObjectMemberFunction())
    return false;
  const Expr *E = stripped(Object);
  if (const Expr *Moved = movedOperand(E))
    E = stripped(Moved);
  if (isa<LambdaExpr>(E))
    return Temporaries;
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  auto It = Var ? Vars.find(Var) : Vars.end();
  return It != Vars.end() && It->second.Local == Var;
}

DyingRefs DyingRefs::inCallee(const Expr *E, const FunctionDecl *Callee) const {
  DyingRefs Inside;
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  const Expr *Object = calledObject(E);
  if (Method && Object && Method->isInstance()) {
    if (Method->getParent()->isLambda()) {
      if (const LambdaExpr *Lambda = lambdaOf(Object))
        Inside = inCalled(Object, Lambda);
      // A parameter of a template.
      else if (closureDies(Object, Method->getParent()))
        Inside.Closure = Method->getParent();
    } else {
      Inside.This = object(Object);
    }
  }
  llvm::SmallVector<const Expr *, 4> Args = argumentsOf(E);
  for (unsigned I = 0; I < Args.size() && I < Callee->getNumParams(); ++I)
    if (Part Referred = refers(Callee->getParamDecl(I)->getType(), Args[I]))
      Inside.Vars.try_emplace(Callee->getParamDecl(I), *Referred);
  return Inside;
}

} // namespace codrop
