// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/Abandoned.h"
#include "analysis/AbandonedBorrow.h"
#include "analysis/CutEffects.h"
#include "analysis/DyingObject.h"
#include "analysis/GuardFlow.h"
#include "analysis/Names.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace codrop {

namespace {

/// Gives the task of \p E away: std::move(m), std::exchange(m, {}).
const Expr *takenFrom(const Expr *E) {
  E = stripped(E);
  for (unsigned Depth = 0; E && Depth < 6; ++Depth) {
    if (const Expr *Moved = movedOperand(E))
      return stripped(Moved);
    const auto *Call = dyn_cast<CallExpr>(E);
    if (Call && Call->getNumArgs() == 2 && Call->getDirectCallee() &&
        Call->getDirectCallee()->isInStdNamespace() &&
        nameOf(Call->getDirectCallee()) == "exchange")
      return stripped(Call->getArg(0));
    // `std::exchange(m, {}).value()`, `*std::move(m)`, a conversion.
    if (const Expr *Object = calledObject(E))
      E = stripped(Object);
    else if (const auto *Construct = dyn_cast<CXXConstructExpr>(E);
             Construct && Construct->getNumArgs() == 1)
      E = stripped(Construct->getArg(0));
    else
      return nullptr;
  }
  return nullptr;
}

class AbandonedFinder {
public:
  AbandonedFinder(const FunctionAnalysis &F, TUAnalysis &TU)
      : F(F), TU(TU), G(*F.graph()) {}

  std::vector<Abandoned> run() {
    for (const Race &R : findRaces(F, TU)) {
      if (!R.LoserGoesOn)
        continue;
      for (const RacedOperand &Operand : R.Operands)
        if (std::optional<Abandoned> A = findBorrow(R, Operand, F, TU))
          Found.push_back(std::move(*A));
        else if (!taken(R, Operand))
          unlocked(R, Operand);
    }
    if (F.coroutine() && F.coroutine()->DestroyEdges)
      callbacks();
    return std::move(Found);
  }

private:
  // --- Members that are emptied ----------------------------------------------

  /// A task, or an optional one or the like.
  bool holdsTask(QualType T) const {
    if (TU.types().isAwaitable(T))
      return true;
    const auto *Holder = dyn_cast_or_null<ClassTemplateSpecializationDecl>(
        T->getAsCXXRecordDecl());
    return Holder &&
           llvm::any_of(Holder->getTemplateArgs().asArray(),
                        [&](const TemplateArgument &A) {
                          return A.getKind() == TemplateArgument::Type &&
                                 TU.types().isAwaitable(A.getAsType());
                        });
  }

