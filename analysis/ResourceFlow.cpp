// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/ResourceFlow.h"
#include "analysis/HandlerFlags.h"
#include "analysis/Names.h"
#include "analysis/ResourceConditions.h"
#include "analysis/ResourceValue.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

bool contains(const std::vector<std::string> &Names, llvm::StringRef Name) {
  return llvm::is_contained(Names, Name);
}

/// Set in a state between a throw and the handler that takes it.
constexpr PathState ToHandler = 4;
/// Set once a handler has run.
constexpr PathState Caught = 8;

/// What happens to the object at a node.
enum class Event {
  Nothing,
  Closes,
  DropsClose, ///< Its close is called and nobody awaits it.
  Opens,
  PutsToUse,
  LetsGo,  ///< Moved, stored, given away: no longer ours to close.
  Assigns, ///< Gets another value.
  Empties,
  Refills,
};

/// Follows one object.
class Follower {
public:
  Follower(const FunctionAnalysis &F, TUAnalysis &TU, ObjectId O,
           const Resource &R, bool Indirect)
      : F(F), TU(TU), G(*F.graph()), O(O), Obj(G.object(O)), R(R),
        Indirect(Indirect) {}

  std::optional<UnclosedResource> run(EdgeSet Edges);

private:
  struct Happening {
    Event What = Event::Nothing;
    const Expr *Site = nullptr;
    const Expr *Value = nullptr; ///< For Assigns.
    bool OfHeld = false;         ///< Assigns to what the holder holds.
    bool Unseen = false; ///< LetsGo to a function whose body is not visible.
  };

  void readUses();
  Happening happening(const Use &U);
  Happening memberCall(const Expr *Site, const FunctionDecl *Callee,
                       bool OnHolder);
  Happening passed(const Use &U);
  bool isUsedByItsLibrary(const FunctionDecl *Callee) const;
  Happening closing(const Expr *Site);
  void opening(const Expr *Site, const Stmt *Await);
  std::optional<PathState> startState(NodeId &Start);
  PathStep visit(NodeId N, PathState State);
  std::optional<PathState> take(NodeId N, const Edge &E, PathState State);

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  ObjectId O;
  const Object &Obj;
  const Resource &R;
  bool Indirect;

  llvm::DenseMap<NodeId, Happening> At;
  /// The awaits of opening calls: open only when they have succeeded.
  llvm::DenseSet<const Stmt *> OpeningAwaits;
  /// Whatever opens it, in any way.
  llvm::SmallVector<const Stmt *, 4> Opens;
  /// Variables that hold the outcome of opening.
  llvm::DenseSet<const VarDecl *> Outcomes;
  /// Variables that hold the task of a close.
  llvm::SmallVector<const VarDecl *, 1> KeptTasks;
  llvm::SmallVector<NodeId, 4> Closes, Mentions;
  std::optional<ResourceConditions> Conditions;
  std::optional<HandlerFlags> Handlers;
  MissedClose How = MissedClose::Destroyed;
};

// --- What each mention does --------------------------------------------------

Follower::Happening Follower::closing(const Expr *Site) {
  CloseFate Fate = fateOfClose(Site, TU.types(), G.parents());
  if (Fate.Is == CloseFate::Done)
    return {Event::Closes, Site};
  if (Fate.Is == CloseFate::Kept)
    KeptTasks.push_back(Fate.KeptIn);
  return {Event::DropsClose, Site};
}

// `auto ec = co_await c.open(host);`, `co_await c.open(host, ec);`
void Follower::opening(const Expr *Site, const Stmt *Await) {
  Opens.push_back(Await ? Await : Site);
  if (Await)
    if (const VarDecl *Outcome = resultFate(cast<Expr>(Await), G.parents()).Var;
        Outcome && Outcome != Obj.Var)
      Outcomes.insert(Outcome);
  ParentTable Table(Site);
  for (const Stmt *S : Table.preorder()) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (!Var || Var == Obj.Var || !Var->hasLocalStorage())
      continue;
    const CXXRecordDecl *RD = Var->getType()->getAsCXXRecordDecl();
    if (RD && RD->getIdentifier() && RD->getName().contains("error"))
      Outcomes.insert(Var);
  }
}

