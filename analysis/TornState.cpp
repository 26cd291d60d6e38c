// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/TornState.h"
#include "analysis/GuardFlow.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

/// At most this many pairs of a read and a write are searched in a function.
constexpr unsigned MaxSearches = 3000;
constexpr unsigned MaxDependencyDepth = 4;

llvm::StringRef nameOf(const FunctionDecl *F) {
  return F && F->getIdentifier() ? F->getName() : llvm::StringRef();
}

/// A value that does not depend on anything: a reset, no update.
bool isConstant(const Expr *E, const ASTContext &Context) {
  E = stripped(E);
  if (isa<CXXNullPtrLiteralExpr, CXXBoolLiteralExpr, IntegerLiteral,
          FloatingLiteral, clang::StringLiteral, CXXScalarValueInitExpr>(E))
    return true;
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return llvm::all_of(List->inits(), [&](const Expr *Init) {
      return isConstant(Init, Context);
    });
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E))
    return llvm::all_of(Construct->arguments(), [&](const Expr *Arg) {
      return isa<CXXDefaultArgExpr>(Arg) || isConstant(Arg, Context);
    });
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    return isa<EnumConstantDecl>(Ref->getDecl()) ||
           (Ref->getDecl()->getIdentifier() &&
            Ref->getDecl()->getName() == "nullopt");
  return !E->isValueDependent() && E->getType()->isScalarType() &&
         E->isEvaluatable(Context);
}

/// A constant that means "nothing there": false, 0, nullptr, nullopt, {}.
bool isEmptyConstant(const Expr *E, const ASTContext &Context) {
  E = stripped(E);
  if (isa<CXXNullPtrLiteralExpr, CXXScalarValueInitExpr>(E))
    return true;
  if (const auto *Literal = dyn_cast<CXXBoolLiteralExpr>(E))
    return !Literal->getValue();
  if (const auto *Literal = dyn_cast<IntegerLiteral>(E))
    return Literal->getValue().isZero();
  if (const auto *List = dyn_cast<InitListExpr>(E))
    return List->getNumInits() == 0;
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(E))
    return llvm::all_of(Construct->arguments(), [&](const Expr *Arg) {
      return isa<CXXDefaultArgExpr>(Arg) || isEmptyConstant(Arg, Context);
    });
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
    return Ref->getDecl()->getIdentifier() &&
           Ref->getDecl()->getName() == "nullopt";
  return false;
}

bool makesDurable(llvm::StringRef Name) {
  for (llvm::StringRef Word :
       {"commit", "flush", "persist", "save", "store", "sync", "replicate",
        "append", "upsert", "update", "insert", "write", "put"})
    if (Name.contains_insensitive(Word))
      return true;
  return false;
}

class Finder {
public:
  Finder(const FunctionAnalysis &F, TUAnalysis &TU,
         const TornStateOptions &Options)
      : F(F), TU(TU), Options(Options), G(*F.graph()), Table(F.accesses()) {}

  std::vector<TornState> run();

private:
  bool isShared(const AccessPath &P) const;
  bool isSingleOwner(const CXXRecordDecl *RD) const;
  void collectExclusion();
  bool excluded(NodeId A, NodeId B) const;
  void collectDefinitions();
  std::vector<const Expr *> dependencies(const Expr *Value) const;

  void staleWrites(const Access &W);
  void checkThenAct(const Access &W);
  void checkThenSpawn();
  void halfUpdates();
  void earlyCommits();