  bool taken(const Race &R, const RacedOperand &Operand) {
    // Whatever runs at the end may be given up at the end.
    if (isEnding(F.function()))
      return false;
    const Expr *From = takenFrom(Operand.Given);
    if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(From))
      if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
          diesWithCaller(Var, G) && Var->getInit() && !isa<ParmVarDecl>(Var))
        From = takenFrom(Var->getInit());
    const PathResolver &Resolver = F.accesses().resolver();
    std::optional<AccessPath> Place =
        From ? Resolver.resolve(From) : std::nullopt;
    if (!Place || Place->Root != AccessPath::This || !Place->lastField() ||
        !holdsTask(Place->lastField()->getType()))
      return false;
    while (!Place->Parts.empty() && Place->Parts.back().K != PathPart::Field)
      Place->Parts.pop_back();
    // Whoever puts something there after the timeout knows of it.
    llvm::BitVector Later = reachableFrom(G, R.At, UnwindEdges);
    for (NodeId N = 0; N != G.size(); ++N)
      if (Later[N])
        for (const Access &A : F.accesses().at(N))
          if (A.Kind != AccessKind::Read && A.Place.startsWith(*Place) &&
              A.Site && A.Site->getExprLoc() != From->getExprLoc())
            return false;
    Abandoned A;
    A.K = Abandoned::Taken;
    A.In = R;
    A.Name = Place->lastField()->getNameAsString();
    A.Made = R.Combinator->getExprLoc();
    A.Before = From->getExprLoc();
    Found.push_back(std::move(A));
    return true;
  }

  // --- Locks that are given up -----------------------------------------------

  /// A member that \p Coro changes after a suspension, without a lock of its
  /// own.
  const Access *changesLater(const FunctionDecl *Coro) {
    const FunctionAnalysis &Inner = TU.function(Coro);
    const SuspendCFG *In = Inner.graph();
    if (!In || !guards(Inner).empty())
      return nullptr;
    for (NodeId N : In->suspendNodes()) {
      if (In->suspension(N).Kind != SuspensionKind::Await)
        continue;
      llvm::BitVector Later = reachableFrom(*In, N, NormalEdges);
      for (const Access &A : Inner.accesses().all())
        if (Later[A.At] && A.Kind != AccessKind::Read &&
            A.Place.Root == AccessPath::This && A.Place.lastField())
          return &A;
    }
    return nullptr;
  }

  std::vector<OwnedGuard> guards(const FunctionAnalysis &Of) {
    auto Find = [&](QualType T) -> std::optional<Guard> {
      std::optional<Guard> G = TU.types().guard(T);
      return G && G->Fact->Exclusive ? G : std::nullopt;
    };
    return findOwnedGuards(Of, TU.types(), Find);
  }

  /// A flag or task that a closure of \p Var, a guard, resets, and that was set
  /// before: what keeps others out.
  const FieldDecl *resetBy(const VarDecl *Var) const {
    const Expr *Init = Var ? Var->getInit() : nullptr;
    if (!Init || Var->getType()->isScalarType())
      return nullptr;
    ParentTable Made(Init);
    for (const Stmt *S : Made.preorder()) {
      const auto *Lambda = dyn_cast<LambdaExpr>(S);
      if (!Lambda || isCoroutine(Lambda->getCallOperator()))
        continue;
      ParentTable Body(writtenBody(Lambda->getCallOperator()));
      for (const Stmt *Inner : Body.preorder()) {
        const Expr *Left = nullptr;
        if (const auto *Binary = dyn_cast<BinaryOperator>(Inner);
            Binary && Binary->isAssignmentOp())
          Left = Binary->getLHS();
        else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(Inner);
                 Call && Call->isAssignmentOp())
          Left = Call->getArg(0);
        const auto *Member =
            Left ? dyn_cast<MemberExpr>(stripped(Left)) : nullptr;
        const auto *Field =
            Member ? dyn_cast<FieldDecl>(Member->getMemberDecl()) : nullptr;
        if (Field && isTestedHere(Field))
          return Field;
      }
    }
    return nullptr;
  }

  bool isTestedHere(const FieldDecl *Field) const {
    for (const Node &N : G.nodes()) {
      if (N.Kind != NodeKind::Branch || !N.S)
        continue;
      ParentTable Condition(N.S);
      for (const Stmt *S : Condition.preorder())
        if (const auto *Member = dyn_cast<MemberExpr>(S);
            Member && Member->getMemberDecl() == Field)
          return true;
    }
    return false;
  }

  bool unlocked(const Race &R, const RacedOperand &Operand) {
    const auto *Call = dyn_cast_or_null<CallExpr>(Operand.Op);
    const FunctionDecl *Coro =
        Call ? coroutineOf(Call->getDirectCallee()) : nullptr;
    const Expr *Object = Call ? calledObject(Call) : nullptr;
    if (!Coro || !Object ||
        !(isa<CXXThisExpr>(stripped(Object)) || lambdaOperator(Coro)))
      return false;
    const Access *Change = changesLater(Coro);
    if (!Change)
      return false;
    Abandoned A;
    A.K = Abandoned::Unlocked;
    A.In = R;
    A.Made = Call->getExprLoc();
    A.Uses = Change->Site->getExprLoc();
    for (const OwnedGuard &Owner : guards(F))
      if (Owner.Obj && Owner.Owns[R.At] && G.isAlive(*Owner.Obj, R.At)) {
        const VarDecl *Var = Owner.var(G);
        A.Name = Var ? Var->getNameAsString() : "";
        A.Before = Owner.Acquired;
        Found.push_back(std::move(A));
        return true;
      }
    for (ObjectId O : G.alive(R.At)) {
      const VarDecl *Var = G.object(O).Var;
      if (const FieldDecl *Field = resetBy(Var)) {
        A.Name = Field->getNameAsString();
        A.Before = Var->getLocation();
        A.Sure = Confidence::Maybe;
        Found.push_back(std::move(A));
        return true;
      }
    }
    return false;
  }

  // --- Callbacks -------------------------------------------------------------

  /// The variable that what is awaited at \p N comes from.
  const VarDecl *awaitedVariable(NodeId N) const {
    const Expr *E = G.suspension(N).Operand;
    for (unsigned Depth = 0; E && Depth < 8; ++Depth) {
      E = stripped(E);
      if (const Expr *Moved = movedOperand(E))
        E = Moved;
      else if (const auto *Member = dyn_cast<MemberExpr>(E))
        E = Member->getBase();
      else if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
        return dyn_cast<VarDecl>(Ref->getDecl());
      else if (const Expr *Object = calledObject(E))
        E = Object;
      else
        return nullptr;
    }
    return nullptr;
  }

  /// `start([&] { p.fulfiller->fulfill(); }); co_await p.promise;`
  void callbacks() {
    for (NodeId N : G.suspendNodes()) {
      const VarDecl *Awaited = G.suspension(N).Kind == SuspensionKind::Await
                                   ? awaitedVariable(N)
                                   : nullptr;
      if (!diesWithCaller(Awaited, G) ||
          llvm::none_of(G.node(N).Out, [](const Edge &E) {
            return E.Kind == EdgeKind::Destroy;
          }))
        continue;
      for (NodeId At = 0; At != G.size(); ++At) {
        const auto *Call = dyn_cast_or_null<CallExpr>(G.node(At).S);
        const LambdaExpr *Lambda =
            Call && G.node(At).Kind == NodeKind::Statement
                ? callbackOf(Call, Awaited)
                : nullptr;
        if (!G.work().spend())
          return;
        if (!Lambda || !reachesUnsuspended(G, At, N))
          continue;
        Abandoned A;
        A.K = Abandoned::Callback;
        A.Sure = Confidence::Maybe;
        A.Name = Awaited->getNameAsString();
        A.Made = Lambda->getBeginLoc();
        A.Suspends = G.suspension(N).E->getExprLoc();
        A.Before = Awaited->getLocation();
        Found.push_back(std::move(A));
        return;
      }
    }
  }

  /// The closure that \p Call is given to keep, and that refers to \p Var. What
  /// gives something back may be a guard with it, and what std calls, it calls
  /// at once.
  const LambdaExpr *callbackOf(const CallExpr *Call, const VarDecl *Var) const {
    const FunctionDecl *Callee = Call->getDirectCallee();
    if (!Call->getType()->isVoidType() || !Callee || lambdaOperator(Callee) ||
        Callee->isInStdNamespace())
      return nullptr;
    for (const Expr *Arg : argumentsOf(Call))
      if (const LambdaExpr *Lambda = lambdaOf(Arg);
          Lambda && capturesByReference(Lambda, Var))
        return Lambda;
    return nullptr;
  }

  static bool capturesByReference(const LambdaExpr *Lambda,
                                  const VarDecl *Var) {
    return llvm::any_of(Lambda->captures(), [&](const LambdaCapture &Capture) {
      return Capture.capturesVariable() && Capture.getCapturedVar() == Var &&
             Capture.getCaptureKind() == LCK_ByRef;
    });
  }

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  std::vector<Abandoned> Found;
};

} // namespace

std::vector<Abandoned> findAbandoned(const FunctionAnalysis &F,
                                     TUAnalysis &TU) {
  return AbandonedFinder(F, TU).run();
}

} // namespace codrop
