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

} // namespace codrop
