// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/TornState.h"
#include "analysis/Names.h"
#include "analysis/TornFinder.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

const CXXMethodDecl *calledMember(const Expr *E) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(stripped(E));
  return Call ? Call->getMethodDecl() : nullptr;
}

/// `pool_.push_back(…)`: one more, whatever is there.
bool adds(const Access &W) {
  llvm::StringRef Name = nameOf(calledMember(W.Site));
  return W.Kind == AccessKind::Mutate &&
         (Name == "push_back" || Name == "emplace_back" ||
          Name == "push_front" || Name == "emplace_front" || Name == "push");
}

bool asksForSize(const Access &R) {
  llvm::StringRef Name = nameOf(calledMember(R.Site));
  return Name == "size" || Name == "empty";
}

} // namespace

// --- Stale writes ------------------------------------------------------------

/// What is read is the value itself, not something asked of it: `x_.size()`,
/// `ptr_->id()` and `x_ == y` leave the value behind.
bool TornFinder::carriesValue(const Access &Read) const {
  const Stmt *Child = Read.Site;
  const Stmt *Parent = G.parents().effectiveParent(Read.Site, &Child);
  while (const auto *Cast = dyn_cast_or_null<ImplicitCastExpr>(Parent))
    Parent = G.parents().effectiveParent(Cast, &Child);
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(Parent))
    if (Member->isArrow())
      return false;
  if (const auto *Unary = dyn_cast_or_null<UnaryOperator>(Parent))
    if (Unary->getOpcode() == UO_Deref)
      return false;
  if (inDecision(Read.Site))
    return false;
  const CXXMethodDecl *Asked = calledMember(Read.Site);
  return !Asked || isa<CXXConversionDecl>(Asked) || nameOf(Asked) == "load" ||
         nameOf(Asked) == "value" || nameOf(Asked) == "get";
}

bool TornFinder::staleWrite(const Access &W) {
  if (W.Kind != AccessKind::Write || !W.Value ||
      isConstantValue(W.Value, TU.context()))
    return false;
  std::vector<const Expr *> Sources = dependencies(W.Value);
  for (unsigned I : Table.samePlace(W.Place)) {
    const Access &R = Table.all()[I];
    if (R.Kind != AccessKind::Read || R.At == W.At || !carriesValue(R) ||
        llvm::none_of(Sources, [&](const Expr *Source) {
          return G.parents().isWithin(R.Site, Source);
        }))
      continue;
    Search S;
    S.From = R.At;
    S.To = W.At;
    S.Place = &W.Place;
    S.Sources = Sources;
    S.Read = &R;
    S.Value = W.Value;
    const CoroutineSuspendExpr *Suspends = torn(S);
    if (!Suspends || !isShared(W.Place, W.Site))
      continue;
    TornState T;
    T.K = TornState::StaleWrite;
    T.Place = spelled(W);
    T.Before = R.Site;
    T.Suspends = Suspends;
    T.After = W.Site;
    T.OneExpression = G.parents().isWithin(R.Site, W.Value);
    Found.push_back(T);
    return true;
  }
  return false;
}

// --- Checks and acts ---------------------------------------------------------

/// True if some outcome of \p Branch leads to \p W and another does not.
bool TornFinder::controls(NodeId Branch, NodeId W) const {
  bool Leads = false, Avoids = false;
  for (const Edge &E : G.node(Branch).Out) {
    bool Reaches = E.To == W || reachableFrom(G, E.To, NormalEdges, Branch)[W];
    (Reaches ? Leads : Avoids) = true;
  }
  return Leads && Avoids;
}

// `if (eof_) co_return; n = co_await read(); if (n == 0) eof_ = true;` writes
// what any other would write as well, and only for a reason found after the
// suspension. `if (!ready_) { co_await init(); ready_ = true; }` has none.
bool TornFinder::isConditionalConstant(const Access &W,
                                       const Stmt *Suspends) const {
  if (!W.Value || !isConstantValue(W.Value, TU.context()))
    return false;
  const ParentTable &Parents = G.parents();
  for (const Stmt *S = W.Site; S && !Parents.isWithin(Suspends, S);
       S = Parents.parent(S))
    if (isa<IfStmt, SwitchStmt, CXXCatchStmt, ConditionalOperator>(S))
      return true;
  return false;
}

