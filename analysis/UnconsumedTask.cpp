// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tasks in local variables and containers, followed from where they are put in
// to where the object dies. What the mentions on the way do is TaskUses'. What
// a condition says about another is not known: where a task is made under one,
// ways past its await are not followed.

#include "analysis/DiscardFinder.h"
#include "analysis/HandlerFlags.h"
#include "analysis/ResourceConditions.h"
#include "analysis/TaskUses.h"

using namespace clang;

namespace codrop {

namespace {

constexpr PathState Left = 1;    ///< The start is behind.
constexpr PathState Handled = 2; ///< A handler has run.

class Follower {
public:
  Follower(const FunctionAnalysis &F, TUAnalysis &TU, const TaskDrops &Drops,
           ObjectId O, const HeldTask &Held, const DiscardOptions &Options)
      : F(F), TU(TU), G(*F.graph()), Parents(G.parents()), O(O),
        Var(G.object(O).Var), Held(Held), Options(Options),
        Uses(F, Drops, Held, Options) {}

  std::optional<DiscardedTask> run();

private:
  bool standsUnderBranch(NodeId N) const;
  void readConditions();
  std::optional<DiscardedTask> follow(const TaskFilling &From, EdgeSet Edges);
  PathStep visit(NodeId N, PathState State);
  std::optional<PathState> take(NodeId N, const Edge &E, PathState State);
  SourceLocation leaves(const Path &Way) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  const ParentTable &Parents;
  ObjectId O;
  const VarDecl *Var;
  const HeldTask &Held;
  const DiscardOptions &Options;

