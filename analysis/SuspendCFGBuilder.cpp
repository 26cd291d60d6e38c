// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds a SuspendCFG from Clang's CFG and the steps of its blocks: the objects
// alive at every block are computed first, then the steps become nodes, with
// the ways out that suspensions and throwing calls have.

#include "analysis/SuspendCFG.h"
#include "analysis/SuspendSteps.h"
#include "clang/AST/ASTContext.h"
#include "clang/Analysis/CFG.h"
#include <deque>

using namespace clang;

namespace codrop {

namespace {
/// Above this many statements a function is not analysed: it is generated
/// code, and the graph would cost seconds.
constexpr unsigned MaxStatements = 400000;
} // namespace

class SuspendCFGBuilder {
public:
  SuspendCFGBuilder(const FunctionDecl *FD, const Coroutine *C,
                    ASTContext &Context, const Knowledge *Known)
      : FD(FD), Coro(C), Context(Context), Known(Known), G(new SuspendCFG) {}

  std::unique_ptr<SuspendCFG> run(GaveUp &Why);

private:
  void solveAlive();
  AliveId transfer(const CFGBlock &B, AliveId In,
                   llvm::function_ref<void(const Step &, AliveId)> At);
  AliveId edgeAlive(const CFGBlock &From, unsigned SuccIndex, AliveId Out);
  AliveId parametersAlive();
  AliveId outside(AliveId Set, const CXXTryStmt *Try);
  bool livesIn(ObjectId O, const CXXTryStmt *Try) const {
    return llvm::is_contained(G->Objects[O].Tries, Try);
  }

  bool isAlwaysTrue(const Stmt *Condition) const;
  void makeNodes();
  void makeBlock(const CFGBlock &B);
  NodeId makeStep(const Step &S, AliveId Now, NodeId Last, EdgeKind &Way);
  void connectSuccessors(const CFGBlock &B, NodeId Last, EdgeKind Way,
                         AliveId Out);
  void connectExits();
  NodeId newNode(NodeKind K, const Stmt *S, AliveId Alive);
  void link(NodeId From, NodeId To, EdgeKind K,
            Edge::Outcome Taken = Edge::Outcome::None);
  /// The first node of the way from \p Alive to \p Try's handlers, or out of
  /// the function when \p Try is null.
  NodeId unwindTarget(AliveId Alive, const CXXTryStmt *Try);
  NodeId cleanupTo(AliveId Alive, const CXXTryStmt *Keep, NodeId Target);
  NodeId dispatchNode(const CXXTryStmt *Try, AliveId Outer);