bool TornFinder::checkThenAct(const Access &W) {
  const bool Adds = adds(W);
  if (W.Kind == AccessKind::Mutate && !Adds)
    return false;
  if (W.Value && isEmptyConstant(W.Value, TU.context()))
    return false; // A reset.
  std::vector<const Expr *> Sources;
  if (W.Value)
    Sources.push_back(W.Value);
  const ParentTable &Parents = G.parents();
  for (NodeId B : Branches) {
    const Node &Branch = G.node(B);
    if (!G.work().spend(8))
      return false;
    // `x_ = x_ ? x_ : co_await make()` decides inside of the write.
    const bool InValue = W.Value && Parents.isWithin(Branch.S, W.Value);
    if (!InValue) {
      // A loop checks again after each turn.
      const Stmt *Statement = Parents.parent(Branch.S);
      while (isa_and_nonnull<Expr>(Statement))
        Statement = Parents.parent(Statement);
      const Expr *Condition = nullptr;
      if (const auto *If = dyn_cast_or_null<IfStmt>(Statement))
        Condition = If->getCond();
      else if (const auto *Switch = dyn_cast_or_null<SwitchStmt>(Statement))
        Condition = Switch->getCond();
      if (!Condition || !Parents.isWithin(Branch.S, Condition))
        continue;
    }
    auto report = [&](const Expr *Check, const AccessPath &Place) {
      if (!InValue && !controls(B, W.At))
        return false;
      Search S;
      S.From = B;
      S.To = W.At;
      S.Place = &Place;
      if (!InValue)
        S.Sources = Sources;
      const CoroutineSuspendExpr *Suspends = torn(S);
      if (!Suspends || isConditionalConstant(W, Suspends) ||
          !isShared(W.Place, W.Site))
        return false;
      TornState T;
      T.K = TornState::CheckThenAct;
      T.Place = spelled(W);
      T.Before = Check;
      T.Suspends = Suspends;
      T.After = W.Site;
      Found.push_back(T);
      return true;
    };
    for (unsigned I : Decided[Branch.S].Accesses) {
      const Access &R = Table.all()[I];
      if (R.Kind == AccessKind::Write || (Adds && !asksForSize(R)))
        continue;
      // `if (!cache_.contains(k)) cache_[k] = …` checks the container.
      bool Same = R.Place.startsWith(W.Place);
      bool Container = !Same && W.Place.startsWith(R.Place) &&
                       W.Place.Parts.size() == R.Place.Parts.size() + 1 &&
                       W.Place.Parts.back().K == PathPart::Element;
      if ((Same && report(R.Site, W.Place)) ||
          (Container && report(R.Site, R.Place)))
        return true;
    }
    // `if (!connected()) conn_ = co_await connect();`
    for (NodeId N : Decided[Branch.S].Calls) {
      const CXXMethodDecl *Asked = calledMember(cast<Expr>(G.node(N).S));
      const FunctionDecl *Body = nullptr;
      if (Asked && Asked->isConst() && Asked->hasBody(Body) &&
          predicateLooksAt(N, W.Place) &&
          report(cast<Expr>(G.node(N).S), W.Place))
        return true;
    }
  }
  return false;
}

// --- Checks and starts -------------------------------------------------------

