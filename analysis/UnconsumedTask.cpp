// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tasks in local variables and containers, followed from where they are put in
// to where the object dies. Any mention that may do something with the task
// counts as having awaited it; only questions (`t.available()`), casts to void
// and moves to nowhere do not. What a condition says about another is not
// known: where a task is made under one, ways past its await are not followed.

#include "analysis/DiscardFinder.h"
#include "analysis/HandlerFlags.h"
#include "analysis/Names.h"
#include "analysis/ResourceConditions.h"

using namespace clang;

namespace codrop {

namespace {

/// What a mention does to the task in a variable.
enum class TaskUse {
  Consumes, ///< Awaits it, moves it, passes it on, and whatever is unknown.
  Asks,     ///< `t.available()`, `all.size()`
  Nothing,  ///< `(void)t;`, `std::move(t);`
  Fills,    ///< `all.push_back(f())`
  Replaces, ///< `t = f();`
  Empties,  ///< `all.clear();`
};

/// A task is put into the variable.
struct Filling {
  NodeId Node = 0;
  const Expr *Value = nullptr;
  /// Only under a condition.
  bool Conditional = false;
};

constexpr PathState Left = 1;    ///< The start is behind.
constexpr PathState Handled = 2; ///< A handler has run.

class Follower {
public:
  Follower(const FunctionAnalysis &F, TUAnalysis &TU, const TaskDrops &Drops,
           ObjectId O, const HeldTask &Held, const DiscardOptions &Options)
      : F(F), TU(TU), Drops(Drops), G(*F.graph()), Parents(G.parents()), O(O),
        Var(G.object(O).Var), Held(Held), Options(Options) {}

  std::optional<DiscardedTask> run();

private:
  bool readUses();
  TaskUse classify(const Use &U) const;
  const Expr *putIn(const Expr *Value, bool &Conditional,
                    unsigned Depth = 0) const;
  void addFilling(NodeId N, const Expr *Value, const Stmt *Site);
  bool isConditional(const Stmt *S) const;
  void readConditions();
  std::optional<DiscardedTask> follow(const Filling &From, EdgeSet Edges);
  PathStep visit(NodeId N, PathState State);
  std::optional<PathState> take(NodeId N, const Edge &E, PathState State);
  SourceLocation leaves(const Path &Way) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const TaskDrops &Drops;
  const SuspendCFG &G;
  const ParentTable &Parents;
  ObjectId O;
  const VarDecl *Var;
  const HeldTask &Held;
  const DiscardOptions &Options;

