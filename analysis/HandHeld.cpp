// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/HandHeld.h"
#include "analysis/CountSteps.h"
#include "analysis/GiveBack.h"
#include "analysis/LeakPath.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

class Finder {
public:
  Finder(const FunctionAnalysis &F, TUAnalysis &TU, EdgeSet Edges)
      : F(F), TU(TU), G(*F.graph()), Table(F.accesses()), Edges(Edges),
        Others(F, TU) {}

  void pairs(std::vector<HandHeld> &Out);
  void countersAndFlags(std::vector<HandHeld> &Out);

private:
  bool isShared(const AccessPath &P) const;
  bool sameAmount(const Expr *A, const Expr *B) const;
  bool suspendsBetween(NodeId From, NodeId To, EdgeSet Over) const;
  /// The ways to a give-back: those that a reader follows, and then those into
  /// handlers, where frames are destroyed past them.
  llvm::ArrayRef<EdgeSet> waysBack() const {
    static constexpr EdgeSet Ways[] = {NormalEdges, UnwindEdges};
    return llvm::ArrayRef(Ways, Edges.contains(EdgeKind::Destroy) ? 2 : 1);
  }
  bool sameCondition(const Expr *A, const Expr *B) const;
  bool returnsWhatCame(const CallExpr *Release, const VarDecl *Result) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  const AccessTable &Table;
  EdgeSet Edges;
  GiveBack Others;
};

bool Finder::isShared(const AccessPath &P) const {
  if (P.Root == AccessPath::This)
    return true;
  // A reference is to something that others have too.
  return sharingOf(P, G) != Sharing::Local ||
         P.Var->getType()->isReferenceType();
}

bool Finder::suspendsBetween(NodeId From, NodeId To, EdgeSet Over) const {
  PathQuery Q;
  Q.Start = From;
  Q.Edges = Over;
  auto Visit = [&](NodeId N, PathState S) {
    if (N == To)
      return S ? PathStep::found() : PathStep::stop();
    return PathStep::go(G.node(N).Kind == NodeKind::Suspend ? 1 : S);
  };
  Q.Visit = Visit;
  return findPath(G, Q).has_value();
}

// --- Calls -------------------------------------------------------------------

/// `pool.release(conn)` gives back the connection that was acquired, not
/// another one.
bool Finder::returnsWhatCame(const CallExpr *Release,
                             const VarDecl *Result) const {
  if (!Result)
    return true;
  for (const Expr *Argument : Release->arguments()) {
    const Expr *E = stripped(Argument);
    if (const Expr *Moved = movedOperand(E))
      E = stripped(Moved);
    while (const auto *Construct = dyn_cast<CXXConstructExpr>(E)) {
      if (Construct->getNumArgs() == 0)
        break;
      E = stripped(Construct->getArg(0));
      if (const Expr *Moved = movedOperand(E))
        E = stripped(Moved);
    }
    const auto *Ref = dyn_cast<DeclRefExpr>(E);
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (Var && Var != Result &&
        TU.context().hasSameUnqualifiedType(
            Var->getType().getNonReferenceType(),
            Result->getType().getNonReferenceType()))
      return false;
  }
  return true;
}