  /// The first suspension of a way from \p From to \p To on which \p Place is
  /// neither re-read after the suspension nor written before it.
  const CoroutineSuspendExpr *
  tornBetween(NodeId From, NodeId To, const AccessPath &Place,
              std::optional<Edge::Outcome> FirstOutcome, const Stmt *Ignore);
  bool reserves(const Access &A) const;
  bool controls(NodeId Branch, NodeId W, Edge::Outcome &Outcome) const;
  bool anyRealSuspension() const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const TornStateOptions &Options;
  const SuspendCFG &G;
  const AccessTable &Table;
  llvm::DenseMap<const VarDecl *, llvm::SmallVector<const Expr *, 2>> Definitions;
  std::vector<llvm::BitVector> HeldRegions;
  bool CallerHolds = false;
  std::vector<AccessPath> Tested; ///< Places read in some condition.
  unsigned Searches = 0;
  std::vector<TornState> Found;
};

bool Finder::isSingleOwner(const CXXRecordDecl *RD) const {
  return RD && (TU.knowledge().isSingleOwner(RD) ||
                (!Options.SingleOwnerTypes.empty() &&
                 llvm::is_contained(Options.SingleOwnerTypes,
                                    knowledgeName(RD))));
}

bool Finder::isShared(const AccessPath &P) const {
  Sharing S = sharingOf(P, G);
  if (S == Sharing::Local)
    return false;
  if (const auto *Method = dyn_cast<CXXMethodDecl>(G.function()))
    if (P.Root == AccessPath::This && isSingleOwner(Method->getParent()))
      return false;
  for (const PathPart &Part : P.Parts)
    if (Part.K == PathPart::Field)
      if (isSingleOwner(dyn_cast<CXXRecordDecl>(Part.F->getParent())))
        return false;
  // `int &out`, `*result`: somebody's variable lent for the answer.
  if (S == Sharing::Pointee && !P.lastField())
    return false;
  // The frame's own thread-local copy, or a constant.
  if (P.Root == AccessPath::Variable && P.Var->getTLSKind() != VarDecl::TLS_None)
    return false;
  return true;
}

void Finder::collectExclusion() {
  auto Any = [&](QualType T) -> std::optional<Guard> {
    std::optional<Guard> Found = TU.types().guard(T);
    if (Found && !Found->Fact->Exclusive)
      return std::nullopt;
    return Found;
  };
  for (OwnedGuard &Owner : findOwnedGuards(F, TU.types(), Any))
    HeldRegions.push_back(std::move(Owner.Owns));
  // Held by hand: from the acquiring call to its give-back.
  llvm::BitVector Releases(G.size());
  llvm::SmallVector<NodeId, 4> Acquires;
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Call = dyn_cast_or_null<CallExpr>(G.node(N).S);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee || G.node(N).Kind != NodeKind::Statement)
      continue;
    if (TU.knowledge().pairAcquire(Callee))
      Acquires.push_back(N);
    if (!TU.knowledge().pairsReleasedBy(Callee).empty())
      Releases.set(N);
  }
  for (NodeId A : Acquires) {
    llvm::BitVector Held(G.size());
    PathQuery Q;
    Q.Start = A;
    Q.Edges = UnwindEdges;
    auto Visit = [&](NodeId N, PathState S) {
      Held.set(N);
      return Releases[N] ? PathStep::stop() : PathStep::go(S);
    };
    Q.Visit = Visit;
    findPath(G, Q);
    HeldRegions.push_back(std::move(Held));
  }
  // A guard handed in by reference, or a name that says so: the caller holds it.
  for (const ParmVarDecl *P : G.function()->parameters())
    if (P->getType()->isReferenceType() && Any(P->getType().getNonReferenceType()))
      CallerHolds = true;
  std::string Name = G.function()->getNameAsString();
  llvm::StringRef Text = Name;
  CallerHolds |= Text.contains_insensitive("locked") ||
                 Text.contains_insensitive("with_lock") ||
                 Text.contains_insensitive("under_lock") ||
                 Text.contains_insensitive("exclusive");
}

bool Finder::excluded(NodeId A, NodeId B) const {
  return llvm::any_of(HeldRegions, [&](const llvm::BitVector &Held) {
    return Held[A] && Held[B];
  });
}

