// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/ResourceFlow.h"
#include "analysis/HandlerFlags.h"
#include "analysis/ResourceConditions.h"
#include "analysis/ResourceValue.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

using Event = ResourceEvent;

/// Set in a state between a throw and the handler that takes it.
constexpr PathState ToHandler = 4;
/// Set once a handler has run.
constexpr PathState Caught = 8;
/// Set once it has been closed.
constexpr PathState Ended = 16;

/// Follows one object, or one name of a structured binding.
class Follower {
public:
  Follower(const FunctionAnalysis &F, TUAnalysis &TU, ObjectId O,
           const ValueDecl *Name, const FoundResource &R, ResourceFinder Find)
      : F(F), TU(TU), G(*F.graph()), O(O), Obj(G.object(O)), Name(Name),
        R(*R.What), Kind(R), Find(Find), Uses(F, TU, R, Find) {}

  std::optional<UnclosedResource> run(EdgeSet Edges);

private:
  ResourceState stateOfInit() const;
  std::optional<PathState> startState(NodeId &Start);
  PathStep visit(NodeId N, PathState State);
  std::optional<PathState> take(NodeId N, const Edge &E, PathState State);
  bool endsClosingLoop(NodeId N) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  ObjectId O;
  const Object &Obj;
  const ValueDecl *Name;
  const Resource &R;
  const FoundResource Kind;
  ResourceFinder Find;
  ResourceUses Uses;
  std::optional<ResourceConditions> Conditions;
  std::optional<HandlerFlags> Handlers;
  MissedClose How = MissedClose::Destroyed;
};

// --- The way through the function --------------------------------------------

ResourceState Follower::stateOfInit() const {
  const Expr *Init = Obj.Var->getInit();
  // A name of a structured binding is a part of what is taken apart.
  if (Name != Obj.Var || Kind.Part)
    return stateOfParts(Init, Name->getType(), Kind, Find);
  return stateOfValue(Init, R, Kind.Indirect);
}

std::optional<PathState> Follower::startState(NodeId &Start) {
  bool OpenedHere = Uses.isOpenedByCall();
  Start = G.entry();
  if (Obj.K == Object::Parameter) {
    // A copyable handle is passed around; only a moved-in one is ours. Which of
    // its kinds a variant is, and whose a struct's parts are, is not known.
    if (R.Copyable || (Kind.Part && !isContainer(Obj.Type)))
      return Closed;
    return OpenedHere ? Closed : Open;
  }
  std::optional<NodeId> Birth = G.birthOf(O);
  if (!Birth)
    return std::nullopt; // Never reached.
  Start = *Birth;
  ResourceState State = stateOfInit();
  if (State == Open && OpenedHere && !Kind.Part)
    return Closed;
  if (State == Open && Obj.Var->getInit()) {
    Uses.opening(Obj.Var->getInit(), nullptr);
    Uses.addOpen(stripped(Obj.Var->getInit()));
  }
  return State;
}

PathStep Follower::visit(NodeId N, PathState State) {
  const Node &Here = G.node(N);
  PathState Flags = State & (ToHandler | Caught | Ended);
  State &= ~Flags;
  auto go = [&](PathState S) { return PathStep::go(S | Flags); };
  if (Here.Kind == NodeKind::ObjectEnd && Here.Obj == O) {
    if (State != Open)
      return PathStep::stop();
    How = MissedClose::Destroyed;
    return PathStep::found();
  }
  const Happening *Now = Uses.at(N);
  if (!Now)
    return go(State);
  switch (Now->What) {
  case Event::Nothing:
  case Event::DropsClose:
    return go(State);
  case Event::Closes:
    Flags |= Ended;
    return go(Closed);
  case Event::LetsGo:
    return go(Closed);
  case Event::Opens:
    // A gate that was closed lets nobody in any more.
    if ((Flags & Ended) && !R.Inferred && !Kind.Part)
      return go(State);
    return go(Now->Becomes == Closed ? State : PathState(Now->Becomes));
  case Event::PutsToUse:
    return go(State == Fresh ? Open : State);
  case Event::Assigns:
    if (State == Open) {
      How = Now->AssignsNothing ? MissedClose::Reset : MissedClose::Overwritten;
      return PathStep::found();
    }
    return go(Now->Becomes);
  case Event::Empties:
  case Event::Refills:
    if (State == Open) {
      How = Now->What == Event::Empties ? MissedClose::Reset
                                        : MissedClose::Overwritten;
      return PathStep::found();
    }
    return go(Now->What == Event::Empties ? Closed : PathState(Now->Becomes));
  }
  return go(State);
}

/// `for (auto &c : all) co_await c.close();`: when closing one of them throws,
/// nobody closes the others.
bool Follower::endsClosingLoop(NodeId N) const {
  const auto *Await = dyn_cast_or_null<CoroutineSuspendExpr>(G.suspension(N).E);
  if (!Kind.Part || !Await || !Uses.isClose(stripped(Await->getOperand())))
    return false;
  const ParentTable &Parents = G.parents();
  const Stmt *Loop = Await;
  while (Loop && !isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(Loop))
    Loop = Parents.parent(Loop);
  std::optional<NodeId> Birth = G.birthOf(O);
  if (!Loop ||
      (Birth && G.node(*Birth).S && Parents.isWithin(G.node(*Birth).S, Loop)))
    return false;
  const CXXTryStmt *Try = Parents.enclosingTry(Await);
  return !Try || !Parents.isWithin(Try, Loop);
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
  if (E.Kind == EdgeKind::Unwind && Here.Kind == NodeKind::Suspend &&
      (State & ~(Caught | Ended)) == Closed && endsClosingLoop(N))
    return Open | (State & (Caught | Ended));
  if (Here.Kind == NodeKind::Dispatch) {
    bool Taken =
        (State & ToHandler) || catchesWhatAwaitsThrow(cast<CXXTryStmt>(Here.S));
    if (leadsToHandler(G, E))
      return (State & ~ToHandler) | Caught;
    return Taken ? std::nullopt : std::optional<PathState>(State & ~ToHandler);
  }
  if (!(State & Caught) && Handlers->needsHandler(N, E))
    return std::nullopt;
  if (Here.S && Uses.isOpeningAwait(Here.S) &&
      (E.Kind == EdgeKind::Resume || E.Kind == EdgeKind::Normal))
    return Open | (State & (Caught | Ended));
  if ((State & ~(Caught | Ended)) == Open && Conditions->saysClosed(N, E))
    return Closed | (State & (Caught | Ended));
  return State;
}

