// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/TornFinder.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"
#include "llvm/ADT/FoldingSet.h"

using namespace clang;

namespace codrop {

namespace {
/// At most this many pairs of a read and a write are searched in a function.
constexpr unsigned MaxSearches = 3000;
constexpr unsigned MaxDependencyDepth = 4;

// The automaton's state: whether a suspension was passed, whether the read is
// still on its way into a variable, the variables that carry it, and the
// regions of exclusion that were left.
enum : PathState { Suspended = 1, InFlight = 2 };
constexpr unsigned FirstCarrier = 2, MaxCarriers = 20;
constexpr unsigned FirstRegion = 24, MaxRegions = 8;
constexpr PathState CarrierMask = ((1U << MaxCarriers) - 1) << FirstCarrier;

const VarDecl *variableOf(const Expr *E) {
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  if (!Ref)
    return nullptr;
  if (const auto *Binding = dyn_cast<BindingDecl>(Ref->getDecl()))
    return dyn_cast_or_null<VarDecl>(Binding->getDecomposedDecl());
  return dyn_cast<VarDecl>(Ref->getDecl());
}

template <class Visitor> void forEachBelow(const Stmt *Root, Visitor Visit) {
  ParentTable Inner(Root);
  for (const Stmt *S : Inner.preorder())
    Visit(S);
}

bool isComparison(const Stmt *S) {
  if (const auto *Binary = dyn_cast<BinaryOperator>(S))
    return Binary->isComparisonOp();
  if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S))
    return Call->isComparisonOp();
  if (const auto *Rewritten = dyn_cast<CXXRewrittenBinaryOperator>(S))
    return Rewritten->isComparisonOp();
  return false;
}
} // namespace

TornFinder::TornFinder(const FunctionAnalysis &F, TUAnalysis &TU,
                       const TornStateOptions &Options)
    : F(F), TU(TU), Options(Options), G(*F.graph()), Table(F.accesses()),
      Confined(F, TU) {}

/// Whoever calls next() goes on from where he was: an iterator that two share
/// gives neither of them a sequence.
static bool isIterator(const CXXRecordDecl *RD) {
  auto Words = identifierWords(nameOf(RD));
  return !Words.empty() &&
         (Words.back() == "iterator" || Words.back() == "cursor");
}

bool TornFinder::isSingleOwner(const CXXRecordDecl *RD) const {
  return RD &&
         (isIterator(RD) || TU.knowledge().isSingleOwner(RD) ||
          (!Options.SingleOwnerTypes.empty() &&
           llvm::is_contained(Options.SingleOwnerTypes, knowledgeName(RD))));
}

bool TornFinder::isShared(const AccessPath &P, const Expr *At) {
  Sharing S = sharingOf(P, G);
  if (S == Sharing::Local)
    return false;
  // What the class inherits is its owner's, too.
  if (const auto *Method = dyn_cast<CXXMethodDecl>(G.function()))
    if (P.Root == AccessPath::This &&
        (isSingleOwner(Method->getParent()) || TU.tests().isTest(Method)))
      return false;
  for (const PathPart &Part : P.Parts)
    if (Part.K == PathPart::Field)
      if (isSingleOwner(dyn_cast<CXXRecordDecl>(Part.F->getParent())))
        return false;
  // `int &out`, `*result`: somebody's variable lent for the answer.
  if (S == Sharing::Pointee && !P.lastField())
    return false;
  return !Confined.isConfined(P, At);
}

const Exclusion &TornFinder::exclusion() {
  if (!Held)
    Held.emplace(F, TU);
  return *Held;
}

bool TornFinder::excluded(NodeId A, NodeId B) {
  return llvm::any_of(exclusion().regions(), [&](const Exclusion::Region &R) {
    return R.Held[A] && R.Held[B];
  });
}

bool TornFinder::inDecision(const Expr *E) const {
  for (const Stmt *S = E; S; S = G.parents().parent(S))
    if (Decisions.contains(S))
      return true;
  return false;
}