void Finder::collectDefinitions() {
  for (const Stmt *S : G.parents().preorder()) {
    if (const auto *Decls = dyn_cast<DeclStmt>(S)) {
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D); Var && Var->getInit())
          Definitions[Var].push_back(Var->getInit());
    } else if (const auto *Binary = dyn_cast<BinaryOperator>(S);
               Binary && Binary->isAssignmentOp()) {
      if (const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Binary->getLHS())))
        if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()))
          Definitions[Var].push_back(Binary->getRHS());
    } else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S);
               Call && Call->isAssignmentOp() && Call->getNumArgs() == 2) {
      if (const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Call->getArg(0))))
        if (const auto *Var = dyn_cast<VarDecl>(Ref->getDecl()))
          Definitions[Var].push_back(Call->getArg(1));
    }
  }
}

/// The expressions that \p Value is computed from: itself and what defined the
/// locals in it. Flow-insensitive: may contain definitions that do not reach.
std::vector<const Expr *> Finder::dependencies(const Expr *Value) const {
  std::vector<const Expr *> Result{Value};
  llvm::DenseSet<const VarDecl *> Seen;
  size_t Level = 0;
  for (unsigned Depth = 0; Depth < MaxDependencyDepth; ++Depth) {
    size_t End = Result.size();
    for (; Level < End; ++Level) {
      ParentTable Inner(Result[Level]);
      for (const Stmt *S : Inner.preorder()) {
        const auto *Ref = dyn_cast<DeclRefExpr>(S);
        const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
        // A reference stands for its place; its reads are accesses themselves.
        if (!Var || Var->getType()->isReferenceType() || !Seen.insert(Var).second)
          continue;
        auto It = Definitions.find(Var);
        if (It != Definitions.end())
          llvm::append_range(Result, It->second);
      }
    }
  }
  return Result;
}

/// `busy_ = true` before the suspension, where `busy_` is tested somewhere
/// here: whoever comes next finds the place taken.
bool Finder::reserves(const Access &A) const {
  if (A.Kind == AccessKind::Write && A.Value &&
      isConstant(A.Value, TU.context()) &&
      !isEmptyConstant(A.Value, TU.context()))
    return llvm::is_contained(Tested, A.Place);
  return A.Kind == AccessKind::ReadWrite && llvm::is_contained(Tested, A.Place);
}

const CoroutineSuspendExpr *
Finder::tornBetween(NodeId From, NodeId To, const AccessPath &Place,
                    std::optional<Edge::Outcome> FirstOutcome,
                    const Stmt *Ignore) {
  if (++Searches > MaxSearches)
    return nullptr;
  enum : PathState { BeforeSuspension = 0, AfterSuspension = 1 };
  PathQuery Q;
  Q.Start = From;
  auto Visit = [&](NodeId N, PathState S) {
    if (N == To)
      return S == AfterSuspension ? PathStep::found() : PathStep::stop();
    const Node &Here = G.node(N);
    if (Here.Kind == NodeKind::Suspend)
      return PathStep::go(AfterSuspension);
    for (const Access &A : Table.at(N)) {
      if (Ignore && G.parents().isWithin(A.Site, Ignore))
        continue;
      bool Overlaps = A.Place.startsWith(Place) || Place.startsWith(A.Place);
      if (S == BeforeSuspension) {
        if ((Overlaps && A.Kind != AccessKind::Read) || reserves(A))
          return PathStep::stop();
      } else if (Overlaps) {
        return PathStep::stop(); // Re-read or re-written: it is fresh again.
      }
    }
    return PathStep::go(S);
  };
  auto Take = [&](NodeId N, const Edge &E,
                  PathState S) -> std::optional<PathState> {
    if (N == From && FirstOutcome && E.Taken != *FirstOutcome)
      return std::nullopt;
    return S;
  };
  Q.Visit = Visit;
  Q.Take = Take;
  GaveUp Why;
  std::optional<Path> Way = findPath(G, Q, &Why);
  if (!Why.Reason.empty())
    TU.gaveUp(Why);
  if (!Way)
    return nullptr;
  for (NodeId N : Way->suspensions(G))
    if (const CoroutineSuspendExpr *E = G.suspension(N).E)
      return E;
  return nullptr;
}

