// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Closures that carry a borrowed pointer over a suspension: what a scope guard
// does when the function is left, and closures that are called later. Whether
// the closure outlives the function is for the rules about tasks to say.

#include "analysis/ClassShape.h"
#include "analysis/Names.h"
#include "analysis/StaleFinder.h"

using namespace clang;

namespace codrop {

namespace {

/// Calls what it was given when it dies.
bool runsAtEnd(QualType T) {
  const CXXRecordDecl *RD = classOf(T);
  if (!RD || RD->isLambda())
    return false;
  if (const auto *Special = dyn_cast<ClassTemplateSpecializationDecl>(RD);
      Special && RD->isInStdNamespace() && nameOf(RD) == "optional")
    return runsAtEnd(Special->getTemplateArgs()[0].getAsType());
  for (const std::string &Word : identifierWords(nameOf(RD)))
    if (llvm::is_contained({"defer", "deferred", "exit", "finally", "cleanup",
                            "rollback", "guard", "scope", "action"},
                           llvm::StringRef(Word)))
      return true;
  return false;
}

/// The local variable that \p Lambda goes into.
const VarDecl *keeperOf(const LambdaExpr *Lambda, const ParentTable &Parents) {
  for (const Stmt *S = Lambda; isa_and_nonnull<Expr>(S);
       S = Parents.parent(S)) {
    if (const VarDecl *Var = Parents.initializedVariable(S))
      return Var;
    const Expr *Object = nullptr;
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
      Object = nameOf(Call->getMethodDecl()) == "emplace"
                   ? Call->getImplicitObjectArgument()
                   : nullptr;
    else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S);
             Operator && Operator->getOperator() == OO_Equal)
      Object = Operator->getArg(0);
    if (const auto *Ref =
            dyn_cast_or_null<DeclRefExpr>(Object ? stripped(Object) : nullptr))
      return dyn_cast<VarDecl>(Ref->getDecl());
    if (isa<CoroutineSuspendExpr>(S))
      return nullptr;
  }
  return nullptr;
}

bool isClosure(QualType T) {
  const CXXRecordDecl *RD = classOf(T);
  return RD && (RD->isLambda() ||
                (RD->isInStdNamespace() && nameOf(RD).contains("function")));
}

/// Where the closure uses what it captured.
const Expr *useInside(const LambdaExpr *Lambda, const ValueDecl *Var) {
  ParentTable Inner(Lambda->getBody());
  for (const Stmt *S : Inner.preorder())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S);
        Ref && Ref->getDecl() == Var)
      return Ref;
  return nullptr;
}

} // namespace

void StaleFinder::captures() {
  for (const Stmt *S : G.parents().preorder()) {
    const auto *Lambda = dyn_cast<LambdaExpr>(S);
    std::optional<NodeId> Made = Lambda ? G.nodeOf(Lambda) : std::nullopt;
    const VarDecl *Keeper = Made ? keeperOf(Lambda, G.parents()) : nullptr;
    std::optional<ObjectId> Kept = Keeper ? G.objectOf(Keeper) : std::nullopt;
    if (!Kept ||
        !(runsAtEnd(Keeper->getType()) || isClosure(Keeper->getType())))
      continue;
    for (const LambdaCapture &C : Lambda->captures()) {
      const auto *Var = C.capturesVariable()
                            ? dyn_cast<VarDecl>(C.getCapturedVar())
                            : nullptr;
      BorrowKind Kind = Var ? borrowKind(Var) : BorrowKind::None;
      const Expr *Inside =
          Kind == BorrowKind::None ? nullptr : useInside(Lambda, Var);
      // A variable that is captured by reference may get another value.
      if (!Inside ||
          (C.getCaptureKind() == LCK_ByRef && Kind != BorrowKind::Reference))
        continue;
      size_t Before = Found.size();
      for (const Lender &L : lendersOf(Kind, Var->getInit())) {
        followCapture(Var, Kind, L, *Made, *Kept, Inside);
        if (Found.size() > Before)
          break;
      }
    }
  }
}

void StaleFinder::followCapture(const VarDecl *Var, BorrowKind Kind,
                                const Lender &L, NodeId Made, ObjectId Kept,
                                const Expr *Inside) {
  if (!L.Held || !G.work().spend(64))
    return;
  auto Changes = foreignChanges(L.Held, false, [&](Change What) {
    return invalidates(What, L.How, L.Iterator || L.View);
  });
  if (Changes.empty() || !isShared(L, Var->getInit()))
    return;
  const VarDecl *Keeper = G.object(Kept).Var;
  llvm::BitVector Called(G.size()), Ended(G.size());
  for (const UseTable::At &At : F.uses().of(Keeper)) {
    llvm::StringRef Name = nameOf(At.What.Callee);
    if (At.What.Kind == UseKind::Assigned || Name == "reset" ||
        Name == "cancel" || Name == "dismiss" || Name == "release" ||
        Name == "disarm")
      Ended.set(At.Node);
    else if (isClosure(Keeper->getType()))
      Called.set(At.Node);
  }
  enum : PathState { Suspended = 1 };
  const FieldChange *By = Changes.front();
  PathQuery Q;
  Q.Start = Made;
  auto Visit = [&](NodeId N, PathState S) {
    const Node &Here = G.node(N);
    if (Here.Kind == NodeKind::Suspend)
      return PathStep::go(
          S & Suspended || heldAt(N, Made, Var, By) ? S : S | Suspended);
    bool Ends = Here.Kind == NodeKind::ObjectEnd && Here.Obj == Kept;
    if ((S & Suspended) &&
        (Called[N] || (Ends && runsAtEnd(Keeper->getType()))))
      return PathStep::found();
    return Ends || Ended[N] || N == Made ? PathStep::stop() : PathStep::go(S);
  };
  Q.Visit = Visit;
  std::optional<Path> Way = findPath(G, Q);
  if (!Way || hasOwnerOf(L, Way->Nodes.back()))
    return;
  StaleReference Stale;
  Stale.Suspends = firstSuspension(*Way);
  if (!Stale.Suspends)
    return;
  Stale.How = Kind;
  Stale.Variable = Var->getNameAsString();
  Stale.Owner = L.Held->getNameAsString();
  Stale.Pointee = L.How == Holds::Pointee;
  Stale.Part = L.How == Holds::Parts;
  Stale.Accessor = L.Accessor;
  Stale.Before = Var->getInit();
  Stale.Use = Inside;
  Stale.Changed = By->Site;
  Stale.By = By->In;
  Found.push_back(std::move(Stale));
}

} // namespace codrop
