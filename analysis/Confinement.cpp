// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Confinement.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

/// How many callers up is looked.
constexpr unsigned MaxCallerDepth = 3;

bool isSame(const Decl *A, const Decl *B) {
  return A->getCanonicalDecl()->getLocation() ==
         B->getCanonicalDecl()->getLocation();
}

bool isLambdaBody(const FunctionDecl *FD) {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  return Method && Method->getParent()->isLambda();
}

/// Nobody outside of this file can call it.
bool isHidden(const FunctionDecl *FD) {
  if (const auto *Method = dyn_cast<CXXMethodDecl>(FD))
    if (Method->size_overridden_methods() > 0)
      return false; // Called through the base class.
  return FD->getAccess() == AS_private || !FD->isExternallyVisible();
}

/// The mentions that are compiled, each written one once.
llvm::SmallVector<CallSite, 4> sitesOf(const FunctionDecl *FD, TUAnalysis &TU) {
  llvm::SmallVector<CallSite, 4> Result;
  llvm::DenseSet<unsigned> Seen;
  for (const CallSite &Site : TU.index().mentions(FD))
    if (!(Site.In && Site.In->isDependentContext()) &&
        Seen.insert(Site.Site->getExprLoc().getRawEncoding()).second)
      Result.push_back(Site);
  return Result;
}

const SuspendCFG *graphOf(const FunctionDecl *FD, TUAnalysis &TU) {
  if (!FD || FD->isDependentContext() || !FD->doesThisDeclarationHaveABody())
    return nullptr;
  return TU.function(FD).graph();
}

ResultFate fateOf(const CallSite &Site, TUAnalysis &TU) {
  const SuspendCFG *G = Site.IsCall ? graphOf(Site.In, TU) : nullptr;
  return G ? resultFate(Site.Site, G->parents()) : ResultFate();
}

bool takesNothing(const FunctionDecl *FD, TUAnalysis &TU) {
  return llvm::all_of(FD->parameters(), [&](const ParmVarDecl *P) {
    const CXXRecordDecl *RD =
        P->getType().getNonReferenceType()->getAsCXXRecordDecl();
    return RD && TU.knowledge().isCancellationToken(RD);
  });
}

/// `true`, nothing, `running_`, `!stopping_`, `!token.stop_requested()`.
bool goesOnUntilStopped(const Expr *Condition, TUAnalysis &TU) {
  if (!Condition)
    return true;
  const Expr *E = stripped(Condition);
  while (const auto *Not = dyn_cast<UnaryOperator>(E)) {
    if (Not->getOpcode() != UO_LNot)
      return false;
    E = stripped(Not->getSubExpr());
  }
  if (const auto *Literal = dyn_cast<CXXBoolLiteralExpr>(E))
    return Literal->getValue();
  if (const auto *Literal = dyn_cast<IntegerLiteral>(E))
    return !Literal->getValue().isZero();
  if (isa<MemberExpr>(E))
    return E->getType()->isBooleanType();
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
    QualType T = Call->getImplicitObjectArgument()->getType();
    const CXXRecordDecl *RD =
        (T->isPointerType() ? T->getPointeeType() : T)->getAsCXXRecordDecl();
    return RD && TU.knowledge().isCancellationToken(RD);
  }
  return false;
}

/// Runs what it is given more than once at a time.
bool runsConcurrently(const FunctionDecl *Callee) {
  if (!Callee || !Callee->getIdentifier())
    return true;
  for (llvm::StringRef Word : {"parallel", "concurrent", "all", "gather", "map",
                               "spawn", "fork", "join"})
    if (Callee->getName().contains_insensitive(Word))
      return true;
  return false;
}

bool isCrossedByPointer(const AccessPath &P) {
  return llvm::any_of(P.Parts,
                      [](const PathPart &Part) {
                        if (Part.K != PathPart::Field)
                          return false;
                        QualType T = Part.F->getType();
                        const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
                        return T->isPointerType() || T->isReferenceType() ||
                               (RD && RD->getIdentifier() &&
                                RD->getName().contains("shared_ptr"));
                      }) &&
         llvm::any_of(P.Parts, [](const PathPart &Part) {
           return Part.K == PathPart::Deref;
         });
}

} // namespace