Follower::Happening Follower::memberCall(const Expr *Site,
                                         const FunctionDecl *Callee,
                                         bool OnHolder) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
  llvm::StringRef Name = nameOf(Callee);
  if (OnHolder) {
    if (Name == "release" || Name == "swap")
      return {Event::LetsGo, Site};
    if (Name != "reset" && Name != "emplace")
      return {};
    const auto *Call = cast<CallExpr>(Site);
    bool Refills =
        Name == "emplace" ||
        (Call->getNumArgs() > 0 && !isa<CXXDefaultArgExpr>(Call->getArg(0)) &&
         !isEmptyValue(Call->getArg(0), true));
    if (Refills)
      Opens.push_back(Site);
    return {Refills ? Event::Refills : Event::Empties, Site};
  }
  if (contains(R.Close, Name) || (Callee && TU.knowledge().closer(Callee)))
    return closing(Site);
  if (contains(R.Open, Name)) {
    ResultFate Fate = resultFate(Site, G.parents());
    bool Awaited = Fate.Use == ResultUse::Awaited;
    opening(Site, Awaited ? Fate.Site : nullptr);
    if (!Awaited)
      return {Event::Opens, Site};
    OpeningAwaits.insert(Fate.Site);
    return {};
  }
  if (R.Inferred && runsToItsEnd(Name)) {
    bool Runs = !TU.types().isAwaitable(Site->getType()) ||
                resultFate(Site, G.parents()).Use == ResultUse::Awaited;
    return {Runs ? Event::Closes : Event::PutsToUse, Site};
  }
  if ((R.Inferred && namesAnEnd(Name)) ||
      TU.summaries().closesObject(Method, R.Close))
    return closing(Site);
  if (Name == "release" || Name == "detach" || Name == "swap")
    return {Event::LetsGo, Site};
  return {putsToUse(Method) ? Event::PutsToUse : Event::Nothing, Site};
}

static const NamespaceDecl *outermostNamespace(const Decl *D) {
  const NamespaceDecl *Found = nullptr;
  for (const DeclContext *C = D->getDeclContext(); C; C = C->getParent())
    if (const auto *Namespace = dyn_cast<NamespaceDecl>(C))
      Found = Namespace->getFirstDecl();
  return Found;
}

// `seastar::copy(in, out)`: which functions of a library close what they are
// given is part of what is known about it.
bool Follower::isUsedByItsLibrary(const FunctionDecl *Callee) const {
  const NamespaceDecl *Library = outermostNamespace(Callee);
  return R.OfLibrary && R.Record && Library && !isa<CXXMethodDecl>(Callee) &&
         Library == outermostNamespace(R.Record);
}

Follower::Happening Follower::passed(const Use &U) {
  if (!U.Callee || U.Callee->isInStdNamespace())
    return {Event::LetsGo, U.Site};
  const auto *Ctor = dyn_cast<CXXConstructorDecl>(U.Callee);
  if (TU.knowledge().closer(U.Callee) ||
      (Ctor && TU.knowledge().closerType(Ctor->getParent())))
    return {Event::Closes, U.Site};
  switch (TU.summaries().parameterFate(U.Callee, U.Argument, R.Close)) {
  case ParameterFate::OnlyUses:
    return {U.Kind == UseKind::PassedByReference ? Event::PutsToUse
                                                 : Event::Nothing,
            U.Site};
  case ParameterFate::Closes:
    return closing(U.Site);
  case ParameterFate::Escapes:
    break;
  case ParameterFate::Unknown:
    if (isUsedByItsLibrary(U.Callee))
      return {Event::PutsToUse, U.Site};
    return {Event::LetsGo, U.Site, nullptr, false, Ctor == nullptr};
  }
  return {Event::LetsGo, U.Site};
}

Follower::Happening Follower::happening(const Use &U) {
  switch (U.Kind) {
  case UseKind::MemberCall:
    return memberCall(U.Site, U.Callee, Indirect && !U.ThroughPointer);
  case UseKind::Moved: {
    // `co_await std::move(c).close()`
    const Stmt *P = G.parents().effectiveParent(U.Site);
    if (const auto *Member = dyn_cast_or_null<MemberExpr>(P))
      if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(
              G.parents().effectiveParent(Member)))
        if (contains(R.Close, nameOf(Call->getMethodDecl())))
          return closing(Call);
    return {Event::LetsGo, U.Site};
  }
  case UseKind::Assigned: {
    if (U.ThroughPointer && !Indirect)
      return {Event::LetsGo, U.Site};
    const Expr *Value = nullptr;
    if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(U.Site))
      Value = Call->getNumArgs() > 1 ? Call->getArg(1) : nullptr;
    else if (const auto *Binary = dyn_cast<BinaryOperator>(U.Site))
      Value = Binary->getRHS();
    Opens.push_back(U.Site);
    return {Event::Assigns, U.Site, Value, U.ThroughPointer};
  }
  case UseKind::PassedByReference:
    return passed(U);
  case UseKind::PassedByConstReference:
    // A copy, or the pointee of a const unique_ptr, can still be closed.
    return R.Copyable || (Indirect && !U.ThroughPointer) ? passed(U)
                                                         : Happening();
  case UseKind::FieldAccess: {
    const Stmt *P = G.parents().effectiveParent(U.Site);
    bool TakenOut = isa_and_nonnull<Expr>(P) && movedOperand(cast<Expr>(P));
    return {TakenOut ? Event::LetsGo : Event::Nothing, U.Site};
  }
  case UseKind::Value:
  case UseKind::Condition:
    return {};
  case UseKind::Other: {
    // `(void)c;` changes nothing; what else is not understood lets it go.
    const Stmt *P = G.parents().effectiveParent(U.Ref);
    const auto *Cast = dyn_cast_or_null<CastExpr>(P);
    bool Ignored =
        !P || !isa<Expr>(P) || (Cast && Cast->getCastKind() == CK_ToVoid);
    return {Ignored ? Event::Nothing : Event::LetsGo, U.Site};
  }
  case UseKind::Copied:
  case UseKind::AddressTaken:
  case UseKind::ReferenceBound:
  case UseKind::Returned:
    return {Event::LetsGo, U.Site};
  }
  return {};
}