void TornFinder::collect() {
  Snapshots.resize(G.size());
  for (const Stmt *S : G.parents().preorder())
    if (isComparison(S))
      Decisions.insert(S);
  for (NodeId N = 0; N < G.size(); ++N) {
    const Node &Here = G.node(N);
    if (Here.Kind == NodeKind::Branch && Here.S)
      Decisions.insert(Here.S);
    if (Here.Kind != NodeKind::Statement || !Here.S)
      continue;
    auto define = [&](const Expr *Target, const Expr *Value, bool Keeps) {
      if (const VarDecl *Var = variableOf(stripped(Target)))
        if (!Var->getType()->isReferenceType())
          Defined[N].push_back({Var, Value, Keeps});
    };
    if (const auto *Decls = dyn_cast<DeclStmt>(Here.S)) {
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D);
            Var && Var->getInit() && !Var->getType()->isReferenceType())
          Defined[N].push_back({Var, Var->getInit(), false});
    } else if (const auto *Binary = dyn_cast<BinaryOperator>(Here.S)) {
      if (Binary->isAssignmentOp())
        define(Binary->getLHS(), Binary->getRHS(),
               Binary->isCompoundAssignmentOp());
    } else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(Here.S)) {
      if (Call->isAssignmentOp() && Call->getNumArgs() == 2)
        define(Call->getArg(0), Call->getArg(1),
               Call->getOperator() != OO_Equal);
    }
    for (const Definition &D : Defined.lookup(N))
      ValuesOf[D.Var].push_back(D.Value);
  }
  for (NodeId N = 0; N < G.size(); ++N)
    if (G.node(N).Kind == NodeKind::Branch && G.node(N).S)
      collectSnapshots(N);
  for (const Access &A : Table.all())
    if (A.Kind != AccessKind::Write && inDecision(A.Site))
      Tested.push_back(A.Place);
  for (NodeId N = 0; N < G.size(); ++N)
    if (G.node(N).Kind == NodeKind::Branch && G.node(N).S) {
      Branches.push_back(N);
      Decided.try_emplace(G.node(N).S);
    }
  auto forEachDecision = [&](const Stmt *S, auto Do) {
    for (; S; S = G.parents().parent(S))
      if (auto It = Decided.find(S); It != Decided.end())
        Do(It->second);
  };
  for (unsigned I = 0; I < Table.all().size(); ++I)
    forEachDecision(Table.all()[I].Site,
                    [&](Decision &D) { D.Accesses.push_back(I); });
  for (NodeId N = 0; N < G.size(); ++N)
    if (isa_and_nonnull<CXXMemberCallExpr>(G.node(N).S))
      forEachDecision(G.node(N).S, [&](Decision &D) { D.Calls.push_back(N); });
}

// `const auto epoch = epoch_; co_await …; if (epoch != epoch_) co_return;`
// Whoever compares then and now knows whether what was read is still true.
void TornFinder::collectSnapshots(NodeId Branch) {
  auto isSame = [&](const Expr *A, const Expr *B) {
    std::optional<AccessPath> First = Table.resolver().resolve(A),
                              Second = Table.resolver().resolve(B);
    if (First && Second)
      return *First == *Second;
    llvm::FoldingSetNodeID IdA, IdB;
    stripped(A)->Profile(IdA, TU.context(), true);
    stripped(B)->Profile(IdB, TU.context(), true);
    return IdA == IdB;
  };
  auto compares = [&](const Expr *Then, const Expr *Now) {
    const VarDecl *Var = variableOf(stripped(Then));
    auto It = Var ? ValuesOf.find(Var) : ValuesOf.end();
    return It != ValuesOf.end() &&
           llvm::any_of(It->second,
                        [&](const Expr *Value) { return isSame(Value, Now); });
  };
  forEachBelow(G.node(Branch).S, [&](const Stmt *S) {
    const Expr *Left = nullptr, *Right = nullptr;
    if (const auto *Binary = dyn_cast<BinaryOperator>(S);
        Binary && Binary->isComparisonOp()) {
      Left = Binary->getLHS();
      Right = Binary->getRHS();
    } else if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(S);
               Call && Call->isComparisonOp() && Call->getNumArgs() == 2) {
      Left = Call->getArg(0);
      Right = Call->getArg(1);
    }
    if (Left && (compares(Left, Right) || compares(Right, Left)))
      Snapshots.set(Branch);
  });
}