bool Confinement::isConfined(const AccessPath &Place, const Expr *At) {
  Activity.assign(1, F.function());
  switch (sharingOf(Place, *F.graph())) {
  case Sharing::Local:
    return true;
  case Sharing::Capture:
    return captureConfined(Place);
  case Sharing::Pointee: {
    const auto *Parameter = dyn_cast_or_null<VarDecl>(Place.Var);
    bool Deeper = llvm::count_if(Place.Parts, [](const PathPart &Part) {
                    return Part.K == PathPart::Deref;
                  }) > (Parameter->getType()->isPointerType() ? 1 : 0);
    return !Deeper && isa<ParmVarDecl>(Parameter) &&
           (Parameter->getType()->isReferenceType() ||
            Parameter->getType()->isPointerType()) &&
           lentByCaller(Parameter, F.function(), 0);
  }
  case Sharing::Member:
  case Sharing::Global:
    return !isCrossedByPointer(Place) && runsOnce(F.function(), At, 0, false) &&
           !othersWrite(Place);
  }
  return false;
}

/// A loop with a suspension in it. \p Endless: one that goes on until it is
/// stopped and that \p At is inside of.
bool Confinement::isDriver(const FunctionDecl *FD, const Stmt *At,
                           bool Endless) {
  const SuspendCFG *G = graphOf(FD, TU);
  if (!G)
    return false;
  const ParentTable &Parents = G->parents();
  for (const Stmt *S : Parents.preorder()) {
    const Expr *Condition = nullptr;
    if (const auto *While = dyn_cast<WhileStmt>(S))
      Condition = While->getCond();
    else if (const auto *For = dyn_cast<ForStmt>(S))
      Condition = For->getCond();
    else if (const auto *Do = dyn_cast<DoStmt>(S))
      Condition = Do->getCond();
    else
      continue;
    if (Endless &&
        (!Parents.isWithin(At, S) || !goesOnUntilStopped(Condition, TU)))
      continue;
    if (llvm::any_of(G->suspendNodes(), [&](NodeId N) {
          return G->suspension(N).E && Parents.isWithin(G->suspension(N).E, S);
        }))
      return true;
  }
  return false;
}

/// \p Drives: \p FD hands on the task of a function that is a driver.
bool Confinement::runsOnce(const FunctionDecl *FD, const Stmt *At,
                           unsigned Depth, bool Drives) {
  if (Depth > MaxCallerDepth)
    return false;
  auto isLoop = [&] { return Drives || isDriver(FD, At, /*Endless=*/false); };
  if (FD->isMain())
    return true;
  llvm::SmallVector<CallSite, 4> Sites = sitesOf(FD, TU);
  bool Repeated = Sites.size() > 1 || (Sites.size() == 1 && Sites[0].InLoop);
  bool StartedOnce = takesNothing(FD, TU) && !Repeated;
  if (!isLambdaBody(FD) && !isHidden(FD))
    return StartedOnce && isDriver(FD, At, /*Endless=*/true);
  if (Sites.empty()) // A lambda that is handed on, or a call we can't see.
    return StartedOnce && isLoop();
  bool Returns = true;
  for (const CallSite &Site : Sites) {
    ResultUse Use = fateOf(Site, TU).Use;
    bool OneAfterTheOther =
        (Use == ResultUse::Awaited || Use == ResultUse::Returned) &&
        isSame(Site.In, Sites[0].In);
    Returns &= Use == ResultUse::Returned;
    if (OneAfterTheOther)
      continue;
    if (Repeated)
      return false;
    if (isa_and_nonnull<CXXConstructorDecl>(Site.In))
      return true;
    return StartedOnce && isLoop();
  }
  Activity.push_back(Sites[0].In);
  return runsOnce(Sites[0].In, Sites[0].Site, Depth + 1,
                  Returns && !Repeated && isLoop());
}

/// Some function that may run meanwhile writes the place.
bool Confinement::othersWrite(const AccessPath &Place) {
  const FieldDecl *Field = Place.lastField();
  const ValueDecl *What = Field;
  if (!What)
    What = Place.Var;
  if (!What)
    return true;
  auto isOurs = [&](const FunctionDecl *FD) {
    return llvm::any_of(
        Activity, [&](const FunctionDecl *Own) { return isSame(Own, FD); });
  };
  // A helper that only we call.
  auto runsForUs = [&](const FunctionDecl *FD) {
    if (!isHidden(FD) || isLambdaBody(FD))
      return false;
    llvm::SmallVector<CallSite, 4> Sites = sitesOf(FD, TU);
    return !Sites.empty() && llvm::all_of(Sites, [&](const CallSite &Site) {
      return Site.IsCall && Site.In && isOurs(Site.In) &&
             (!isCoroutine(FD) || fateOf(Site, TU).Use == ResultUse::Awaited);
    });
  };
  for (const FunctionDecl *User : TU.index().users(What)) {
    if (User->isDependentContext() || isOurs(User) ||
        isa<CXXConstructorDecl, CXXDestructorDecl>(User) || runsForUs(User))
      continue;
    if (!graphOf(User, TU))
      return true;
    for (const Access &A : TU.function(User).accesses().all()) {
      if (A.Kind == AccessKind::Read)
        continue;
      bool Touches = A.Place.Var && isSame(A.Place.Var, What);
      for (const PathPart &Part : A.Place.Parts)
        Touches |= Part.K == PathPart::Field && isSame(Part.F, What);
      if (Touches)
        return true;
    }
  }
  return false;
}