void Follower::readUses() {
  for (const UseTable::At &Mention : F.uses().of(Obj.Var)) {
    Mentions.push_back(Mention.Node);
    Happening Found = happening(Mention.What);
    NodeId N = Mention.Node;
    // The right side of an assignment may still suspend and throw.
    if (Found.What == Event::Assigns)
      N = G.nodeOf(Found.Site).value_or(N);
    At[N] = Found;
    if (Found.What == Event::Closes)
      Closes.push_back(N);
  }
  // `co_await copy(in, out); co_await out.close();`: who closes it afterwards
  // has not handed it over.
  for (auto &[N, Found] : At)
    if (Found.Unseen) {
      llvm::BitVector Reach = reachableFrom(G, N, NormalEdges);
      if (llvm::any_of(Closes, [&](NodeId C) { return Reach[C]; }))
        Found.What = Event::PutsToUse;
    }
  // `auto closing = c.close(); … co_await closing;`
  for (const VarDecl *Task : KeptTasks)
    for (const UseTable::At &Mention : F.uses().of(Task)) {
      if (Mention.What.Kind == UseKind::Other)
        continue;
      At[Mention.Node] = {Event::Closes, Mention.What.Site};
      Closes.push_back(Mention.Node);
    }
}

// --- The way through the function --------------------------------------------

std::optional<PathState> Follower::startState(NodeId &Start) {
  // An opening call on it says that it comes closed.
  bool OpenedHere = llvm::any_of(Opens, [&](const Stmt *S) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    return isa<CoroutineSuspendExpr>(S) ||
           (Call && contains(R.Open, nameOf(Call->getMethodDecl())));
  });
  Start = G.entry();
  if (Obj.K == Object::Parameter) {
    // A copyable handle is passed around; only a moved-in one is ours.
    if (R.Copyable)
      return Closed;
    return OpenedHere ? Closed : Open;
  }
  std::optional<NodeId> Birth = G.birthOf(O);
  if (!Birth)
    return std::nullopt; // Never reached.
  Start = *Birth;
  ResourceState State = stateOfValue(Obj.Var->getInit(), R, Indirect);
  if (State == Open && OpenedHere)
    return Closed;
  if (State == Open) {
    const Expr *Init = stripped(Obj.Var->getInit());
    opening(Obj.Var->getInit(), nullptr);
    Opens.push_back(Init);
  }
  return State;
}

PathStep Follower::visit(NodeId N, PathState State) {
  const Node &Here = G.node(N);
  PathState Flags = State & (ToHandler | Caught);
  State &= ~Flags;
  auto go = [&](PathState S) { return PathStep::go(S | Flags); };
  if (Here.Kind == NodeKind::ObjectEnd && Here.Obj == O) {
    if (State != Open)
      return PathStep::stop();
    How = MissedClose::Destroyed;
    return PathStep::found();
  }
  auto It = At.find(N);
  if (It == At.end())
    return go(State);
  const Happening &Now = It->second;
  switch (Now.What) {
  case Event::Nothing:
  case Event::DropsClose:
    return go(State);
  case Event::Closes:
  case Event::LetsGo:
    return go(Closed);
  case Event::Opens:
    return go(Open);
  case Event::PutsToUse:
    return go(State == Fresh ? Open : State);
  case Event::Assigns:
    if (State == Open) {
      How = isEmptyValue(Now.Value, Indirect) ? MissedClose::Reset
                                              : MissedClose::Overwritten;
      return PathStep::found();
    }
    return go(Now.Value ? stateOfValue(Now.Value, R, Indirect && !Now.OfHeld)
                        : Closed);
  case Event::Empties:
  case Event::Refills:
    if (State == Open) {
      How = Now.What == Event::Empties ? MissedClose::Reset
                                       : MissedClose::Overwritten;
      return PathStep::found();
    }
    return go(Now.What == Event::Empties ? Closed : stateWhenConstructed(R));
  }
  return go(State);
}