  TaskUses Uses;
  /// Conditions of loops around a consumer: taken to hold at least once.
  llvm::SmallVector<const Stmt *, 2> Loops;
  /// Conditions that a consumer stands under.
  llvm::SmallVector<const Stmt *, 4> Guards;
  std::optional<HandlerFlags> Handlers;
  const TaskFilling *Start = nullptr;
  DiscardedTask::Kind Ending = DiscardedTask::Variable;
};

/// In one turn of the loop around it, or of the function, it may be left out.
bool Follower::standsUnderBranch(NodeId N) const {
  for (const Stmt *S = G.node(N).S; S; S = Parents.parent(S))
    if (isa<IfStmt, SwitchStmt, CXXCatchStmt>(S))
      return true;
    else if (isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(S))
      return false;
  return false;
}

void Follower::readConditions() {
  for (const Stmt *Consumer : Uses.consumers()) {
    const Stmt *Child = Consumer;
    for (const Stmt *P = Parents.parent(Child); P;
         Child = P, P = Parents.parent(P)) {
      if (Start->Value && Parents.isWithin(Start->Value, P))
        break;
      if (const auto *If = dyn_cast<IfStmt>(P)) {
        if (If->getCond() != Child)
          Guards.push_back(If->getCond());
      } else if (const auto *Switch = dyn_cast<SwitchStmt>(P)) {
        Guards.push_back(Switch->getCond());
      } else if (const auto *Choice = dyn_cast<ConditionalOperator>(P)) {
        if (Choice->getCond() != Child)
          Guards.push_back(Choice->getCond());
      } else if (const auto *For = dyn_cast<ForStmt>(P)) {
        if (For->getCond())
          Loops.push_back(For->getCond());
      } else if (const auto *While = dyn_cast<WhileStmt>(P)) {
        Loops.push_back(While->getCond());
      } else if (const auto *Range = dyn_cast<CXXForRangeStmt>(P)) {
        if (Range->getCond())
          Loops.push_back(Range->getCond());
      }
    }
  }
}

// --- The way -----------------------------------------------------------------

PathStep Follower::visit(NodeId N, PathState State) {
  const Node &Here = G.node(N);
  if (Here.Kind == NodeKind::ObjectEnd && Here.Obj == O) {
    Ending = DiscardedTask::Variable;
    return PathStep::found();
  }
  // One that is cancelled with its object, and has had time to run, may be
  // meant to run beside what is awaited here, and no longer.
  if (Here.Kind == NodeKind::Suspend && Held.Loss == TaskLoss::Cancelled)
    return PathStep::stop();
  const TaskUse *Use = Uses.at(N);
  if (!Use)
    return PathStep::go(State);
  switch (*Use) {
  case TaskUse::Consumes:
    return PathStep::stop();
  case TaskUse::Asks:
    // Who asks how it is, and awaits it on some ways, knows what he does.
    return Uses.consumers().empty() ? PathStep::go(State) : PathStep::stop();
  case TaskUse::Nothing:
    return PathStep::go(State);
  case TaskUse::Fills:
    if (Held.How != HeldTask::Single)
      return PathStep::go(State);
    [[fallthrough]];
  case TaskUse::Replaces:
    // Two conditions may exclude each other, and one may hold only once.
    if (standsUnderBranch(Start->Node) || standsUnderBranch(N))
      return PathStep::stop();
    Ending = DiscardedTask::Overwritten;
    return PathStep::found();
  case TaskUse::Empties:
    Ending = DiscardedTask::Emptied;
    return PathStep::found();
  }
  return PathStep::go(State);
}

std::optional<PathState> Follower::take(NodeId N, const Edge &E,
                                        PathState State) {
  const Node &Here = G.node(N);
  State |= Left;
  if (Here.Kind == NodeKind::Dispatch) {
    if (leadsToHandler(G, E))
      return State | Handled;
    if (catchesWhatAwaitsThrow(cast<CXXTryStmt>(Here.S)))
      return std::nullopt;
  }
  if (!(State & Handled) && Handlers->needsHandler(N, E))
    return std::nullopt;
  if (E.Taken == Edge::Outcome::None || !Here.S)
    return State;
  auto decides = [&](llvm::ArrayRef<const Stmt *> Conditions) {
    return llvm::any_of(Conditions, [&](const Stmt *Condition) {
      return Parents.isWithin(Here.S, Condition);
    });
  };
  // A loop around the await is entered at least once, and code that knows
  // whether the task was made, or whether something was thrown, asks for it.
  if (E.Taken == Edge::Outcome::False && decides(Loops))
    return std::nullopt;
  if ((Start->Conditional || (State & Handled)) && decides(Guards))
    return std::nullopt;
  return State;
}

SourceLocation Follower::leaves(const Path &Way) const {
  if (std::optional<NodeId> At = Way.leftAt(G))
    if (const CoroutineSuspendExpr *Await = G.suspension(*At).E)
      return Await->getExprLoc();
  for (NodeId N : llvm::reverse(Way.Nodes)) {
    const Stmt *S = G.node(N).S;
    if (N == Way.Nodes.back() && G.node(N).Kind != NodeKind::ObjectEnd && S)
      return S->getBeginLoc();
    if (isa_and_nonnull<CoreturnStmt, ReturnStmt, CXXThrowExpr>(S))
      return S->getBeginLoc();
  }
  for (NodeId N : llvm::reverse(Way.Nodes)) {
    const Node &Here = G.node(N);
    if (Here.Kind == NodeKind::Branch && Here.S)
      return Here.S->getBeginLoc();
  }
  return {};
}

std::optional<DiscardedTask> Follower::follow(const TaskFilling &From,
                                              EdgeSet Edges) {
  Start = &From;
  Loops.clear();
  Guards.clear();
  readConditions();
  Handlers.emplace(F, From.Node);
  PathQuery Q;
  Q.Start = From.Node;
  Q.Edges = Edges;
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
  bool WasAsked = false, WasThrown = false;
  for (size_t I = 0; I + 1 < Way->Nodes.size(); ++I) {
    const TaskUse *Use = Uses.at(Way->Nodes[I]);
    WasAsked |= Use && *Use == TaskUse::Asks;
    WasThrown |= Way->Edges[I].Kind == EdgeKind::Throw;
  }
  DiscardedTask D;
  D.K = Ending;
  D.Loss = Held.Loss;
  D.Var = Var;
  D.Value = From.Value;
  D.Elements = Held.How == HeldTask::Container || Held.How == HeldTask::Several;
  D.Where = Var->getLocation();
  D.Made = From.Value->getExprLoc();
  D.Sure = Way->Sure;
  bool Consumed = !Uses.consumers().empty();
  if (Ending == DiscardedTask::Variable && Consumed) {
    D.K = Way->leftAt(G) ? DiscardedTask::Abandoned : DiscardedTask::SomePath;
    // What was taken from elsewhere may have been known to be done.
    if (!isa<CallExpr, CoroutineSuspendExpr>(From.Value))
      return std::nullopt;
    // A lazy task that is not needed on some way costs nothing there.
    if (Held.Loss == TaskLoss::NeverRuns) {
      if (WasThrown || Way->leftAt(G))
        return std::nullopt;
      D.Sure = Confidence::Maybe;
    }
  }
  if (Ending == DiscardedTask::Overwritten &&
      Held.Loss == TaskLoss::NeverRuns && Way->Nodes.back() != From.Node)
    D.Sure = Confidence::Maybe;
  if (WasAsked || WasThrown || Held.How == HeldTask::Single ||
      Held.Loss == TaskLoss::Unknown ||
      (Held.How == HeldTask::Container && Consumed))
    D.Sure = Confidence::Maybe;
  if (D.K != DiscardedTask::Variable)
    D.Leaves = leaves(*Way);
  return D;
}

std::optional<DiscardedTask> Follower::run() {
  if (!Uses.read(O) || Uses.fillings().empty())
    return std::nullopt;
  std::optional<DiscardedTask> Best;
  auto better = [&](std::optional<DiscardedTask> D) {
    if (D && (!Best || (D->Sure == Confidence::Definite &&
                        Best->Sure == Confidence::Maybe)))
      Best = std::move(D);
  };
  for (const TaskFilling &From : Uses.fillings())
    better(follow(From, NormalEdges));
  // A test that fails is over.
  if (!Best && Options.Unwinding && Held.Loss == TaskLoss::Unseen &&
      !TU.isInTest(F.function()))
    for (const TaskFilling &From : Uses.fillings())
      better(follow(From, UnwindEdges));
  return Best;
}

} // namespace

void DiscardFinder::variables() {
  // Most functions have none, and need no graph.
  if (llvm::none_of(
          Parents.preorder(),
          [&](const Stmt *S) {
            const auto *Decls = dyn_cast<DeclStmt>(S);
            return Decls && llvm::any_of(Decls->decls(), [&](const Decl *D) {
                     const auto *Var = dyn_cast<VarDecl>(D);
                     return Var && Var->hasLocalStorage() &&
                            Drops.held(Var->getType().getNonReferenceType());
                   });
          }) ||
      !F.graph())
    return;
  const SuspendCFG &G = *F.graph();
  for (ObjectId O = 0; O < G.objects().size() && !G.work().isUsedUp(); ++O) {
    const Object &Obj = G.object(O);
    if (Obj.K != Object::Variable || !Obj.Var->hasLocalStorage() ||
        isa<DecompositionDecl>(Obj.Var) || Obj.Type->isReferenceType())
      continue;
    std::optional<HeldTask> Held = Drops.held(Obj.Type);
    if (!Held)
      continue;
    // `[[maybe_unused]]` says of a task that runs by itself what a cast does.
    if (Obj.Var->hasAttr<UnusedAttr>() && Held->Loss != TaskLoss::NeverRuns &&
        !Options.CastToVoid)
      continue;
    Follower Search(F, TU, Drops, O, *Held, Options);
    if (std::optional<DiscardedTask> D = Search.run()) {
      if (TU.isInTest(F.function()))
        D->Sure = Confidence::Maybe;
      D->Guard = D->Value ? guardOf(D->Value) : nullptr;
      Found.push_back(std::move(*D));
    }
  }
}

} // namespace codrop