  llvm::DenseMap<NodeId, TaskUse> Uses;
  std::vector<Filling> Fillings;
  /// The mentions that may await it.
  llvm::SmallVector<const Stmt *, 4> Consumers;
  /// Conditions of loops around a consumer: taken to hold at least once.
  llvm::SmallVector<const Stmt *, 2> Loops;
  /// Conditions that a consumer stands under.
  llvm::SmallVector<const Stmt *, 4> Guards;
  std::optional<HandlerFlags> Handlers;
  const Filling *Start = nullptr;
  DiscardedTask::Kind Ending = DiscardedTask::Variable;
};

// --- Mentions ----------------------------------------------------------------

/// Tells something and changes nothing.
bool isQuestion(const FunctionDecl *Callee) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
  if (!Method)
    return false;
  QualType Result = Method->getReturnType();
  return (Method->isConst() &&
          (Result->isBooleanType() || Result->isIntegralOrEnumerationType())) ||
         llvm::is_contained({"reserve", "shrink_to_fit", "capacity"},
                            nameOf(Method));
}

bool isFilling(llvm::StringRef Name) {
  return llvm::is_contained({"push_back", "emplace_back", "emplace_front",
                             "push_front", "push", "emplace", "insert",
                             "try_emplace", "insert_or_assign"},
                            Name);
}

bool isEmptying(llvm::StringRef Name) {
  return Name == "clear" || Name == "reset" || Name == "pop_back" ||
         Name == "pop_front" || Name == "pop";
}

TaskUse Follower::classify(const Use &U) const {
  if (std::optional<DiscardSite> Site = discardOf(U.Ref, Parents))
    // `(void)t;` of a task that runs by itself says that this is meant.
    return Site->Explicit && Held.Loss != TaskLoss::NeverRuns &&
                   Held.Loss != TaskLoss::Cancelled && !Options.CastToVoid
               ? TaskUse::Consumes
               : TaskUse::Nothing;
  switch (U.Kind) {
  case UseKind::Condition:
    return TaskUse::Asks;
  case UseKind::Assigned:
    return isa<CXXOperatorCallExpr>(U.Site) ? TaskUse::Replaces
                                            : TaskUse::Consumes;
  case UseKind::MemberCall:
    if (U.ThroughPointer)
      return TaskUse::Consumes;
    if (isQuestion(U.Callee))
      return TaskUse::Asks;
    if (const auto *Method = dyn_cast_or_null<CXXMethodDecl>(U.Callee);
        Held.How != HeldTask::Itself && Method &&
        Method->getParent()->isInStdNamespace()) {
      if (isFilling(nameOf(U.Callee)))
        return TaskUse::Fills;
      if (isEmptying(nameOf(U.Callee)))
        return TaskUse::Empties;
    }
    return TaskUse::Consumes;
  default:
    return TaskUse::Consumes;
  }
}

/// The part of \p Value that makes a task, or hands one over, and is no future
/// that is ready; null if there is none.
const Expr *Follower::putIn(const Expr *Value, bool &Conditional,
                            unsigned Depth) const {
  if (!Value || Depth > 6)
    return nullptr;
  Value = stripped(Value);
  if (const auto *Choice = dyn_cast<ConditionalOperator>(Value)) {
    const Expr *Yes = putIn(Choice->getTrueExpr(), Conditional, Depth + 1);
    const Expr *No = putIn(Choice->getFalseExpr(), Conditional, Depth + 1);
    Conditional |= !Yes != !No;
    return Yes ? Yes : No;
  }
  if (const Expr *Moved = movedOperand(Value))
    return Drops.held(Moved->getType()) ? Moved : nullptr;
  // The result of an await is a future that is done, but a task has not begun.
  if (isa<CoroutineSuspendExpr>(Value))
    return Held.Loss == TaskLoss::NeverRuns && Drops.loss(Value->getType())
               ? Value
               : nullptr;
  if (const auto *Call = dyn_cast<CallExpr>(Value)) {
    if (Drops.loss(Call->getType()))
      return Held.Loss != TaskLoss::NeverRuns && makesReady(Call) ? nullptr
                                                                  : Value;
    // make_unique, make_pair, make_optional.
    const FunctionDecl *Callee = Call->getDirectCallee();
    if (!Callee || !Callee->isInStdNamespace())
      return Drops.held(Call->getType()) ? Value : nullptr;
    for (const Expr *Arg : Call->arguments())
      if (const Expr *Task = putIn(Arg, Conditional, Depth + 1))
        return Task;
    return nullptr;
  }
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(Value)) {
    for (const Expr *Arg : Construct->arguments())
      if (const Expr *Task = putIn(Arg, Conditional, Depth + 1))
        return Task;
    return nullptr;
  }
  if (const auto *List = dyn_cast<InitListExpr>(Value)) {
    for (const Expr *Init : List->inits())
      if (const Expr *Task = putIn(Init, Conditional, Depth + 1))
        return Task;
    return nullptr;
  }
  if (const auto *Cast = dyn_cast<ExplicitCastExpr>(Value))
    return putIn(Cast->getSubExpr(), Conditional, Depth + 1);
  return nullptr;
}

/// \p S stands under a condition, or in a handler, that the variable does not.
bool Follower::isConditional(const Stmt *S) const {
  for (const Stmt *P = Parents.parent(S); P; P = Parents.parent(P)) {
    if (const auto *Block = dyn_cast<CompoundStmt>(P))
      for (const Stmt *Inner : Block->body())
        if (const auto *Decls = dyn_cast<DeclStmt>(Inner))
          if (llvm::is_contained(Decls->decls(), Var))
            return false;
    if (isa<IfStmt, SwitchStmt, CXXCatchStmt, ConditionalOperator, ForStmt,
            WhileStmt, CXXForRangeStmt>(P))
      return true;
  }
  return true;
}

