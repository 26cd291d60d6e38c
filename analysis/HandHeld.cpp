// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/HandHeld.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

const CXXRecordDecl *objectClass(const Expr *Call) {
  const Expr *Object = calledObject(Call);
  if (!Object)
    return nullptr;
  QualType T = Object->IgnoreImpCasts()->getType().getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  return T->getAsCXXRecordDecl();
}

/// The thing that a pair is about: the object of a member call, else the first
/// argument (pthread_mutex_lock(&m)).
const Expr *pairTarget(const CallExpr *Call) {
  if (const Expr *Object = calledObject(Call))
    return Object;
  if (Call->getNumArgs() == 0)
    return nullptr;
  const Expr *First = stripped(Call->getArg(0));
  if (const auto *Address = dyn_cast<UnaryOperator>(First);
      Address && Address->getOpcode() == UO_AddrOf)
    return Address->getSubExpr();
  return First;
}

std::optional<bool> boolLiteral(const Expr *E) {
  if (!E)
    return std::nullopt;
  if (const auto *Literal = dyn_cast<CXXBoolLiteralExpr>(stripped(E)))
    return Literal->getValue();
  return std::nullopt;
}

/// Names of members that end what a flag stands for, where their body is not
/// visible.
bool soundsLikeCleanup(llvm::StringRef Name) {
  for (llvm::StringRef Word :
       {"close", "reset", "stop", "clean", "fail", "finish", "shutdown",
        "disconnect", "abort", "release", "done", "terminate", "exit", "end"})
    if (Name.contains_insensitive(Word))
      return true;
  return false;
}

class Finder {
public:
  Finder(const FunctionAnalysis &F, TUAnalysis &TU, EdgeSet Edges)
      : TU(TU), G(*F.graph()), Table(F.accesses()), Edges(Edges) {}

  void pairs(std::vector<HandHeld> &Out);
  void countersAndFlags(std::vector<HandHeld> &Out);

private:
  bool lambdaTouches(const AccessPath &Place) const;
  bool isHandedOver(NodeId N, const AccessPath &Place) const;
  bool calleeWrites(NodeId N, const FieldDecl *Field) const;
  std::optional<Path> leak(NodeId Start, const llvm::BitVector &GivesBack,
                           bool StartResumesOnly,
                           std::optional<Edge::Outcome> StartOutcome);
  bool suspendsBetween(NodeId From, NodeId To) const;

  TUAnalysis &TU;
  const SuspendCFG &G;
  const AccessTable &Table;
  EdgeSet Edges;
};

/// A closure made here that names the place may be the guard that gives back.
bool Finder::lambdaTouches(const AccessPath &Place) const {
  const FieldDecl *Field = Place.lastField();
  for (const Stmt *S : G.parents().preorder()) {
    const auto *Lambda = dyn_cast<LambdaExpr>(S);
    if (!Lambda)
      continue;
    llvm::SmallVector<const Stmt *, 16> Work{Lambda->getBody()};
    while (!Work.empty()) {
      const Stmt *Inner = Work.pop_back_val();
      if (!Inner)
        continue;
      if (const auto *Member = dyn_cast<MemberExpr>(Inner);
          Member && Field && Member->getMemberDecl() == Field)
        return true;
      if (const auto *Ref = dyn_cast<DeclRefExpr>(Inner);
          Ref && !Field && Place.Root == AccessPath::Variable &&
          Ref->getDecl() == Place.Var)
        return true;
      llvm::append_range(Work, Inner->children());
    }
  }
  return false;
}

/// The place is given to a constructor or function by reference: a guard that
/// adopts it, or a helper that gives it back.
bool Finder::isHandedOver(NodeId N, const AccessPath &Place) const {
  const Stmt *S = G.node(N).S;
  if (!S || !isa<CallExpr, CXXConstructExpr>(S) || isa<CXXMemberCallExpr>(S))
    return false;
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S);
      Operator && isa_and_nonnull<CXXMethodDecl>(Operator->getDirectCallee()))
    return false;
  for (const Access &A : Table.at(N))
    if (A.Place == Place)
      return true;
  // `&m` as an argument.
  auto passes = [&](const Expr *Argument) {
    const auto *Address = dyn_cast<UnaryOperator>(stripped(Argument));
    if (!Address || Address->getOpcode() != UO_AddrOf)
      return false;
    std::optional<AccessPath> P =
        Table.resolver().resolve(Address->getSubExpr());
    return P && *P == Place;
  };
  if (const auto *Call = dyn_cast<CallExpr>(S))
    return llvm::any_of(Call->arguments(), passes);
  return llvm::any_of(cast<CXXConstructExpr>(S)->arguments(), passes);
}