std::optional<UnclosedResource> Follower::run(EdgeSet Edges) {
  NodeId Start = 0;
  Uses.read(Name, Obj.Var);
  // `if (all.empty())`, `if (both.second)`, `auto [error, c] = …; if (error)`
  if (Kind.Part)
    Uses.addOutcome(Name);
  if (const auto *Bindings = dyn_cast<DecompositionDecl>(Obj.Var))
    for (const BindingDecl *Binding : Bindings->bindings())
      Uses.addOutcome(Binding);
  std::optional<PathState> State = startState(Start);
  if (!State || (*State == Closed && Obj.K == Object::Parameter && R.Copyable))
    return std::nullopt;
  Conditions.emplace(G, Uses);
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
  Found.Name = Name;
  Found.Part = Kind.Part;
  Found.What = &R;
  Found.How = How;
  Found.Opened = Obj.Loc;
  // The last opening call on the way is where it became open.
  for (NodeId N : Way->Nodes) {
    if (G.node(N).S && Uses.isOpeningAwait(G.node(N).S))
      Found.Opened = cast<Expr>(G.node(N).S)->getExprLoc();
    const Happening *Here = Uses.at(N);
    if (!Here || N == Way->Nodes.back())
      continue;
    Event What = Here->What;
    if (What == Event::Assigns || What == Event::Opens ||
        What == Event::Refills)
      Found.Opened = Here->Site->getExprLoc();
    if (What == Event::DropsClose)
      Found.DroppedClose = Here->Site;
  }
  Found.ClosedElsewhere = !Uses.closes().empty() || Uses.any(Event::LetsGo);
  Found.Way = std::move(*Way);
  return Found;
}

/// `[c = co_await connect()]() mutable -> task<> { … }`: nobody but the lambda
/// can close what it has captured.
std::optional<UnclosedResource>
followCapture(const FunctionAnalysis &F, TUAnalysis &TU, const VarDecl *Var,
              const FoundResource &R, ResourceFinder Find) {
  if (R.What->Copyable ||
      stateOfValue(Var->getInit(), *R.What, R.Indirect) != Open)
    return std::nullopt;
  ResourceUses Uses(F, TU, R, Find);
  Uses.read(Var, Var);
  if (!Uses.closes().empty() || Uses.any(Event::LetsGo) ||
      Uses.isOpenedByCall())
    return std::nullopt;
  UnclosedResource Found;
  Found.Name = Var;
  Found.What = R.What;
  Found.Opened = Var->getLocation();
  return Found;
}

} // namespace

std::vector<UnclosedResource> findUnclosedResources(const FunctionAnalysis &F,
                                                    TUAnalysis &TU,
                                                    ResourceFinder Find,
                                                    EdgeSet Edges) {
  std::vector<UnclosedResource> Result;
  const SuspendCFG &G = *F.graph();
  auto add = [&](std::optional<UnclosedResource> Found) {
    if (Found)
      Result.push_back(std::move(*Found));
  };
  auto follow = [&](ObjectId O, const ValueDecl *Name, const FoundResource &R) {
    if (R.What)
      add(Follower(F, TU, O, Name, R, Find).run(Edges));
  };
  for (ObjectId O = 0; O < G.objects().size() && !G.work().isUsedUp(); ++O) {
    const Object &Obj = G.object(O);
    if (Obj.Type->isReferenceType() || Obj.Type->isPointerType())
      continue;
    if (const auto *Bindings = dyn_cast_or_null<DecompositionDecl>(Obj.Var)) {
      for (const BindingDecl *Binding : Bindings->bindings())
        if (!Binding->getType()->isReferenceType() &&
            !Binding->getType()->isPointerType())
          follow(O, Binding, findResource(Binding->getType(), Find));
      continue;
    }
    if (Obj.K != Object::Temporary) {
      follow(O, Obj.Var, findResource(Obj.Type, Find));
      continue;
    }
    bool Indirect = false;
    if (const Resource *R = Find(Obj.Type, Indirect))
      add(followTemporary(G, O, TU, *R, Indirect));
  }
  const auto *Method = dyn_cast<CXXMethodDecl>(F.function());
  if (F.coroutine() && Method && Method->getParent()->isLambda())
    for (const LambdaCapture &Capture : Method->getParent()->captures()) {
      const auto *Var = Capture.capturesVariable()
                            ? dyn_cast<VarDecl>(Capture.getCapturedVar())
                            : nullptr;
      if (!Var || !Var->isInitCapture() || Var->getType()->isReferenceType() ||
          Var->getType()->isPointerType())
        continue;
      FoundResource R = findResource(Var->getType(), Find);
      if (R.What && !R.Part)
        add(followCapture(F, TU, Var, R, Find));
    }
  return Result;
}

} // namespace codrop