// `if (!running_) spawn([this]() -> task { running_ = true; … }());` The flag
// is set when the task runs, and until then everybody may start one more.
void TornFinder::checkThenSpawn() {
  const auto *Method = dyn_cast<CXXMethodDecl>(F.function());
  if (!Method || !F.coroutine())
    return;
  // Until its first suspension it runs inside the call that starts it.
  const bool Eager = TU.types().isEagerTask(Method->getReturnType()) ||
                     F.coroutine()->Suspensions.front().NeverSuspends;
  for (const Access &Set : Table.all()) {
    if (Set.Kind != AccessKind::Write || !Set.Value ||
        Set.Place.Root != AccessPath::This || Set.Place.Parts.size() != 1 ||
        !isConstantValue(Set.Value, TU.context()) ||
        isEmptyConstant(Set.Value, TU.context()) ||
        isSingleOwner(
            dyn_cast<CXXRecordDecl>(Set.Place.lastField()->getParent())))
      continue;
    // A task that looks for itself is only started in vain.
    if (llvm::any_of(Table.all(), [&](const Access &A) {
          return A.Kind != AccessKind::Write && A.Place == Set.Place;
        }))
      continue;
    if (Eager) {
      PathQuery Q;
      Q.Start = G.entry();
      auto Visit = [&](NodeId N, PathState S) {
        if (N == Set.At)
          return PathStep::found();
        return G.node(N).Kind == NodeKind::Suspend ? PathStep::stop()
                                                   : PathStep::go(S);
      };
      Q.Visit = Visit;
      if (findPath(G, Q))
        continue;
    }
    const CodeIndex &Index = TU.index();
    if (const LambdaExpr *Lambda = Index.lambda(Method))
      checkStart(Index.enclosing(Method), Lambda, Set, Eager);
    else
      for (const CallSite &Site : Index.mentions(Method))
        if (Site.IsCall)
          checkStart(Site.In, Site.Site, Set, Eager);
    if (!Found.empty())
      return;
  }
}

/// Reports if \p Starter starts the task at \p Start on the strength of a
/// check of what \p Set writes, and does not write it itself.
void TornFinder::checkStart(const FunctionDecl *Starter, const Expr *Start,
                            const Access &Set, bool Eager) {
  if (!Starter || Starter->isDependentContext() || !Found.empty() ||
      !Starter->doesThisDeclarationHaveABody())
    return;
  const FunctionAnalysis &Outer = TU.function(Starter);
  if (!Outer.graph())
    return;
  const SuspendCFG &OuterG = *Outer.graph();
  ResultFate Fate = resultFate(Start, OuterG.parents());
  if (Fate.Use == ResultUse::Passed) {
    const auto *Taker = dyn_cast_or_null<CallExpr>(Fate.Site);
    const FunctionDecl *Callee = Taker ? Taker->getDirectCallee() : nullptr;
    if (!Callee ||
        !(TU.knowledge().sink(Callee) || Callee->getReturnType()->isVoidType()))
      return;
  } else if (Fate.Use != ResultUse::Discarded || !Eager) {
    return;
  }
  std::optional<NodeId> At = OuterG.nodeOf(Start);
  const AccessTable &OuterTable = Outer.accesses();
  auto isFlag = [&](const Access &A) { return A.Place == Set.Place; };
  if (!At || llvm::any_of(OuterTable.all(), [&](const Access &A) {
        return isFlag(A) && A.Kind != AccessKind::Read;
      }))
    return;
  for (const Access &R : OuterTable.all()) {
    if (!isFlag(R))
      continue;
    for (NodeId B = 0; B < OuterG.size(); ++B) {
      if (OuterG.node(B).Kind != NodeKind::Branch ||
          !OuterG.parents().isWithin(R.Site, OuterG.node(B).S))
        continue;
      bool Leads = false, Avoids = false;
      for (const Edge &E : OuterG.node(B).Out) {
        bool Reaches =
            E.To == *At || reachableFrom(OuterG, E.To, NormalEdges, B)[*At];
        (Reaches ? Leads : Avoids) = true;
      }
      if (!Leads || !Avoids)
        continue;
      TornState T;
      T.K = TornState::CheckThenSpawn;
      T.Place = Set.Place.str();
      T.Before = R.Site;
      T.Start = Start;
      T.After = Set.Site;
      Found.push_back(T);
      return;
    }
  }
}

} // namespace codrop