void Finder::staleWrites(const Access &W) {
  if (!W.Value || isConstant(W.Value, TU.context()))
    return;
  std::vector<const Expr *> Sources = dependencies(W.Value);
  for (const Access &R : Table.all()) {
    if (R.Kind != AccessKind::Read || R.Place != W.Place || R.At == W.At)
      continue;
    bool InValue = G.parents().isWithin(R.Site, W.Value);
    if (!InValue && llvm::none_of(Sources, [&](const Expr *Source) {
          return G.parents().isWithin(R.Site, Source);
        }))
      continue;
    if (excluded(R.At, W.At))
      continue;
    const CoroutineSuspendExpr *Suspends =
        tornBetween(R.At, W.At, W.Place, std::nullopt, nullptr);
    if (!Suspends)
      continue;
    TornState T;
    T.K = TornState::StaleWrite;
    T.Place = W.Place.str();
    T.Before = R.Site;
    T.Suspends = Suspends;
    T.After = W.Site;
    T.OneExpression = InValue;
    Found.push_back(T);
    return;
  }
}

/// True if one outcome of \p Branch leads to \p W and the other does not.
bool Finder::controls(NodeId Branch, NodeId W, Edge::Outcome &Outcome) const {
  bool Reaches[2] = {false, false};
  for (const Edge &E : G.node(Branch).Out) {
    if (E.Taken == Edge::Outcome::None)
      return false;
    Reaches[E.Taken == Edge::Outcome::True] |=
        reachableFrom(G, E.To, NormalEdges, Branch)[W];
  }
  if (Reaches[0] == Reaches[1])
    return false;
  Outcome = Reaches[1] ? Edge::Outcome::True : Edge::Outcome::False;
  return true;
}

void Finder::checkThenAct(const Access &W) {
  if (W.Value && isEmptyConstant(W.Value, TU.context()))
    return; // A reset.
  for (NodeId B = 0; B < G.size(); ++B) {
    const Node &Branch = G.node(B);
    if (Branch.Kind != NodeKind::Branch)
      continue;
    // A loop checks again after each turn.
    const Stmt *Statement = G.parents().parent(Branch.S);
    while (Statement && isa<Expr>(Statement))
      Statement = G.parents().parent(Statement);
    const auto *If = dyn_cast_or_null<IfStmt>(Statement);
    if (!If || !G.parents().isWithin(Branch.S, If->getCond()))
      continue;
    for (const Access &R : Table.all()) {
      if (R.Kind == AccessKind::Write ||
          !G.parents().isWithin(R.Site, Branch.S))
        continue;
      // `if (!cache_.contains(k)) cache_[k] = …` checks the container.
      bool Same = R.Place == W.Place;
      bool Container = !Same && W.Place.startsWith(R.Place) &&
                       W.Place.Parts.size() == R.Place.Parts.size() + 1 &&
                       W.Place.Parts.back().K == PathPart::Element;
      if (!Same && !Container)
        continue;
      Edge::Outcome Outcome = Edge::Outcome::None;
      if (excluded(R.At, W.At) || !controls(B, W.At, Outcome))
        continue;
      const CoroutineSuspendExpr *Suspends =
          tornBetween(B, W.At, R.Place, Outcome, If->getCond());
      if (!Suspends)
        continue;
      TornState T;
      T.K = TornState::CheckThenAct;
      T.Place = W.Place.str();
      T.Before = R.Site;
      T.Suspends = Suspends;
      T.After = W.Site;
      Found.push_back(T);
      return;
    }
  }
}

