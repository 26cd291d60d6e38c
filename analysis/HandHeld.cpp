// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/HandHeld.h"
#include "analysis/GiveBack.h"
#include "analysis/LeakPath.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

std::optional<bool> boolLiteral(const Expr *E) {
  if (!E)
    return std::nullopt;
  if (const auto *Literal = dyn_cast<CXXBoolLiteralExpr>(stripped(E)))
    return Literal->getValue();
  return std::nullopt;
}

/// `&request` of a local or parameter: a pointer that must not stay.
bool isAddressOfLocal(const Expr *E) {
  const auto *Address = E ? dyn_cast<UnaryOperator>(stripped(E)) : nullptr;
  if (!Address || Address->getOpcode() != UO_AddrOf)
    return false;
  const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Address->getSubExpr()));
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && Var->isLocalVarDeclOrParm() && !Var->isStaticLocal() &&
         !Var->getType()->isReferenceType();
}

/// One change of a counter or flag.
struct Step {
  enum Kind { Up, Down, Set, Clear, SetPointer, ClearPointer } K;
  NodeId At;
  AccessPath Place;
  const Expr *Site;
  const Expr *Amount = nullptr; ///< For Up and Down; null for one.
  /// Set by a call that says whether it was set already; then what its result
  /// is if it was not.
  std::optional<bool> SucceedsWith = std::nullopt;
};

Step::Kind opposite(Step::Kind K) {
  switch (K) {
  case Step::Up:
    return Step::Down;
  case Step::Down:
    return Step::Up;
  case Step::Set:
    return Step::Clear;
  case Step::Clear:
    return Step::Set;
  case Step::SetPointer:
    return Step::ClearPointer;
  case Step::ClearPointer:
    return Step::SetPointer;
  }
  return Step::Clear;
}

class Finder {
public:
  Finder(const FunctionAnalysis &F, TUAnalysis &TU, EdgeSet Edges)
      : F(F), TU(TU), G(*F.graph()), Table(F.accesses()), Edges(Edges),
        Others(F, TU) {}