/// The expressions that \p Value is computed from: itself and what defined the
/// locals in it. Flow-insensitive; the search follows the flow.
std::vector<const Expr *> TornFinder::dependencies(const Expr *Value) const {
  std::vector<const Expr *> Result{Value};
  Carriers.clear();
  Mentions.clear();
  size_t Level = 0;
  for (unsigned Depth = 0; Depth < MaxDependencyDepth; ++Depth)
    for (size_t End = Result.size(); Level < End; ++Level)
      forEachBelow(Result[Level], [&](const Stmt *Below) {
        const auto *E = dyn_cast<Expr>(Below);
        const VarDecl *Var = E ? variableOf(E) : nullptr;
        // A reference stands for its place; its reads are accesses themselves.
        if (!Var || llvm::is_contained(Carriers, Var) ||
            Carriers.size() == MaxCarriers)
          return;
        auto It = ValuesOf.find(Var);
        if (It == ValuesOf.end())
          return;
        Carriers.push_back(Var);
        llvm::append_range(Result, It->second);
      });
  return Result;
}

/// The carriers that \p E mentions, as bits of the state.
unsigned TornFinder::mentioned(const Expr *E) const {
  if (!E || Carriers.empty())
    return 0;
  auto [Known, New] = Mentions.try_emplace(E, 0);
  if (!New)
    return Known->second;
  unsigned Bits = 0;
  forEachBelow(E, [&](const Stmt *S) {
    const auto *Inner = dyn_cast<Expr>(S);
    const VarDecl *Var = Inner ? variableOf(Inner) : nullptr;
    auto It = llvm::find(Carriers, Var);
    if (Var && It != Carriers.end())
      Bits |= 1U << (FirstCarrier + (It - Carriers.begin()));
  });
  Mentions[E] = Bits;
  return Bits;
}

/// `busy_ = true` before the suspension, where `busy_` is tested somewhere
/// here: whoever comes next finds the place taken.
bool TornFinder::reserves(const Access &A) const {
  if (A.Kind == AccessKind::Read || !llvm::is_contained(Tested, A.Place))
    return false;
  return A.Kind != AccessKind::Write ||
         (A.Value && isConstantValue(A.Value, TU.context()) &&
          !isEmptyConstant(A.Value, TU.context()));
}

/// After the suspension, \p A makes what was known of the place fresh again: it
/// decides by a new look, or puts the value that is there now into what is
/// written. A read for its own sake (a log line) does not.
bool TornFinder::freshens(const Access &A, const Search &S) const {
  if (A.Kind != AccessKind::Read)
    return A.Place.startsWith(*S.Place) || S.Place->startsWith(A.Place);
  if (!A.Place.startsWith(*S.Place))
    return false;
  return inDecision(A.Site) || llvm::any_of(S.Sources, [&](const Expr *Source) {
           return G.parents().isWithin(A.Site, Source);
         });
}

/// A condition asks a member function of our own that looks at the place, or
/// whose body is not visible.
bool TornFinder::predicateLooksAt(NodeId N, const AccessPath &Place) {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(G.node(N).S);
  const FieldDecl *Field = Place.lastField();
  if (!Call || !Field || Place.Root != AccessPath::This ||
      !isa<CXXThisExpr>(stripped(Call->getImplicitObjectArgument())) ||
      !inDecision(Call))
    return false;
  const FunctionDecl *Body = nullptr;
  if (!Call->getMethodDecl() || !Call->getMethodDecl()->hasBody(Body))
    return Call->getMethodDecl() && Call->getMethodDecl()->isConst();
  return llvm::is_contained(TU.index().users(Field), Body);
}