/// Every call that can be seen awaits us and lends an object of its own frame.
bool Confinement::lentByCaller(const VarDecl *Parameter, const FunctionDecl *FD,
                               unsigned Depth) {
  unsigned Index = 0;
  while (Index < FD->getNumParams() &&
         !isSame(FD->getParamDecl(Index), Parameter))
    ++Index;
  llvm::SmallVector<CallSite, 4> Sites = sitesOf(FD, TU);
  if (Depth > MaxCallerDepth || Sites.empty() || Index == FD->getNumParams())
    return false;
  return llvm::all_of(Sites, [&](const CallSite &Site) {
    const auto *Call = dyn_cast<CallExpr>(Site.Site);
    const SuspendCFG *G = graphOf(Site.In, TU);
    if (!Call || !G || fateOf(Site, TU).Use != ResultUse::Awaited)
      return false;
    unsigned At = Index + (isa<CXXOperatorCallExpr>(Call) ? 1 : 0);
    if (At >= Call->getNumArgs())
      return false;
    const Expr *Argument = stripped(Call->getArg(At));
    if (const auto *Address = dyn_cast<UnaryOperator>(Argument);
        Address && Address->getOpcode() == UO_AddrOf)
      Argument = stripped(Address->getSubExpr());
    PathResolver Resolver(*G, TU.context());
    std::optional<AccessPath> Lent = Resolver.resolve(Argument);
    if (!Lent || Lent->Root != AccessPath::Variable)
      return false;
    if (const auto *Outer = dyn_cast<ParmVarDecl>(Lent->Var);
        Outer && (Outer->getType()->isReferenceType() ||
                  Outer->getType()->isPointerType()))
      return lentByCaller(Outer, Site.In, Depth + 1);
    return sharingOf(*Lent, *G) == Sharing::Local &&
           !Lent->Var->getType()->isPointerType() &&
           !Lent->Var->getType()->isReferenceType();
  });
}

/// A variable of the enclosing function, captured by reference.
bool Confinement::captureConfined(const AccessPath &Place) {
  const FunctionDecl *FD = F.function();
  const LambdaExpr *Lambda = TU.index().lambda(FD);
  const FunctionDecl *Around = TU.index().enclosing(FD);
  const SuspendCFG *G = graphOf(Around, TU);
  if (!Lambda || !G)
    return false;
  llvm::SmallVector<CallSite, 4> Sites = sitesOf(FD, TU);
  ResultFate Fate = resultFate(Lambda, G->parents());
  const auto *Taker = dyn_cast_or_null<CallExpr>(Fate.Site);
  if (Fate.Use == ResultUse::Passed && Taker &&
      !isa<CXXOperatorCallExpr>(Taker)) {
    if (resultFate(Taker, G->parents()).Use == ResultUse::Awaited)
      return !runsConcurrently(Taker->getDirectCallee());
  } else if (!Sites.empty()) {
    bool InTurn = llvm::all_of(Sites, [&](const CallSite &Site) {
      return fateOf(Site, TU).Use == ResultUse::Awaited;
    });
    if (InTurn || Sites.size() > 1 || Sites[0].InLoop)
      return InTurn;
  }
  // Started once: torn only if somebody else writes the variable as well.
  for (const Stmt *S = Lambda; S; S = G->parents().parent(S))
    if (isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(S))
      return false;
  if (FD->getNumParams() > 0 && Sites.empty())
    return false;
  for (const Access &A : TU.function(Around).accesses().all())
    if (A.Kind != AccessKind::Read && A.Place.Root == AccessPath::Variable &&
        A.Place.Var == Place.Var)
      return false;
  for (const Stmt *S : G->parents().preorder()) {
    const auto *Other = dyn_cast<LambdaExpr>(S);
    if (Other && Other != Lambda &&
        llvm::any_of(Other->captures(), [&](const LambdaCapture &Capture) {
          return Capture.capturesVariable() &&
                 Capture.getCapturedVar() == Place.Var;
        }))
      return false;
  }
  return true;
}

} // namespace codrop