  void pairs(std::vector<HandHeld> &Out);
  void countersAndFlags(std::vector<HandHeld> &Out);

private:
  bool isShared(const AccessPath &P) const;
  std::vector<Step> steps() const;
  std::optional<Step> atomicStep(NodeId N, const CallExpr *Call) const;
  bool sameAmount(const Expr *A, const Expr *B) const;
  bool suspendsBetween(NodeId From, NodeId To) const;
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

bool Finder::suspendsBetween(NodeId From, NodeId To) const {
  PathQuery Q;
  Q.Start = From;
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
    const CallExpr *Release = nullptr;
    llvm::BitVector Here(G.size());
    for (auto [N, Call] : Calls) {
      if (!givesBack(Call, S.A, TU.types()) ||
          placeOf(pairTarget(Call), Table.resolver()) != S.Place ||
          !returnsWhatCame(Call, Q.Result))
        continue;
      Here.set(N);
      if (Release)
        continue;
      llvm::BitVector After = reachableFrom(G, Q.Start, NormalEdges);
      bool Cycles = Without[N] && reachableFrom(G, N, NormalEdges)[S.At];
      if (After[N] && !Cycles)
        Release = Call;
    }
    Holding H{S.Place, &S.A, Q.Result};
    // The other half is in another function: a protocol that is not ours to
    // judge.
    if (!Release || Others.inClosure(H))
      continue;
    Here |= Others.nodes(H);
    Here.reset(S.At);
    bool OnlyRelease = Here.count() == 1;
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

/// fetch_add, store, exchange and their like.
std::optional<Step> Finder::atomicStep(NodeId N, const CallExpr *Call) const {
  const FunctionDecl *Callee = Call->getDirectCallee();
  llvm::StringRef Name = nameOf(Callee);
  // A member's own context is its class.
  const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
  const Decl *Owner = Method ? cast<Decl>(Method->getParent()) : Callee;
  if (Name.empty() || !Owner->isInStdNamespace())
    return std::nullopt;
  const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
  if (!Member && !(Name == "exchange" && Call->getNumArgs() == 2))
    return std::nullopt;
  const Expr *Target =
      Member ? Member->getImplicitObjectArgument() : Call->getArg(0);
  auto argument = [&](unsigned I) -> const Expr * {
    return I < Call->getNumArgs() && !isa<CXXDefaultArgExpr>(Call->getArg(I))
               ? Call->getArg(I)
               : nullptr;
  };
  std::optional<AccessPath> Place = Table.resolver().resolve(Target);
  if (!Place)
    return std::nullopt;
  Step Result{Step::Up, N, *Place, Call};
  if (Name == "fetch_add" || Name == "fetch_sub") {
    Result.K = Name == "fetch_add" ? Step::Up : Step::Down;
    Result.Amount = argument(0);
    return Result.Amount ? std::optional<Step>(Result) : std::nullopt;
  }
  std::optional<bool> Value;
  if (Name == "store")
    Value = boolLiteral(argument(0));
  else if (Name == "exchange")
    Value = boolLiteral(argument(Member ? 0 : 1));
  else if (Name.starts_with("compare_exchange"))
    Value = boolLiteral(argument(1));
  else if (Name == "test_and_set")
    Value = true;
  else if (Name == "clear" && nameOf(dyn_cast<NamedDecl>(
                                  Callee->getDeclContext())) == "atomic_flag")
    Value = false;
  if (!Value)
    return std::nullopt;
  Result.K = *Value ? Step::Set : Step::Clear;
  if (Name.starts_with("compare_exchange"))
    Result.SucceedsWith = true;
  else if (Name == "exchange" || Name == "test_and_set")
    Result.SucceedsWith = false;
  return Result;
}

std::vector<Step> Finder::steps() const {
  std::vector<Step> Result;
  for (const Access &A : Table.all()) {
    if (A.Kind == AccessKind::ReadWrite &&
        (A.Op == BO_AddAssign || A.Op == BO_SubAssign)) {
      // `++it` moves, it does not count.
      const Expr *Target = nullptr;
      if (const auto *Unary = dyn_cast<UnaryOperator>(A.Site))
        Target = Unary->getSubExpr();
      else if (const auto *Binary = dyn_cast<BinaryOperator>(A.Site))
        Target = Binary->getLHS();
      else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(A.Site))
        Target = Call->getArg(0);
      if (!Target || isPointerLike(Target->getType()))
        continue;
      Result.push_back({A.Op == BO_AddAssign ? Step::Up : Step::Down, A.At,
                        A.Place, A.Site, A.Value});
    } else if (A.Kind == AccessKind::Write && A.Op == BO_Assign) {
      if (std::optional<bool> Value = boolLiteral(A.Value))
        Result.push_back(
            {*Value ? Step::Set : Step::Clear, A.At, A.Place, A.Site});
      else if (isAddressOfLocal(A.Value))
        Result.push_back({Step::SetPointer, A.At, A.Place, A.Site});
      else if (A.Value && isa<CXXNullPtrLiteralExpr>(stripped(A.Value)))
        Result.push_back({Step::ClearPointer, A.At, A.Place, A.Site});
    }
  }
  for (NodeId N = 0; N < G.size(); ++N)
    if (const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
        Call && Call->getDirectCallee() &&
        G.node(N).Kind == NodeKind::Statement)
      if (std::optional<Step> S = atomicStep(N, Call))
        Result.push_back(std::move(*S));
  return Result;
}

void Finder::countersAndFlags(std::vector<HandHeld> &Out) {
  std::vector<Step> All = steps();
  for (const Step &A : All) {
    if (!G.work().spend(All.size() / 8 + 1))
      return;
    if (A.K == Step::Clear || A.K == Step::ClearPointer || !isShared(A.Place))
      continue;
    bool Counts = A.K == Step::Up || A.K == Step::Down;
    // The give-back belongs to this acquisition only if it can't be reached
    // without it, and is hit by the hazard only if a suspension lies between.
    std::optional<llvm::BitVector> Without;
    const Step *Release = nullptr;
    llvm::BitVector Here(G.size()), SameWay(G.size());
    for (const Step &B : All) {
      if (B.Place != A.Place)
        continue;
      if (B.K == A.K)
        SameWay.set(B.At);
      if (B.At == A.At || B.K != opposite(A.K))
        continue;
      Here.set(B.At);
      if (Release || (Counts && !sameAmount(A.Amount, B.Amount)))
        continue;
      if (!Without)
        Without = reachableFrom(G, G.entry(),
                                UnwindEdges.with(EdgeKind::CallUnwind), A.At);
      if ((!(*Without)[B.At] || sameCondition(A.Site, B.Site)) &&
          suspendsBetween(A.At, B.At))
        Release = &B;
    }
    Holding H{A.Place};
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
    bool OnlyRelease = Here.count() == 1;
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
    Found.K = Counts                    ? HandHeld::Counter
              : A.K == Step::SetPointer ? HandHeld::Pointer
                                        : HandHeld::Flag;
    Found.Acquire = A.Site;
    Found.Release = Release->Site;
    Found.OnlyRelease = OnlyRelease;
    Found.Place = A.Place.str();
    Found.Rises = A.K == Step::Up;
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