  const FunctionDecl *FD;
  const Coroutine *Coro;
  ASTContext &Context;
  const Knowledge *Known; ///< May be null.
  std::unique_ptr<SuspendCFG> G;
  std::unique_ptr<CFG> Clang;
  std::optional<StepTable> Steps;
  llvm::DenseMap<const CXXTryStmt *, const CFGBlock *> DispatchBlock;
  std::vector<std::optional<AliveId>> AliveIn; // by block id
  std::vector<NodeId> FirstNode;               // by block id
  llvm::DenseMap<std::pair<AliveId, const CXXTryStmt *>, AliveId> Outsides;
  /// The cleanup of a set on its way to a node; a set's newest object is
  /// destroyed first, then the rest of the set is cleaned up.
  llvm::DenseMap<std::pair<AliveId, NodeId>, NodeId> Cleanups;
  llvm::DenseMap<const CXXTryStmt *, NodeId> Dispatches;
};

// --- What is alive -----------------------------------------------------------

AliveId SuspendCFGBuilder::parametersAlive() {
  AliveId Set = 0;
  for (const ParmVarDecl *P : FD->parameters())
    Set = G->Sets.insert(Set, *G->Objects.ofVariable(P));
  return Set;
}

// A set is asked about with each call in a try block, so the answer is kept.
AliveId SuspendCFGBuilder::outside(AliveId Set, const CXXTryStmt *Try) {
  llvm::SmallVector<AliveId, 16> Unknown;
  AliveId Result = 0;
  for (; Set; Set = G->Sets.older(Set)) {
    if (auto It = Outsides.find({Set, Try}); It != Outsides.end()) {
      Result = It->second;
      break;
    }
    Unknown.push_back(Set);
  }
  for (AliveId Cell : llvm::reverse(Unknown)) {
    ObjectId O = G->Sets.newest(Cell);
    if (!livesIn(O, Try))
      Result = G->Sets.insert(Result, O);
    Outsides[{Cell, Try}] = Result;
  }
  return Result;
}

AliveId SuspendCFGBuilder::transfer(
    const CFGBlock &B, AliveId In,
    llvm::function_ref<void(const Step &, AliveId)> At) {
  AliveId Now = In;
  for (const Step &S : Steps->of(B)) {
    At(S, Now);
    if (S.Ends != Step::None)
      Now = G->Sets.erase(Now, S.Ends);
    if (S.Begins != Step::None)
      Now = G->Sets.insert(Now, S.Begins);
  }
  return Now;
}

/// The operand of &&, || or ?: that \p Bind is evaluated with, if it is on one
/// side only. \p Other receives the other side of a ?:.
static const Stmt *conditionalSide(const Stmt *Bind, const ParentTable &Parents,
                                   const Stmt *&Other) {
  const Stmt *Child = Bind;
  for (const Stmt *P = Parents.parent(Bind); P && isa<Expr>(P);
       Child = P, P = Parents.parent(P)) {
    if (const auto *Logical = dyn_cast<BinaryOperator>(P);
        Logical && Logical->isLogicalOp() && Logical->getRHS() == Child)
      return Child;
    const auto *Choice = dyn_cast<ConditionalOperator>(P);
    if (Choice && Choice->getCond() != Child) {
      Other = Choice->getTrueExpr() == Child ? Choice->getFalseExpr()
                                             : Choice->getTrueExpr();
      return Child;
    }
  }
  return nullptr;
}

// Clang branches on a temporary that exists on one side of &&, || or ?: only:
// to its destructor, or around that.
//   2: bool u = t || obj(2).ok();
//   T: (Temp Dtor) [B4.3]
// Where it is not destroyed, its side was not evaluated, and nothing of that
// side is alive.
AliveId SuspendCFGBuilder::edgeAlive(const CFGBlock &From, unsigned SuccIndex,
                                     AliveId Out) {
  if (!From.getTerminator().isTemporaryDtorsBranch())
    return Out;
  const Stmt *Decides = From.getTerminatorStmt();
  // The value of an await is bound below the calls that are synthesized.
  if (const auto *Bind = dyn_cast_or_null<CXXBindTemporaryExpr>(Decides))
    if (std::optional<ObjectId> O = G->Objects.ofTemporary(Bind))
      Decides = G->Objects[*O].Value;
  const Stmt *Other = nullptr;
  const Stmt *Side = conditionalSide(Decides, *G->Parents, Other);
  const Stmt *NotEvaluated = SuccIndex == 0 ? Other : Side;
  if (!NotEvaluated)
    return Out;
  AliveId Result = Out;
  for (AliveId A = Out; A; A = G->Sets.older(A)) {
    const Object &O = G->Objects[G->Sets.newest(A)];
    if (O.K == Object::Temporary && G->Parents->isWithin(O.Value, NotEvaluated))
      Result = G->Sets.erase(Result, G->Sets.newest(A));
  }
  return Result;
}

static bool endsEarly(llvm::ArrayRef<Step> Steps) {
  return llvm::any_of(
      Steps, [](const Step &S) { return S.IsThrow || S.NeverReturns; });
}

void SuspendCFGBuilder::solveAlive() {
  AliveIn.assign(Clang->getNumBlockIDs(), std::nullopt);
  std::deque<const CFGBlock *> Work;
  llvm::BitVector Queued(Clang->getNumBlockIDs());
  auto flow = [&](const CFGBlock *To, AliveId Set) {
    std::optional<AliveId> &In = AliveIn[To->getBlockID()];
    AliveId Joined = In ? G->Sets.join(*In, Set) : Set;
    if (In && *In == Joined)
      return;
    In = Joined;
    if (!Queued.test(To->getBlockID())) {
      Queued.set(To->getBlockID());
      Work.push_back(To);
    }
  };
  flow(&Clang->getEntry(), parametersAlive());
  while (!Work.empty()) {
    const CFGBlock *B = Work.front();
    Work.pop_front();
    Queued.reset(B->getBlockID());
    bool Dead = false;
    AliveId Out = transfer(
        *B, *AliveIn[B->getBlockID()], [&](const Step &S, AliveId Now) {
          Dead |= S.NeverReturns;
          if (Dead || !(S.MayThrow || S.IsThrow))
            return;
          Dead = S.IsThrow;
          for (const CXXTryStmt *Try = S.Try; Try;
               Try = G->Parents->enclosingTry(Try))
            if (auto It = DispatchBlock.find(Try); It != DispatchBlock.end())
              flow(It->second, outside(Now, Try));
        });
    // Clang leads a throw straight to the handlers or the exit, without the
    // destructors on the way.
    if (endsEarly(Steps->of(*B)) || B->hasNoReturnElement())
      continue;
    bool Dispatches = isa_and_nonnull<CXXTryStmt>(B->getTerminatorStmt());
    unsigned Index = 0;
    for (const CFGBlock::AdjacentBlock &Succ : B->succs()) {
      const CFGBlock *To = Succ.getReachableBlock();
      // From one try statement's handlers to the next one's some end, too.
      if (To && (!Dispatches || isa_and_nonnull<CXXCatchStmt>(To->getLabel())))
        flow(To, edgeAlive(*B, Index, Out));
      ++Index;
    }
  }
}

// --- Nodes -------------------------------------------------------------------

NodeId SuspendCFGBuilder::newNode(NodeKind K, const Stmt *S, AliveId Alive) {
  Node N;
  N.Kind = K;
  N.S = S;
  N.Alive = Alive;
  G->Nodes.push_back(std::move(N));
  return G->Nodes.size() - 1;
}

void SuspendCFGBuilder::link(NodeId From, NodeId To, EdgeKind K,
                             Edge::Outcome Taken) {
  for (const Edge &E : G->Nodes[From].Out)
    if (E.To == To && E.Kind == K && E.Taken == Taken)
      return;
  G->Nodes[From].Out.push_back({To, K, Taken});
}

// Iterative from the oldest object outwards; shared by all that unwind from
// sets with the same older part, so there is at most one cleanup node for each
// set and target.
NodeId SuspendCFGBuilder::cleanupTo(AliveId Alive, const CXXTryStmt *Keep,
                                    NodeId Target) {
  llvm::SmallVector<AliveId, 16> Unknown;
  NodeId Next = Target;
  for (AliveId A = Alive; A; A = G->Sets.older(A)) {
    if (auto It = Cleanups.find({A, Target}); It != Cleanups.end()) {
      Next = It->second;
      break;
    }
    Unknown.push_back(A);
  }
  for (AliveId A : llvm::reverse(Unknown)) {
    ObjectId O = G->Sets.newest(A);
    if ((!Keep || livesIn(O, Keep)) && G->Objects[O].isRecord()) {
      NodeId N = newNode(NodeKind::ObjectEnd, nullptr, A);
      G->Nodes[N].Obj = O;
      link(N, Next, EdgeKind::Normal);
      Next = N;
    }
    Cleanups[{A, Target}] = Next;
  }
  return Next;
}

NodeId SuspendCFGBuilder::dispatchNode(const CXXTryStmt *Try, AliveId Outer) {
  auto [It, New] = Dispatches.try_emplace(Try, 0);
  if (!New)
    return It->second;
  NodeId N = newNode(NodeKind::Dispatch, Try, Outer);
  Dispatches[Try] = N;
  bool CatchesAll = false;
  for (unsigned I = 0; I < Try->getNumHandlers(); ++I)
    CatchesAll |= Try->getHandler(I)->getExceptionDecl() == nullptr;
  auto Block = DispatchBlock.find(Try);
  if (Block != DispatchBlock.end())
    for (const CFGBlock::AdjacentBlock &Succ : Block->second->succs()) {
      const CFGBlock *To = Succ.getReachableBlock();
      // Without a catch-all Clang adds an edge to the exit (or the outer
      // dispatch); ours goes through the destructors instead.
      if (To && isa_and_nonnull<CXXCatchStmt>(To->getLabel()))
        link(N, FirstNode[To->getBlockID()], EdgeKind::Normal);
    }
  if (!CatchesAll)
    link(N, unwindTarget(Outer, G->Parents->enclosingTry(Try)),
         EdgeKind::Normal);
  return N;
}

NodeId SuspendCFGBuilder::unwindTarget(AliveId Alive, const CXXTryStmt *Try) {
  if (!Try)
    return cleanupTo(Alive, nullptr, G->UnwindExitNode);
  return cleanupTo(Alive, Try, dispatchNode(Try, outside(Alive, Try)));
}

NodeId SuspendCFGBuilder::makeStep(const Step &S, AliveId Now, NodeId Last,
                                   EdgeKind &Way) {
  if (S.Ends != Step::None) {
    if (!G->Sets.contains(Now, S.Ends) || !G->Objects[S.Ends].isRecord())
      return Last;
    NodeId N = newNode(NodeKind::ObjectEnd, nullptr, Now);
    G->Nodes[N].Obj = S.Ends;
    link(Last, N, Way);
    Way = EdgeKind::Normal;
    return N;
  }
  const Suspension *Point =
      S.Suspension != Step::None ? &Coro->Suspensions[S.Suspension] : nullptr;
  bool Suspends = Point && !Point->NeverSuspends;
  NodeId N =
      newNode(Suspends ? NodeKind::Suspend : NodeKind::Statement, S.S, Now);
  G->Nodes[N].Suspension = S.Suspension;
  G->NodeOfStmt.try_emplace(S.S, N);
  G->NodeOfStmt.try_emplace(Steps->original(S.S), N);
  if (S.Begins != Step::None)
    G->BirthOf.try_emplace(S.Begins, N);
  link(Last, N, Way);
  Way = Suspends ? EdgeKind::Resume : EdgeKind::Normal;
  if (Suspends) {
    G->SuspendNodes.push_back(N);
    if (Coro->DestroyEdges ||
        (Coro->DestroyedAtYields && Point->Kind == SuspensionKind::Yield))
      link(N, cleanupTo(Now, nullptr, G->DestroyedNode), EdgeKind::Destroy);
  }
  if (S.MayThrow)
    link(N, unwindTarget(Now, S.Try),
         Point ? EdgeKind::Unwind : EdgeKind::CallUnwind);
  if (S.IsThrow)
    link(N, unwindTarget(Now, S.Try), EdgeKind::Throw);
  return N;
}

// EXPECT_THROW and its kin wrap their statement in such a condition.
bool SuspendCFGBuilder::isAlwaysTrue(const Stmt *Condition) const {
  const auto *Call =
      dyn_cast_or_null<CallExpr>(stripped(dyn_cast_or_null<Expr>(Condition)));
  return Known && Call && Call->getDirectCallee() &&
         Known->isAlwaysTrue(Call->getDirectCallee());
}

void SuspendCFGBuilder::connectSuccessors(const CFGBlock &B, NodeId Last,
                                          EdgeKind Way, AliveId Out) {
  bool TwoWays = false;
  const Stmt *Condition = B.getTerminatorCondition(/*StripParens=*/true);
  if (B.getTerminator().isStmtBranch() && B.succ_size() >= 2 && Condition) {
    NodeId Branch = newNode(NodeKind::Branch, Condition, Out);
    link(Last, Branch, Way);
    Last = Branch;
    Way = EdgeKind::Normal;
    TwoWays = B.succ_size() == 2 && !isa<SwitchStmt>(B.getTerminatorStmt());
  }
  unsigned Index = 0;
  for (const CFGBlock::AdjacentBlock &Succ : B.succs()) {
    const CFGBlock *To = Succ.getReachableBlock();
    Edge::Outcome Taken = !TwoWays     ? Edge::Outcome::None
                          : Index == 0 ? Edge::Outcome::True
                                       : Edge::Outcome::False;
    ++Index;
    if (Taken == Edge::Outcome::False && isAlwaysTrue(Condition))
      continue;
    if (To && runsOnce(B.getLoopTarget()) && To->succ_size() == 2 &&
        To->getTerminatorStmt() == B.getLoopTarget())
      To = std::next(To->succ_begin())->getReachableBlock();
    if (To && AliveIn[To->getBlockID()])
      link(Last, FirstNode[To->getBlockID()], Way, Taken);
  }
}

static bool isNoReturnCall(const Stmt *S) {
  if (const auto *Construct = dyn_cast<CXXConstructExpr>(S))
    return Construct->getConstructor()->isNoReturn();
  const auto *Call = dyn_cast<CallExpr>(S);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  if (Callee && Callee->isNoReturn())
    return true;
  QualType T = Call ? Call->getCallee()->getType() : QualType();
  if (!T.isNull() && T->isPointerType())
    T = T->getPointeeType();
  const auto *Function = T.isNull() ? nullptr : T->getAs<FunctionType>();
  return Function && Function->getNoReturnAttr();
}

void SuspendCFGBuilder::makeBlock(const CFGBlock &B) {
  NodeId Last = FirstNode[B.getBlockID()];
  EdgeKind Way = EdgeKind::Normal;
  const Step *Latest = nullptr;
  bool Dead = false; // After a throw.
  AliveId Out =
      transfer(B, *AliveIn[B.getBlockID()], [&](const Step &S, AliveId Now) {
        if (Dead)
          return;
        Last = makeStep(S, Now, Last, Way);
        if (S.S)
          Latest = &S;
        Dead = S.IsThrow || S.NeverReturns;
      });
  if (Dead)
    return;
  if (B.hasNoReturnElement()) {
    // `[[noreturn]] void fail() { throw … }` leaves as a throw does; what a
    // destructor ends (`log_fatal().stream() << x`) ends the program.
    if (Latest && Latest->MayThrow && isNoReturnCall(Latest->S))
      link(Last, unwindTarget(Out, Latest->Try), EdgeKind::Throw);
    return;
  }
  connectSuccessors(B, Last, Way, Out);
}

void SuspendCFGBuilder::makeNodes() {
  newNode(NodeKind::Entry, nullptr, 0);
  G->ExitNode = newNode(NodeKind::Exit, nullptr, 0);
  G->UnwindExitNode = newNode(NodeKind::UnwindExit, nullptr, 0);
  G->DestroyedNode = newNode(NodeKind::Destroyed, nullptr, 0);

  // Every reachable block gets its first node before any edge needs it.
  FirstNode.assign(Clang->getNumBlockIDs(), 0);
  for (const CFGBlock *B : *Clang)
    if (AliveIn[B->getBlockID()])
      FirstNode[B->getBlockID()] =
          newNode(NodeKind::Join, B->getLabel(), *AliveIn[B->getBlockID()]);
  for (const CFGBlock *B : *Clang)
    if (AliveIn[B->getBlockID()] &&
        !isa_and_nonnull<CXXTryStmt>(B->getTerminatorStmt()))
      makeBlock(*B);
}

// Entry: initial suspend before the body. Exit: final suspend, then the
// parameters' destructors (they are members of the frame,
// [dcl.fct.def.coroutine]).
void SuspendCFGBuilder::connectExits() {
  AliveId Parameters = parametersAlive();
  NodeId Last = G->entry();
  EdgeKind Way = EdgeKind::Normal;
  auto addSuspend = [&](unsigned Index, bool WithDestroy) {
    const Suspension &Point = Coro->Suspensions[Index];
    if (Point.NeverSuspends)
      return;
    NodeId N = newNode(NodeKind::Suspend, Point.E, Parameters);
    G->Nodes[N].Suspension = Index;
    link(Last, N, Way);
    Last = N;
    Way = EdgeKind::Resume;
    if (WithDestroy && Coro->DestroyEdges)
      link(N, cleanupTo(Parameters, nullptr, G->DestroyedNode),
           EdgeKind::Destroy);
  };
  if (Coro)
    addSuspend(0, /*WithDestroy=*/true);
  link(Last, FirstNode[Clang->getEntry().getBlockID()], Way);

  if (!AliveIn[Clang->getExit().getBlockID()])
    return; // The body never ends normally.
  Last = FirstNode[Clang->getExit().getBlockID()];
  Way = EdgeKind::Normal;
  // A frame destroyed at its final suspend point has done all its work.
  if (Coro)
    addSuspend(Coro->Suspensions.size() - 1, /*WithDestroy=*/false);
  link(Last, cleanupTo(Parameters, nullptr, G->ExitNode), Way);
}

std::unique_ptr<SuspendCFG> SuspendCFGBuilder::run(GaveUp &Why) {
  Stmt *Body = const_cast<Stmt *>(Coro ? Coro->userBody() : FD->getBody());
  if (!Body) {
    Why.Reason = "function has no body";
    return nullptr;
  }
  G->Function = FD;
  G->Coro = Coro;
  G->Context = &Context;
  G->Parents = std::make_unique<ParentTable>(Body);
  if (G->Parents->preorder().size() > MaxStatements) {
    Why.Reason = "function is too large";
    return nullptr;
  }
  CFG::BuildOptions Options;
  Options.AddImplicitDtors = true;
  Options.AddTemporaryDtors = true;
  Options.AddLifetime = true;
  Options.AddInitializers = true;
  Options.PruneTriviallyFalseEdges = true;
  Options.setAllAlwaysAdd();
  Clang = CFG::buildCFG(FD, Body, &Context, Options);
  if (!Clang) {
    Why.Reason = "Clang builds no control flow graph for it";
    return nullptr;
  }
  for (const CFGBlock *B : Clang->try_blocks())
    if (const auto *Try = dyn_cast_or_null<CXXTryStmt>(B->getTerminatorStmt()))
      DispatchBlock[Try] = B;
  G->Objects = FunctionObjects(FD, *G->Parents);
  Steps.emplace(*Clang, Coro, *G->Parents, G->Objects, Known, Context);
  solveAlive();
  makeNodes();
  connectExits();
  llvm::sort(G->SuspendNodes, [&](NodeId A, NodeId B) {
    return G->Nodes[A].Suspension < G->Nodes[B].Suspension;
  });
  return std::move(G);
}

std::unique_ptr<SuspendCFG> SuspendCFG::build(const FunctionDecl *FD,
                                              const Coroutine *C,
                                              ASTContext &Context, GaveUp &Why,
                                              const Knowledge *Known) {
  return SuspendCFGBuilder(FD, C, Context, Known).run(Why);
}

} // namespace codrop