// `if (!running_) spawn([this]() -> task { running_ = true; … }());` The flag
// is set when the task runs, and until then everybody may start one more.
void Finder::checkThenSpawn() {
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Lambda = dyn_cast_or_null<LambdaExpr>(G.node(N).S);
    const CXXMethodDecl *Body = Lambda ? Lambda->getCallOperator() : nullptr;
    if (!Body || !isCoroutine(Body) || TU.types().isEagerTask(Body->getReturnType()))
      continue;
    ResultFate Fate = resultFate(Lambda, G.parents());
    const auto *Call = dyn_cast_or_null<CallExpr>(Fate.Site);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee || !TU.knowledge().sink(Callee))
      continue;
    const auto *Inner = cast<CoroutineBodyStmt>(Body->getBody());
    ParentTable InnerTable(Inner->getBody());
    for (const Stmt *S : InnerTable.preorder()) {
      const auto *Assign = dyn_cast<BinaryOperator>(S);
      if (!Assign || Assign->getOpcode() != BO_Assign)
        continue;
      const auto *Literal =
          dyn_cast<CXXBoolLiteralExpr>(stripped(Assign->getRHS()));
      const auto *Member = dyn_cast<MemberExpr>(stripped(Assign->getLHS()));
      if (!Literal || !Literal->getValue() || !Member)
        continue;
      for (const Access &R : Table.all()) {
        if (R.Kind != AccessKind::Read ||
            R.Place.lastField() != Member->getMemberDecl() ||
            !llvm::is_contained(Tested, R.Place) || !isShared(R.Place))
          continue;
        bool WrittenHere = llvm::any_of(Table.all(), [&](const Access &A) {
          return A.Place == R.Place && A.Kind != AccessKind::Read;
        });
        if (WrittenHere || !reachableFrom(G, R.At, NormalEdges)[N])
          continue;
        TornState T;
        T.K = TornState::CheckThenSpawn;
        T.Place = R.Place.str();
        T.Before = R.Site;
        T.After = Assign;
        Found.push_back(T);
        return;
      }
    }
  }
}

void Finder::halfUpdates() {
  for (const Access &A : Table.all()) {
    if (A.Kind != AccessKind::ReadWrite || !isShared(A.Place) ||
        (A.Op != BO_SubAssign && A.Op != BO_AddAssign))
      continue;
    for (const Access &B : Table.all()) {
      if (B.Kind != AccessKind::ReadWrite || B.Place == A.Place ||
          B.Op == A.Op || (B.Op != BO_SubAssign && B.Op != BO_AddAssign) ||
          !isShared(B.Place) || !A.Value || !B.Value)
        continue;
      // What leaves one place must be what arrives at the other.
      std::optional<AccessPath> Out = Table.resolver().resolve(A.Value);
      std::optional<AccessPath> In = Table.resolver().resolve(B.Value);
      bool SameAmount = Out && In && *Out == *In;
      if (!SameAmount && A.Place.lastField() &&
          A.Place.lastField() == B.Place.lastField()) {
        llvm::FoldingSetNodeID IdA, IdB;
        stripped(A.Value)->Profile(IdA, TU.context(), true);
        stripped(B.Value)->Profile(IdB, TU.context(), true);
        SameAmount = IdA == IdB;
      }
      if (!SameAmount || excluded(A.At, B.At))
        continue;
      const CoroutineSuspendExpr *Suspends =
          tornBetween(A.At, B.At, B.Place, std::nullopt, nullptr);
      if (!Suspends)
        continue;
      TornState T;
      T.K = TornState::HalfUpdate;
      T.Place = A.Place.str() + "' and '" + B.Place.str();
      T.Before = A.Site;
      T.Suspends = Suspends;
      T.After = B.Site;
      Found.push_back(T);
      return;
    }
  }
}