void Follower::addFilling(NodeId N, const Expr *Value, const Stmt *Site) {
  bool Conditional = Site && isConditional(Site);
  if (const Expr *Task = putIn(Value, Conditional))
    Fillings.push_back({N, Task, Conditional});
}

/// False if a mention can't be placed.
bool Follower::readUses() {
  if (const Expr *Init = Var->getInit())
    if (std::optional<NodeId> Birth = G.birthOf(O))
      addFilling(*Birth, Init, nullptr);
  unsigned Mentions = 0;
  for (const UseTable::At &At : F.uses().of(Var)) {
    ++Mentions;
    TaskUse Kind = classify(At.What);
    NodeId Node = At.Node;
    if (Kind == TaskUse::Fills || Kind == TaskUse::Replaces ||
        Kind == TaskUse::Empties) {
      // It happens when the operands have been evaluated.
      std::optional<NodeId> Call = G.nodeOf(At.What.Site);
      if (!Call)
        return false;
      Node = *Call;
    }
    if (Kind == TaskUse::Consumes)
      Consumers.push_back(At.What.Ref);
    if (Kind == TaskUse::Fills)
      for (const Expr *Arg : cast<CallExpr>(At.What.Site)->arguments())
        addFilling(Node, Arg, At.What.Site);
    if (Kind == TaskUse::Replaces)
      addFilling(Node, cast<CXXOperatorCallExpr>(At.What.Site)->getArg(1),
                 At.What.Site);
    auto [It, New] = Uses.try_emplace(Node, Kind);
    if (!New && Kind == TaskUse::Consumes)
      It->second = Kind;
  }
  // What the graph does not reach, or has no node for.
  for (const Stmt *S : Parents.preorder())
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S);
        Ref && Ref->getDecl() == Var)
      Mentions -= Mentions ? 1 : ~0U;
  return Mentions == 0;
}

void Follower::readConditions() {
  for (const Stmt *Consumer : Consumers) {
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
  auto It = Uses.find(N);
  if (It == Uses.end())
    return PathStep::go(State);
  switch (It->second) {
  case TaskUse::Consumes:
    return PathStep::stop();
  case TaskUse::Asks:
    // Who asks how it is, and awaits it on some ways, knows what he does.
    return Consumers.empty() ? PathStep::go(State) : PathStep::stop();
  case TaskUse::Nothing:
    return PathStep::go(State);
  case TaskUse::Fills:
    if (Held.How != HeldTask::Single)
      return PathStep::go(State);
    [[fallthrough]];
  case TaskUse::Replaces:
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

std::optional<DiscardedTask> Follower::follow(const Filling &From,
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
    auto It = Uses.find(Way->Nodes[I]);
    WasAsked |= It != Uses.end() && It->second == TaskUse::Asks;
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
  bool Consumed = !Consumers.empty();
  if (Ending == DiscardedTask::Variable && Consumed) {
    D.K = Way->leftAt(G) ? DiscardedTask::Abandoned : DiscardedTask::SomePath;
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
      (Held.How == HeldTask::Container && Consumed))
    D.Sure = Confidence::Maybe;
  if (D.K != DiscardedTask::Variable)
    D.Leaves = leaves(*Way);
  return D;
}

std::optional<DiscardedTask> Follower::run() {
  if (!readUses() || Fillings.empty())
    return std::nullopt;
  std::optional<DiscardedTask> Best;
  auto better = [&](std::optional<DiscardedTask> D) {
    if (D && (!Best || (D->Sure == Confidence::Definite &&
                        Best->Sure == Confidence::Maybe)))
      Best = std::move(D);
  };
  for (const Filling &From : Fillings)
    better(follow(From, NormalEdges));
  if (!Best && Options.Unwinding && Held.Loss == TaskLoss::Unseen)
    for (const Filling &From : Fillings)
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