std::optional<PathState> Follower::take(NodeId N, const Edge &E,
                                        PathState State) {
  const Node &Here = G.node(N);
  // A task that is dropped before it starts is not this rule's matter.
  if (E.Kind == EdgeKind::Destroy && Here.Kind == NodeKind::Suspend &&
      G.suspension(N).Kind == SuspensionKind::Initial)
    return std::nullopt;
  if (E.Kind == EdgeKind::Throw) {
    const auto *Throw = dyn_cast_or_null<CXXThrowExpr>(Here.S);
    const CXXTryStmt *Try = Throw ? G.parents().enclosingTry(Throw) : nullptr;
    return Try && catches(Try, Throw) ? State | ToHandler : State;
  }
  if (Here.Kind == NodeKind::Dispatch) {
    bool Taken =
        (State & ToHandler) || catchesWhatAwaitsThrow(cast<CXXTryStmt>(Here.S));
    if (leadsToHandler(G, E))
      return (State & ~ToHandler) | Caught;
    return Taken ? std::nullopt : std::optional<PathState>(State & ~ToHandler);
  }
  if (!(State & Caught) && Handlers->needsHandler(N, E))
    return std::nullopt;
  if (Here.S && OpeningAwaits.contains(Here.S) &&
      (E.Kind == EdgeKind::Resume || E.Kind == EdgeKind::Normal))
    return Open | (State & Caught);
  if ((State & ~Caught) == Open && Conditions->saysClosed(N, E))
    return Closed | (State & Caught);
  return State;
}

std::optional<UnclosedResource> Follower::run(EdgeSet Edges) {
  NodeId Start = 0;
  readUses();
  std::optional<PathState> State = startState(Start);
  if (!State || (*State == Closed && Obj.K == Object::Parameter && R.Copyable))
    return std::nullopt;
  Conditions.emplace(G, Obj.Var, Closes, Mentions, Opens, Outcomes);
  Handlers.emplace(F, Start);
  PathQuery Q;
  Q.Start = Start;
  Q.State = *State;
  Q.Edges = R.NormalPathOnly ? NormalEdges : Edges;
  auto Visit = [&](NodeId N, PathState S) { return visit(N, S); };
  auto Take = [&](NodeId N, const Edge &E, PathState S) {
    return take(N, E, S);
  };
  Q.Visit = Visit;
  Q.Take = Take;
  GaveUp Why;
  std::optional<Path> Way = findPath(G, Q, &Why);
  if (!Way) {
    if (!Why.Reason.empty())
      TU.gaveUp(Why);
    return std::nullopt;
  }
  UnclosedResource Found;
  Found.Obj = O;
  Found.What = &R;
  Found.How = How;
  Found.Opened = Obj.Loc;
  // The last opening call on the way is where it became open.
  for (NodeId N : Way->Nodes) {
    if (G.node(N).S && OpeningAwaits.contains(G.node(N).S))
      Found.Opened = cast<Expr>(G.node(N).S)->getExprLoc();
    auto It = At.find(N);
    if (It == At.end() || N == Way->Nodes.back())
      continue;
    Event What = It->second.What;
    if (What == Event::Assigns || What == Event::Opens ||
        What == Event::Refills)
      Found.Opened = It->second.Site->getExprLoc();
    if (What == Event::DropsClose)
      Found.DroppedClose = It->second.Site;
  }
  Found.ClosedElsewhere =
      !Closes.empty() || llvm::any_of(At, [](const auto &Entry) {
        return Entry.second.What == Event::LetsGo;
      });
  Found.Way = std::move(*Way);
  return Found;
}

} // namespace

std::vector<UnclosedResource> findUnclosedResources(const FunctionAnalysis &F,
                                                    TUAnalysis &TU,
                                                    ResourceFinder Find,
                                                    EdgeSet Edges) {
  std::vector<UnclosedResource> Result;
  const SuspendCFG &G = *F.graph();
  for (ObjectId O = 0; O < G.objects().size() && !G.work().isUsedUp(); ++O) {
    const Object &Obj = G.object(O);
    if (Obj.Type->isReferenceType() || Obj.Type->isPointerType())
      continue;
    bool Indirect = false;
    const Resource *R = Find(Obj.Type, Indirect);
    if (!R)
      continue;
    std::optional<UnclosedResource> Found =
        Obj.K == Object::Temporary
            ? followTemporary(G, O, TU, *R, Indirect)
            : Follower(F, TU, O, *R, Indirect).run(Edges);
    if (Found)
      Result.push_back(std::move(*Found));
  }
  return Result;
}

} // namespace codrop
