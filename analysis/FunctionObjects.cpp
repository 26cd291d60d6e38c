// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which expressions make an object of their own, and which only initialize
// one.

#include "analysis/FunctionObjects.h"

using namespace clang;

namespace codrop {

// A prvalue that initializes a variable, member, capture or return value is
// that object, no temporary. Clang's CFG lists a temporary destructor for the
// value of `T x = co_await f()` all the same:
//   27: [B2.26] (BindTemporary)      <- await_resume()
//   28: co_await [B2.8]
//   29: T x = co_await f();
//   30: ~T() (Temporary object destructor)
static bool isRealTemporary(const Expr *Value, const ParentTable &Parents) {
  const Stmt *Child = Value;
  for (const Stmt *P = Parents.parent(Value);;
       Child = P, P = Parents.parent(P)) {
    if (Parents.initializedVariable(Child))
      return false;
    if (!P)
      return false; // A constructor's member initializer.
    if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(P))
      return Temporary->getExtendingDecl() == nullptr;
    if (isa<ReturnStmt, CoreturnStmt, LambdaExpr, CXXNewExpr, CXXThrowExpr,
            InitListExpr, CXXParenListInitExpr>(P))
      return false;
    if (isa<ExprWithCleanups, ParenExpr, CXXBindTemporaryExpr,
            AbstractConditionalOperator>(P))
      continue;
    if (const auto *Cast = dyn_cast<CastExpr>(P)) {
      if (Cast->getCastKind() == CK_ToVoid)
        return true;
      continue;
    }
    if (const auto *Construct = dyn_cast<CXXConstructExpr>(P);
        Construct && Construct->isElidable())
      continue;
    return true;
  }
}

/// The class object that await_resume() returns by value, if it does.
static const CXXBindTemporaryExpr *
valueOfAwait(const CoroutineSuspendExpr *Suspend) {
  const Expr *Value = Suspend->getResumeExpr();
  while (Value) {
    if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(Value))
      return Bind;
    if (const auto *Temporary = dyn_cast<MaterializeTemporaryExpr>(Value))
      Value = Temporary->getSubExpr();
    else if (const auto *Cast = dyn_cast<ImplicitCastExpr>(Value))
      Value = Cast->getSubExpr();
    else if (const auto *Full = dyn_cast<FullExpr>(Value))
      Value = Full->getSubExpr();
    else
      break;
  }
  return nullptr;
}

/// The type of the temporary whose life the reference \p Var extends, else
/// that of \p Var.
static QualType destroyedType(const VarDecl *Var) {
  if (!Var->getType()->isReferenceType() || !Var->getInit())
    return Var->getType();
  const Expr *Full = Var->getInit();
  if (const auto *Cleanups = dyn_cast<ExprWithCleanups>(Full))
    Full = Cleanups->getSubExpr();
  llvm::SmallVector<const Expr *, 2> CommaLHSs;
  llvm::SmallVector<SubobjectAdjustment, 2> Adjustments;
  const auto *Extended = dyn_cast<MaterializeTemporaryExpr>(
      Full->skipRValueSubobjectAdjustments(CommaLHSs, Adjustments));
  return Extended && Extended->getExtendingDecl() == Var ? Extended->getType()
                                                         : Var->getType();
}

ObjectId FunctionObjects::add(Object O, const Stmt *Where,
                              const ParentTable &Parents) {
  for (const CXXTryStmt *Try = Where ? Parents.enclosingTry(Where) : nullptr;
       Try; Try = Parents.enclosingTry(Try))
    O.Tries.push_back(Try);
  Objects.push_back(std::move(O));
  return Objects.size() - 1;
}

void FunctionObjects::addVariable(const VarDecl *Var, const Stmt *Where,
                                  const ParentTable &Parents) {
  Object O;
  O.K = isa<ParmVarDecl>(Var) ? Object::Parameter : Object::Variable;
  O.Var = Var;
  O.Type = destroyedType(Var);
  O.Loc = Var->getLocation();
  OfVariable[Var] = add(std::move(O), Where, Parents);
}

void FunctionObjects::addTemporary(const CXXBindTemporaryExpr *Bind,
                                   const Expr *Value,
                                   const ParentTable &Parents) {
  if (!isRealTemporary(Value, Parents))
    return;
  Object O;
  O.K = Object::Temporary;
  O.Bind = Bind;
  O.Value = Value;
  O.Type = Bind->getType();
  O.Loc = Value->getExprLoc();
  ObjectId Id = add(std::move(O), Value, Parents);
  OfTemporary[Bind] = Id;
  OfTemporary[Value] = Id;
}

FunctionObjects::FunctionObjects(const FunctionDecl *FD,
                                 const ParentTable &Parents) {
  for (const ParmVarDecl *P : FD->parameters())
    addVariable(P, nullptr, Parents);
  for (const Stmt *S : Parents.postorder()) {
    if (const auto *Decls = dyn_cast<DeclStmt>(S)) {
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D);
            Var && !Var->isStaticLocal() && !Var->hasExternalStorage())
          addVariable(Var, S, Parents);
    } else if (const auto *Suspend = dyn_cast<CoroutineSuspendExpr>(S)) {
      if (const CXXBindTemporaryExpr *Bind = valueOfAwait(Suspend))
        addTemporary(Bind, Suspend, Parents);
    } else if (const auto *Bind = dyn_cast<CXXBindTemporaryExpr>(S)) {
      addTemporary(Bind, Bind, Parents);
    }
  }
}

std::optional<ObjectId> FunctionObjects::ofVariable(const VarDecl *Var) const {
  auto It = OfVariable.find(Var);
  if (It == OfVariable.end())
    return std::nullopt;
  return It->second;
}

std::optional<ObjectId>
FunctionObjects::ofTemporary(const CXXBindTemporaryExpr *Bind) const {
  auto It = OfTemporary.find(Bind);
  if (It == OfTemporary.end())
    return std::nullopt;
  return It->second;
}

std::optional<ObjectId>
FunctionObjects::ofAwait(const CoroutineSuspendExpr *Suspend) const {
  auto It = OfTemporary.find(Suspend);
  if (It == OfTemporary.end())
    return std::nullopt;
  return It->second;
}

} // namespace codrop