bool Finder::calleeWrites(NodeId N, const FieldDecl *Field) const {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(G.node(N).S);
  if (!Call || !Field)
    return false;
  const CXXMethodDecl *Method = Call->getMethodDecl();
  if (!Method || Method->isConst() ||
      !isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())))
    return false;
  const FunctionDecl *Definition = nullptr;
  if (!Method->hasBody(Definition))
    return Method->getIdentifier() && soundsLikeCleanup(Method->getName());
  const Stmt *Body = Definition->getBody();
  if (isCoroutine(Definition))
    Body = cast<CoroutineBodyStmt>(Body)->getBody();
  ParentTable Inner(Body);
  for (const Stmt *S : Inner.preorder()) {
    const Expr *Target = nullptr;
    if (const auto *Binary = dyn_cast<BinaryOperator>(S);
        Binary && Binary->isAssignmentOp())
      Target = Binary->getLHS();
    else if (const auto *Unary = dyn_cast<UnaryOperator>(S);
             Unary && Unary->isIncrementDecrementOp())
      Target = Unary->getSubExpr();
    else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(S);
             Operator && Operator->getNumArgs() > 0)
      Target = Operator->getArg(0);
    const auto *Member =
        Target ? dyn_cast<MemberExpr>(stripped(Target)) : nullptr;
    if (Member && Member->getMemberDecl() == Field)
      return true;
  }
  return false;
}

std::optional<Path> Finder::leak(NodeId Start, const llvm::BitVector &GivesBack,
                                 bool StartResumesOnly,
                                 std::optional<Edge::Outcome> StartOutcome) {
  PathQuery Q;
  Q.Start = Start;
  Q.Edges = Edges;
  auto Visit = [&](NodeId N, PathState S) {
    if (GivesBack[N])
      return PathStep::stop();
    NodeKind K = G.node(N).Kind;
    return K == NodeKind::Exit || K == NodeKind::UnwindExit ||
                   K == NodeKind::Destroyed
               ? PathStep::found()
               : PathStep::go(S);
  };
  auto Take = [&](NodeId N, const Edge &E,
                  PathState S) -> std::optional<PathState> {
    // An acquisition that throws or is abandoned has acquired nothing.
    if (N == Start && StartResumesOnly && E.Kind != EdgeKind::Resume &&
        E.Kind != EdgeKind::Normal)
      return std::nullopt;
    if (N == Start && StartOutcome && E.Taken != *StartOutcome)
      return std::nullopt;
    return S;
  };
  Q.Visit = Visit;
  Q.Take = Take;
  GaveUp Why;
  std::optional<Path> Way = findPath(G, Q, &Why);
  if (!Why.Reason.empty())
    TU.gaveUp(Why);
  return Way;
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

void Finder::pairs(std::vector<HandHeld> &Out) {
  const Knowledge &Known = TU.knowledge();
  struct Site {
    NodeId At;
    const CallExpr *Call;
    std::optional<AccessPath> Place;
    const PairFact *Fact;
  };
  std::vector<Site> Acquires, Releases;
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee || G.node(N).Kind != NodeKind::Statement)
      continue;
    const CXXRecordDecl *Class = objectClass(Call);
    const Expr *Target = pairTarget(Call);
    auto place = [&] {
      return Target ? Table.resolver().resolve(Target) : std::nullopt;
    };
    if (const PairFact *Fact = Known.pairAcquire(Callee, Class))
      Acquires.push_back({N, Call, place(), Fact});
    for (const PairFact *Fact : Known.pairsReleasedBy(Callee, Class))
      Releases.push_back({N, Call, place(), Fact});
  }
  for (const Site &A : Acquires) {
    if (!A.Place || sharingOf(*A.Place, G) == Sharing::Local)
      continue;
    const CallExpr *Release = nullptr;
    llvm::BitVector GivesBack(G.size());
    for (const Site &R : Releases)
      if (R.Place == A.Place &&
          llvm::is_contained(R.Fact->Release, A.Fact->Release.front())) {
        GivesBack.set(R.At);
        if (!Release)
          Release = R.Call;
      }
    // The other half is in another function: a protocol that is not ours to
    // judge.
    if (!Release || lambdaTouches(*A.Place))
      continue;
    for (NodeId N = 0; N < G.size(); ++N)
      if (N != A.At && isHandedOver(N, *A.Place))
        GivesBack.set(N);
    NodeId Start = A.At;
    bool ResumesOnly = false;
    std::optional<Edge::Outcome> Outcome;
    ResultFate Fate = resultFate(A.Call, G.parents());
    switch (A.Fact->AcquiredWhen) {
    case PairFact::When::Called:
      break;
    case PairFact::When::Awaited: {
      if (Fate.Use != ResultUse::Awaited)
        continue;
      std::optional<NodeId> Await = G.nodeOf(Fate.Site);
      if (!Await)
        continue;
      Start = *Await;
      ResumesOnly = true;
      break;
    }
    case PairFact::When::True: {
      // `if (!m.try_lock()) …`: held on one side of the branch only.
      bool Positive = true, FoundBranch = false;
      for (NodeId N = 0; N < G.size() && !FoundBranch; ++N) {
        if (G.node(N).Kind != NodeKind::Branch)
          continue;
        const auto *Condition = dyn_cast<Expr>(G.node(N).S);
        Positive = true;
        const Expr *E = Condition ? stripped(Condition) : nullptr;
        while (const auto *Not = dyn_cast_or_null<UnaryOperator>(E)) {
          if (Not->getOpcode() != UO_LNot)
            break;
          Positive = !Positive;
          E = stripped(Not->getSubExpr());
        }
        if (E == A.Call) {
          Start = N;
          FoundBranch = true;
        }
      }
      if (!FoundBranch)
        continue;
      Outcome = Positive ? Edge::Outcome::True : Edge::Outcome::False;
      break;
    }
    }
    std::optional<Path> Way = leak(Start, GivesBack, ResumesOnly, Outcome);
    if (!Way)
      continue;
    HandHeld H;
    H.K = HandHeld::Call;
    H.Acquire = A.Call;
    H.Release = Release;
    H.Place = A.Place->str();
    H.Pair = A.Fact;
    H.Way = std::move(*Way);
    Out.push_back(std::move(H));
  }
}

