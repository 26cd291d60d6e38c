// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A check on the strength of which a task is started, where only the task sets
// what was checked.

#include "analysis/Names.h"
#include "analysis/TornFinder.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

/// `is_closed` asks whether `close` was called.
bool asksFor(llvm::StringRef Predicate, llvm::StringRef Verb) {
  auto Words = identifierWords(Predicate);
  while (!Words.empty() &&
         llvm::is_contained({"is", "was", "has", "been", "already"},
                            llvm::StringRef(Words.front())))
    Words.erase(Words.begin());
  if (Words.size() != 1 || Verb.empty())
    return false;
  llvm::StringRef Done = Words.front();
  return Done == (Verb + "ed").str() || Done == (Verb + "d").str() ||
         Done == (Verb + llvm::Twine(Verb.back()) + "ed").str();
}

/// The field that holds the object of \p Call, or that the closure around it
/// took the object from: `[g = state.gate] { g->close(); }`.
const FieldDecl *calledField(const CXXMemberCallExpr *Call) {
  const Expr *Object = stripped(Call->getImplicitObjectArgument());
  while (const auto *Arrow = dyn_cast<CXXOperatorCallExpr>(Object)) {
    if (Arrow->getOperator() != OO_Arrow && Arrow->getOperator() != OO_Star)
      return nullptr;
    Object = stripped(Arrow->getArg(0));
  }
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Object)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    if (!Var || !Var->isInitCapture() || !Var->getInit())
      return nullptr;
    Object = stripped(Var->getInit());
    while (const auto *Copy = dyn_cast<CXXConstructExpr>(Object)) {
      if (Copy->getNumArgs() != 1)
        return nullptr;
      Object = stripped(Copy->getArg(0));
    }
  }
  const auto *Member = dyn_cast<MemberExpr>(Object);
  return Member ? dyn_cast<FieldDecl>(Member->getMemberDecl()) : nullptr;
}

/// True if some outcome of \p Branch leads to \p At and another does not.
bool decides(const SuspendCFG &G, NodeId Branch, NodeId At) {
  bool Leads = false, Avoids = false;
  for (const Edge &E : G.node(Branch).Out) {
    bool Reaches =
        E.To == At || reachableFrom(G, E.To, NormalEdges, Branch)[At];
    (Reaches ? Leads : Avoids) = true;
  }
  return Leads && Avoids;
}

/// The task that \p Start gives goes on by itself: it is dropped or kept where
/// others see it.
bool goesOn(const Expr *Start, const SuspendCFG &G) {
  const Stmt *S = Start;
  for (const Stmt *P = G.parents().parent(S); P;
       S = P, P = G.parents().parent(P)) {
    if (isa<CoroutineSuspendExpr, ReturnStmt, CoreturnStmt, DeclStmt>(P))
      return false;
    const Expr *Left = nullptr;
    if (const auto *Binary = dyn_cast<BinaryOperator>(P);
        Binary && Binary->isAssignmentOp())
      Left = Binary->getLHS();
    else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(P);
             Call && Call->isAssignmentOp())
      Left = Call->getArg(0);
    if (Left)
      return isa<MemberExpr>(stripped(Left));
    if (!isa<Expr>(P))
      return true;
  }
  return false;
}

} // namespace

// `if (gate_->is_closed()) return; op_ = run([g = gate_]() -> task { co_await
// …; co_await g->close(); });`: until the task is so far, others pass.
void TornFinder::askThenSpawn() {
  const auto *Method = dyn_cast<CXXMethodDecl>(F.function());
  const LambdaExpr *Lambda =
      Method && F.coroutine() ? TU.index().lambda(Method) : nullptr;
  const FunctionDecl *Starter = Lambda ? TU.index().enclosing(Method) : nullptr;
  if (!Starter || Starter->isDependentContext() ||
      !Starter->doesThisDeclarationHaveABody())
    return;
  llvm::SmallVector<const CXXMemberCallExpr *, 4> Acts;
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(G.node(N).S);
    if (!Call || !Call->getMethodDecl() || Call->getMethodDecl()->isConst() ||
        !calledField(Call))
      continue;
    // Before its first suspension it may still run where it is made.
    if (!reachesUnsuspended(G, G.entry(), N))
      Acts.push_back(Call);
  }
  if (Acts.empty())
    return;
  const FunctionAnalysis &Outer = TU.function(Starter);
  if (!Outer.graph() || !goesOn(Lambda, *Outer.graph()))
    return;
  const SuspendCFG &OuterG = *Outer.graph();
  std::optional<NodeId> At = OuterG.nodeOf(Lambda);
  for (const CXXMemberCallExpr *Act : Acts) {
    const CXXMethodDecl *Verb = Act->getMethodDecl();
    auto isSame = [&](const CXXMemberCallExpr *Call) {
      return Call->getMethodDecl() &&
             Call->getMethodDecl()->getParent() == Verb->getParent() &&
             calledField(Call) == calledField(Act);
    };
    auto asks = [&](const Stmt *S) {
      const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(S);
      return Call && isSame(Call) &&
             asksFor(nameOf(Call->getMethodDecl()), nameOf(Verb));
    };
    auto acts = [&](const Stmt *S) {
      const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(S);
      return Call && isSame(Call) && Call->getMethodDecl() == Verb;
    };
    // A task that asks for itself is only started in vain.
    if (!At || llvm::any_of(G.parents().preorder(), asks) ||
        llvm::any_of(OuterG.parents().preorder(), acts))
      continue;
    for (NodeId B = 0; B < OuterG.size(); ++B) {
      if (OuterG.node(B).Kind != NodeKind::Branch || !OuterG.node(B).S)
        continue;
      ParentTable Condition(OuterG.node(B).S);
      auto Asked = llvm::find_if(Condition.preorder(), asks);
      if (Asked == Condition.preorder().end() || !decides(OuterG, B, *At))
        continue;
      TornState T;
      T.K = TornState::CheckThenSpawn;
      T.Place = calledField(Act)->getNameAsString();
      T.Through = nameOf(Verb).str();
      T.Before = cast<Expr>(*Asked);
      T.Start = Lambda;
      T.After = Act;
      Found.push_back(T);
      return;
    }
  }
}

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
      if (!decides(OuterG, B, *At))
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