void Finder::pairs(std::vector<HandHeld> &Out) {
  struct Site {
    NodeId At;
    Acquisition A;
    AccessPath Place;
  };
  std::vector<Site> Acquires;
  std::vector<std::pair<NodeId, const CallExpr *>> Calls;
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
    if (!Call || !Call->getDirectCallee() ||
        G.node(N).Kind != NodeKind::Statement)
      continue;
    Calls.push_back({N, Call});
    std::optional<Acquisition> A = acquisition(Call, TU.types());
    const Expr *Target = A ? pairTarget(Call) : nullptr;
    std::optional<AccessPath> Place =
        Target ? placeOf(Target, Table.resolver()) : std::nullopt;
    if (Place && isShared(*Place))
      Acquires.push_back({N, std::move(*A), std::move(*Place)});
  }
  for (const Site &S : Acquires) {
    if (!G.work().spend(Calls.size()))
      return;
    LeakQuery Q;
    Q.Start = Q.Acquire = S.At;
    Q.Edges = Edges;
    Q.Call = S.A.Call;
    ResultFate Fate = resultFate(S.A.Call, G.parents());
    if (S.A.When == PairFact::When::Awaited) {
      if (Fate.Use != ResultUse::Awaited)
        continue;
      std::optional<NodeId> Await = G.nodeOf(Fate.Site);
      if (!Await)
        continue;
      Q.Start = *Await;
      Q.ResumesOnly = true;
      Q.Await = cast<Expr>(Fate.Site);
      Fate = resultFate(Q.Await, G.parents());
    }
    Q.Result = Fate.Use == ResultUse::Stored ? Fate.Var : nullptr;

    // In `m.unlock(); co_await f(); co_await m.lock();` the unlock belongs to
    // the caller's lock.
    llvm::BitVector Without = reachableFrom(G, G.entry(), UnwindEdges, S.At);
    const Expr *Release = nullptr;
    llvm::BitVector Here(G.size());
    for (auto [N, Call] : Calls)
      if (givesBack(Call, S.A, TU.types()) &&
          placeOf(pairTarget(Call), Table.resolver()) == S.Place &&
          returnsWhatCame(Call, Q.Result))
        Here.set(N);
    Holding H{S.Place, &S.A, Q.Result};
    std::vector<NodeId> InClosures = Others.closureCalls(H);
    llvm::BitVector Candidates = Here;
    for (NodeId N : InClosures)
      Candidates.set(N);
    for (EdgeSet Over : waysBack()) {
      if (Release || Candidates.none())
        break;
      llvm::BitVector After = reachableFrom(G, Q.Start, Over);
      for (unsigned N : Candidates.set_bits()) {
        bool Cycles = Without[N] && reachableFrom(G, N, NormalEdges)[S.At];
        if (!Release && After[N] && !Cycles)
          Release = cast<Expr>(G.node(N).S);
      }
    }
    // The other half is in another function: a protocol that is not ours to
    // judge.
    if (!Release || Others.inClosure(H))
      continue;
    Here |= Others.nodes(H);
    Here.reset(S.At);
    bool OnlyRelease = Here.count() == 1 && InClosures.empty();
    Q.GivesBack = &Here;
    std::optional<Leak> Lost = findLeak(F, TU, Q);
    if (!Lost)
      continue;
    HandHeld Found;
    Found.K = HandHeld::Call;
    Found.Acquire = S.A.Call;
    Found.Release = Release;
    Found.OnlyRelease = OnlyRelease;
    // A pointer is called by its own name.
    AccessPath Shown = S.Place;
    if (!Shown.Parts.empty() && Shown.Parts.back().K == PathPart::Deref)
      Shown.Parts.pop_back();
    Found.Place = Shown.str();
    Found.What = S.A.What;
    Found.State = S.A.State;
    Found.Instead = S.A.Instead;
    Found.Way = std::move(Lost->Way);
    Found.Leaves = Lost->Leaves;
    Out.push_back(std::move(Found));
  }
}

// --- Counters and flags ------------------------------------------------------

bool Finder::sameAmount(const Expr *A, const Expr *B) const {
  auto constant = [&](const Expr *E) -> std::optional<int64_t> {
    if (!E)
      return 1;
    Expr::EvalResult Value;
    if (!E->getType()->isIntegralOrEnumerationType() ||
        !E->EvaluateAsInt(Value, TU.context()))
      return std::nullopt;
    return Value.Val.getInt().getExtValue();
  };
  std::optional<int64_t> CA = constant(A), CB = constant(B);
  if (CA || CB)
    return CA == CB;
  std::optional<AccessPath> PA = Table.resolver().resolve(A);
  std::optional<AccessPath> PB = Table.resolver().resolve(B);
  if (PA && PB)
    return *PA == *PB;
  // `bytes_ += data.size()` twice.
  llvm::FoldingSetNodeID IA, IB;
  stripped(A)->Profile(IA, TU.context(), /*Canonical=*/true);
  stripped(B)->Profile(IB, TU.context(), /*Canonical=*/true);
  return IA == IB;
}

/// `if (x) ++n; … if (x) --n;`, where nobody can have changed x.
bool Finder::sameCondition(const Expr *A, const Expr *B) const {
  auto conditionOf = [&](const Stmt *S) -> const Expr * {
    const Stmt *P = G.parents().parent(S);
    for (; P; S = P, P = G.parents().parent(P))
      if (const auto *If = dyn_cast<IfStmt>(P))
        return If->getThen() == S ? If->getCond() : nullptr;
    return nullptr;
  };
  const Expr *CA = conditionOf(A), *CB = conditionOf(B);
  if (!CA || !CB || CA == CB)
    return false;
  llvm::FoldingSetNodeID IA, IB;
  stripped(CA)->Profile(IA, TU.context(), /*Canonical=*/true);
  stripped(CB)->Profile(IB, TU.context(), /*Canonical=*/true);
  if (IA != IB)
    return false;
  llvm::SmallVector<const Stmt *, 8> Work{CA};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    if (isa<CallExpr, MemberExpr>(S))
      return false;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S)) {
      const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
      if (!Var)
        continue; // An enumerator.
      if (!Var->isLocalVarDeclOrParm() || Var->getType()->isReferenceType())
        return false;
      for (const Access &X : Table.all())
        if (X.Kind != AccessKind::Read &&
            X.Place.Root == AccessPath::Variable && X.Place.Var == Var)
          return false;
    }
    for (const Stmt *Child : S->children())
      if (Child)
        Work.push_back(Child);
  }
  return true;
}