void Finder::earlyCommits() {
  for (const Access &W : Table.all()) {
    if ((W.Kind != AccessKind::Write && W.Kind != AccessKind::ReadWrite) ||
        !isShared(W.Place) || !W.Place.lastField())
      continue;
    if (W.Value && isEmptyConstant(W.Value, TU.context()))
      continue;
    for (NodeId N : G.suspendNodes()) {
      const Suspension &Point = G.suspension(N);
      if (Point.Kind != SuspensionKind::Await || Point.NeverThrows)
        continue;
      const auto *Call = dyn_cast<CallExpr>(stripped(Point.Operand));
      const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
      if (!Callee || !makesDurable(nameOf(Callee)))
        continue;
      // The object that was changed, whole or by the changed field, is what
      // is handed over.
      bool HandedOver = llvm::any_of(Call->arguments(), [&](const Expr *Arg) {
        const Expr *Inner = stripped(Arg);
        if (const auto *Address = dyn_cast<UnaryOperator>(Inner);
            Address && Address->getOpcode() == UO_AddrOf)
          Inner = Address->getSubExpr();
        std::optional<AccessPath> P = Table.resolver().resolve(Inner);
        return P && W.Place.startsWith(*P);
      });
      if (!HandedOver || excluded(W.At, N))
        continue;
      PathQuery Q;
      Q.Start = W.At;
      auto Visit = [&](NodeId At, PathState S) {
        if (At == N)
          return PathStep::found();
        return G.node(At).Kind == NodeKind::Suspend ? PathStep::stop()
                                                    : PathStep::go(S);
      };
      Q.Visit = Visit;
      if (!findPath(G, Q))
        continue;
      // A handler that puts the place back is the rollback.
      PathQuery Rollback;
      Rollback.Start = N;
      Rollback.Edges = UnwindEdges;
      auto Restores = [&](NodeId At, PathState S) {
        for (const Access &A : Table.at(At))
          if (A.Kind != AccessKind::Read && A.Place.startsWith(W.Place))
            return PathStep::found();
        return PathStep::go(S);
      };
      auto OnlyUnwind = [&](NodeId At, const Edge &E,
                            PathState S) -> std::optional<PathState> {
        if (At == N && E.Kind != EdgeKind::Unwind)
          return std::nullopt;
        return S;
      };
      Rollback.Visit = Restores;
      Rollback.Take = OnlyUnwind;
      if (findPath(G, Rollback))
        continue;
      TornState T;
      T.K = TornState::EarlyCommit;
      T.Place = W.Place.str();
      T.Before = W.Site;
      T.Suspends = Point.E;
      T.After = Call;
      Found.push_back(T);
      return;
    }
  }
}

bool Finder::anyRealSuspension() const { return !G.suspendNodes().empty(); }

std::vector<TornState> Finder::run() {
  if (!anyRealSuspension())
    return {};
  collectExclusion();
  if (CallerHolds)
    return {};
  collectDefinitions();
  for (NodeId N = 0; N < G.size(); ++N) {
    if (G.node(N).Kind != NodeKind::Branch)
      continue;
    for (const Access &A : Table.all())
      if (A.Kind != AccessKind::Write &&
          G.parents().isWithin(A.Site, G.node(N).S))
        Tested.push_back(A.Place);
  }
  for (const Access &W : Table.all()) {
    if (!isShared(W.Place))
      continue;
    if (W.Kind == AccessKind::Write) {
      size_t Before = Found.size();
      staleWrites(W);
      if (Found.size() == Before)
        checkThenAct(W);
    } else if (W.Kind == AccessKind::ReadWrite) {
      checkThenAct(W);
    }
  }
  checkThenSpawn();
  if (Options.HalfUpdates)
    halfUpdates();
  if (Options.EarlyCommits)
    earlyCommits();
  if (Searches > MaxSearches)
    TU.gaveUp({"too many reads and writes of shared state"});
  return std::move(Found);
}

} // namespace

std::vector<TornState> findTornState(const FunctionAnalysis &F, TUAnalysis &TU,
                                     const TornStateOptions &Options) {
  return Finder(F, TU, Options).run();
}

} // namespace codrop