void Finder::countersAndFlags(std::vector<HandHeld> &Out) {
  for (const Access &A : Table.all()) {
    bool IsCounter = A.Kind == AccessKind::ReadWrite &&
                     (A.Op == BO_AddAssign || A.Op == BO_SubAssign);
    bool IsFlag = A.Kind == AccessKind::Write && A.Op == BO_Assign &&
                  boolLiteral(A.Value) == true;
    if ((!IsCounter && !IsFlag) || sharingOf(A.Place, G) == Sharing::Local)
      continue;
    auto sameAmount = [&](const Access &B) {
      if (!A.Value || !B.Value)
        return !A.Value && !B.Value;
      std::optional<AccessPath> PA = Table.resolver().resolve(A.Value);
      std::optional<AccessPath> PB = Table.resolver().resolve(B.Value);
      if (PA && PB)
        return *PA == *PB;
      Expr::EvalResult VA, VB;
      return A.Value->getType()->isIntegralOrEnumerationType() &&
             B.Value->getType()->isIntegralOrEnumerationType() &&
             A.Value->EvaluateAsInt(VA, TU.context()) &&
             B.Value->EvaluateAsInt(VB, TU.context()) &&
             VA.Val.getInt() == VB.Val.getInt();
    };
    auto isOpposite = [&](const Access &B) {
      if (B.Place != A.Place || B.At == A.At)
        return false;
      if (IsFlag)
        return B.Kind == AccessKind::Write && boolLiteral(B.Value) == false;
      return B.Kind == AccessKind::ReadWrite && B.Op != A.Op &&
             (B.Op == BO_AddAssign || B.Op == BO_SubAssign) && sameAmount(B);
    };
    // The give-back belongs to this acquisition only if it can't be reached
    // without it, and is hit by the hazard only if a suspension lies between.
    llvm::BitVector WithoutA =
        reachableFrom(G, G.entry(), NormalEdges.with(EdgeKind::CallUnwind)
                                        .with(EdgeKind::Unwind),
                      A.At);
    const Access *Release = nullptr;
    for (const Access &B : Table.all())
      if (isOpposite(B) && !WithoutA[B.At] && suspendsBetween(A.At, B.At)) {
        Release = &B;
        break;
      }
    if (!Release || lambdaTouches(A.Place))
      continue;
    llvm::BitVector GivesBack(G.size());
    const FieldDecl *Field = A.Place.lastField();
    for (const Access &B : Table.all())
      if (B.At != A.At && B.Place == A.Place && B.Kind != AccessKind::Read)
        GivesBack.set(B.At);
    for (NodeId N = 0; N < G.size(); ++N)
      if (calleeWrites(N, Field) || (N != A.At && isHandedOver(N, A.Place)))
        GivesBack.set(N);
    std::optional<Path> Way = leak(A.At, GivesBack, false, std::nullopt);
    if (!Way)
      continue;
    HandHeld H;
    H.K = IsFlag ? HandHeld::Flag : HandHeld::Counter;
    H.Acquire = A.Site;
    H.Release = Release->Site;
    H.Place = A.Place.str();
    H.Rises = A.Op == BO_AddAssign;
    H.Way = std::move(*Way);
    Out.push_back(std::move(H));
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