const CoroutineSuspendExpr *TornFinder::torn(const Search &S) {
  if (++Searches > MaxSearches)
    return nullptr;
  llvm::SmallVector<const llvm::BitVector *, 4> Regions;
  for (const Exclusion::Region &R : exclusion().regions())
    if (R.Held[S.From] && R.Held[S.To] && Regions.size() < MaxRegions)
      Regions.push_back(&R.Held);
  const PathState AllLeft = ((1U << Regions.size()) - 1) << FirstRegion;
  const PathState ValueMask = S.Value ? mentioned(S.Value) : 0;
  const bool InValue =
      S.Read && S.Value && G.parents().isWithin(S.Read->Site, S.Value);

  PathQuery Q;
  Q.Start = S.From;
  Q.State = S.Read ? InFlight : 0;
  auto Visit = [&](NodeId N, PathState State) {
    for (size_t I = 0; I < Regions.size(); ++I)
      if (!(*Regions[I])[N])
        State |= 1U << (FirstRegion + I);
    if (N == S.To) {
      bool Arrives =
          !S.Read || (State & ValueMask) || (InValue && (State & InFlight));
      return (State & Suspended) && Arrives && (State & AllLeft) == AllLeft
                 ? PathStep::found()
                 : PathStep::stop();
    }
    const Node &Here = G.node(N);
    if (Here.Kind == NodeKind::Suspend)
      return PathStep::go(State | Suspended);
    if ((State & Suspended) && (Snapshots[N] || predicateLooksAt(N, *S.Place)))
      return PathStep::stop();
    for (const Access &A : Table.at(N)) {
      bool Overlaps =
          A.Place.startsWith(*S.Place) || S.Place->startsWith(A.Place);
      if (State & Suspended
              ? freshens(A, S)
              : (Overlaps && A.Kind != AccessKind::Read) || reserves(A))
        return PathStep::stop();
    }
    if (!S.Read)
      return PathStep::go(State);
    for (const Definition &D : Defined.lookup(N)) {
      auto It = llvm::find(Carriers, D.Var);
      if (It == Carriers.end())
        continue;
      const PathState Bit = 1U << (FirstCarrier + (It - Carriers.begin()));
      bool Takes =
          (State & InFlight) && G.parents().isWithin(S.Read->Site, D.Value);
      bool Carries =
          Takes || (State & mentioned(D.Value)) || (D.Keeps && (State & Bit));
      State = Carries ? State | Bit : State & ~Bit;
      if (Takes)
        State &= ~InFlight;
    }
    // Nothing carries the old value any more.
    return State & (CarrierMask | InFlight) ? PathStep::go(State)
                                            : PathStep::stop();
  };
  Q.Visit = Visit;
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

/// The place as the code spells it, where that is short.
std::string TornFinder::spelled(const Access &A) const {
  constexpr size_t Short = 48;
  const Expr *Target = stripped(A.Site);
  if (const auto *Binary = dyn_cast<BinaryOperator>(Target))
    Target = Binary->getLHS();
  else if (const auto *Unary = dyn_cast<UnaryOperator>(Target);
           Unary && Unary->isIncrementDecrementOp())
    Target = Unary->getSubExpr();
  else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Target);
           Operator && (Operator->isAssignmentOp() ||
                        Operator->getOperator() == OO_PlusPlus ||
                        Operator->getOperator() == OO_MinusMinus))
    Target = Operator->getArg(0);
  else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(Target))
    Target = A.Place.Parts.back().K == PathPart::Element
                 ? nullptr
                 : Call->getImplicitObjectArgument();
  std::string Text;
  if (Target) {
    PrintingPolicy Policy = TU.context().getPrintingPolicy();
    Policy.SuppressImplicitBase = true;
    llvm::raw_string_ostream OS(Text);
    stripped(Target)->printPretty(OS, nullptr, Policy);
    if (llvm::StringRef(Text).starts_with("this->"))
      Text.erase(0, strlen("this->"));
  }
  return Text.empty() || Text.size() > Short || Text.find('\n') != Text.npos
             ? A.Place.str()
             : Text;
}

std::vector<TornState> TornFinder::run() {
  checkThenSpawn();
  if (G.suspendNodes().empty())
    return std::move(Found);
  collect();
  for (const Access &W : Table.all()) {
    if (G.work().isUsedUp())
      break;
    if (W.Kind == AccessKind::Read || sharingOf(W.Place, G) == Sharing::Local)
      continue;
    if (!staleWrite(W))
      checkThenAct(W);
  }
  if (Options.HalfUpdates)
    halfUpdates();
  if (Options.EarlyCommits)
    earlyCommits();
  if (Searches > MaxSearches)
    TU.gaveUp({"too many reads and writes of shared state"});
  // Asked last, because it looks through the whole translation unit.
  if (!Found.empty() && runsLocked(F.function(), TU))
    Found.clear();
  return std::move(Found);
}

std::vector<TornState> findTornState(const FunctionAnalysis &F, TUAnalysis &TU,
                                     const TornStateOptions &Options) {
  return TornFinder(F, TU, Options).run();
}

} // namespace codrop