void Finder::countersAndFlags(std::vector<HandHeld> &Out) {
  std::vector<CountStep> All = countSteps(G, Table);
  for (const CountStep &A : All) {
    if (!G.work().spend(All.size() / 8 + 1))
      return;
    if (A.K == CountStep::Clear || A.K == CountStep::ClearPointer ||
        !isShared(A.Place))
      continue;
    bool Counts = A.K == CountStep::Up || A.K == CountStep::Down;
    // The give-back belongs to this acquisition only if it can't be reached
    // without it, and is hit by the hazard only if a suspension lies between.
    std::optional<llvm::BitVector> Without;
    const Expr *Release = nullptr;
    llvm::SmallVector<const CountStep *, 4> GivesBack;
    llvm::BitVector Here(G.size()), SameWay(G.size());
    for (const CountStep &B : All) {
      if (B.Place != A.Place)
        continue;
      if (B.K == A.K)
        SameWay.set(B.At);
      if (B.At == A.At || B.K != opposite(A.K))
        continue;
      Here.set(B.At);
      if (Counts && !sameAmount(A.Amount, B.Amount))
        continue;
      if (!Without)
        Without = reachableFrom(G, G.entry(),
                                UnwindEdges.with(EdgeKind::CallUnwind), A.At);
      if (!(*Without)[B.At] || sameCondition(A.Site, B.Site))
        GivesBack.push_back(&B);
    }
    for (EdgeSet Over : waysBack())
      for (const CountStep *B : GivesBack)
        if (!Release && suspendsBetween(A.At, B->At, Over))
          Release = B->Site;
    Holding H{A.Place};
    std::vector<NodeId> InClosures = Others.closureCalls(H);
    for (NodeId N : InClosures)
      if (!Release && suspendsBetween(A.At, N, NormalEdges))
        Release = cast<Expr>(G.node(N).S);
    if (!Release || Others.inClosure(H))
      continue;
    // Any other way of writing it may set it right.
    for (unsigned I : Table.samePlace(A.Place)) {
      const Access &B = Table.all()[I];
      if (B.At != A.At && B.Kind != AccessKind::Read && !SameWay[B.At])
        Here.set(B.At);
    }
    Here |= Others.nodes(H);
    Here.reset(A.At);
    bool OnlyRelease = Here.count() == 1 && InClosures.empty();
    LeakQuery Q;
    Q.Start = Q.Acquire = A.At;
    Q.GivesBack = &Here;
    Q.Edges = Edges;
    if (A.SucceedsWith) {
      Q.Call = A.Site;
      Q.TrueMeansHeld = *A.SucceedsWith;
      ResultFate Fate = resultFate(A.Site, G.parents());
      Q.Result = Fate.Use == ResultUse::Stored ? Fate.Var : nullptr;
    }
    std::optional<Leak> Lost = findLeak(F, TU, Q);
    if (!Lost)
      continue;
    HandHeld Found;
    Found.K = Counts                         ? HandHeld::Counter
              : A.K == CountStep::SetPointer ? HandHeld::Pointer
                                             : HandHeld::Flag;
    Found.Acquire = A.Site;
    Found.Release = Release;
    Found.OnlyRelease = OnlyRelease;
    Found.Place = A.Place.str();
    Found.Rises = A.K == CountStep::Up;
    Found.Way = std::move(Lost->Way);
    Found.Leaves = Lost->Leaves;
    Out.push_back(std::move(Found));
  }
}

} // namespace

std::vector<HandHeld> findHandHeld(const FunctionAnalysis &F, TUAnalysis &TU,
                                   EdgeSet Edges, bool WithFlags) {
  std::vector<HandHeld> Result;
  Finder Search(F, TU, Edges);
  Search.pairs(Result);
  if (WithFlags)
    Search.countersAndFlags(Result);
  return Result;
}

} // namespace codrop
