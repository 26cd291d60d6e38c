// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/LeakPath.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

enum : PathState { Holding = 0, Abandoned = 1 };

/// What a condition says about the acquisition.
enum class Says { Nothing, HeldIfTrue, HeldIfFalse, Something };

class LeakFinder {
public:
  LeakFinder(const FunctionAnalysis &F, TUAnalysis &TU, const LeakQuery &Q)
      : G(*F.graph()), F(F), TU(TU), Query(Q) {}

  std::optional<Leak> find();

private:
  std::optional<Leak> findDestroyed() const;
  void computeAhead();
  Says ask(const Expr *Condition) const;
  bool mentions(const Stmt *S) const;
  bool isResult(const Expr *E) const;
  bool testsOwnFlag(const Expr *Condition) const;
  bool leavesOnPurpose(NodeId N, const Edge &E) const;
  const Stmt *landing(NodeId N) const;
  std::optional<PathState> take(NodeId N, const Edge &E, PathState S) const;
  bool endsTheProgram() const;

  const SuspendCFG &G;
  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const LeakQuery &Query;
  /// Nodes from which the normal way leads to a give-back.
  llvm::BitVector Ahead;
};

void LeakFinder::computeAhead() {
  G.work().spend(G.size() / 2);
  std::vector<llvm::SmallVector<NodeId, 2>> Into(G.size());
  for (NodeId N = 0; N < G.size(); ++N)
    for (const Edge &E : G.node(N).Out)
      if (NormalEdges.contains(E.Kind))
        Into[E.To].push_back(N);
  Ahead = *Query.GivesBack;
  llvm::SmallVector<NodeId, 64> Work;
  for (NodeId N : Ahead.set_bits())
    Work.push_back(N);
  while (!Work.empty()) {
    NodeId N = Work.pop_back_val();
    for (NodeId From : Into[N])
      // Beyond the next acquisition lies the next one's give-back.
      if (From != Query.Acquire && !Ahead.test(From)) {
        Ahead.set(From);
        Work.push_back(From);
      }
  }
}

bool LeakFinder::isResult(const Expr *E) const {
  E = stripped(E);
  if (E == Query.Call || (Query.Await && E == Query.Await))
    return true;
  // `if (conn)` of a smart pointer.
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
      Call && isa_and_nonnull<CXXConversionDecl>(Call->getMethodDecl()))
    E = stripped(Call->getImplicitObjectArgument());
  const auto *Ref = dyn_cast<DeclRefExpr>(E);
  return Ref && Query.Result && Ref->getDecl() == Query.Result;
}

bool LeakFinder::mentions(const Stmt *S) const {
  llvm::SmallVector<const Stmt *, 16> Work{S};
  while (!Work.empty()) {
    const Stmt *Inner = Work.pop_back_val();
    if (!Inner)
      continue;
    if (Inner == Query.Call)
      return true;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(Inner); Ref && Query.Result) {
      if (Ref->getDecl() == Query.Result)
        return true;
      if (const auto *Binding = dyn_cast<BindingDecl>(Ref->getDecl()))
        if (Binding->getDecomposedDecl() == Query.Result)
          return true;
    }
    llvm::append_range(Work, Inner->children());
  }
  return false;
}

Says LeakFinder::ask(const Expr *Condition) const {
  bool Positive = true;
  const Expr *E = stripped(Condition);
  while (const auto *Not = dyn_cast<UnaryOperator>(E)) {
    if (Not->getOpcode() != UO_LNot)
      break;
    Positive = !Positive;
    E = stripped(Not->getSubExpr());
  }
  if (const auto *Binary = dyn_cast<BinaryOperator>(E);
      Binary && Binary->isEqualityOp()) {
    const Expr *Left = stripped(Binary->getLHS());
    const Expr *Right = stripped(Binary->getRHS());
    if (isa<CXXNullPtrLiteralExpr>(Left))
      std::swap(Left, Right);
    if (isa<CXXNullPtrLiteralExpr>(Right) && isResult(Left))
      return (Binary->getOpcode() == BO_NE) == Positive ? Says::HeldIfTrue
                                                        : Says::HeldIfFalse;
  }
  // Of an error code, true is the bad news.
  QualType T = E->getType().getNonReferenceType();
  bool Plain = T->isBooleanType() || T->isPointerType() || isPointerLike(T);
  if (isResult(E) && Plain)
    return Positive == Query.TrueMeansHeld ? Says::HeldIfTrue
                                           : Says::HeldIfFalse;
  return mentions(Condition) ? Says::Something : Says::Nothing;
}

/// `if (locked)` of a local that is set along the way.
bool LeakFinder::testsOwnFlag(const Expr *Condition) const {
  llvm::SmallVector<const Stmt *, 16> Work{Condition};
  while (!Work.empty()) {
    const Stmt *Inner = Work.pop_back_val();
    if (!Inner)
      continue;
    const auto *Ref = dyn_cast<DeclRefExpr>(Inner);
    const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (Var && Var->isLocalVarDecl() && Var->getType()->isBooleanType())
      for (const Access &A : F.accesses().all())
        if (A.Kind == AccessKind::Write && A.Place.Parts.empty() &&
            A.Place.Root == AccessPath::Variable && A.Place.Var == Var &&
            A.Value && isa<CXXBoolLiteralExpr>(stripped(A.Value)))
          return true;
    llvm::append_range(Work, Inner->children());
  }
  return false;
}

/// The first statement that runs at \p N or after it without a choice.
const Stmt *LeakFinder::landing(NodeId N) const {
  for (unsigned Steps = 0; Steps < 16; ++Steps) {
    const Node &Here = G.node(N);
    // The promise's calls of a co_return stand outside of the written code.
    if (Here.S && Here.Kind != NodeKind::Join && G.parents().parent(Here.S))
      return Here.S;
    const Edge *Only = nullptr;
    for (const Edge &E : Here.Out) {
      if (E.Kind != EdgeKind::Normal && E.Kind != EdgeKind::Resume)
        continue;
      if (Only)
        return nullptr;
      Only = &E;
    }
    if (!Only)
      return nullptr;
    N = Only->To;
  }
  return nullptr;
}

static const Stmt *onlyStatement(const Stmt *S) {
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S))
    return Block->size() == 1 ? Block->body_front() : nullptr;
  return S;
}

/// The edge leaves the way to the give-back in a branch that somebody wrote:
/// `if (empty) co_return;`. Going past `if (x) m.unlock();` is none, for x may
/// well say whether the mutex is locked.
bool LeakFinder::leavesOnPurpose(NodeId N, const Edge &E) const {
  const Stmt *Child = G.node(N).S;
  const Stmt *P = G.parents().parent(Child);
  while (P && isa<Expr>(P)) {
    Child = P;
    P = G.parents().parent(P);
  }
  const Stmt *At = landing(E.To);
  if (const auto *Switch = dyn_cast_or_null<SwitchStmt>(P))
    return At && G.parents().isWithin(At, Switch->getBody());
  const auto *If = dyn_cast_or_null<IfStmt>(P);
  if (!If)
    return false;
  for (const Stmt *Side : {If->getThen(), If->getElse()}) {
    if (!Side)
      continue;
    if (At && G.parents().isWithin(At, Side))
      return true;
    // These have no node of their own.
    if (isa_and_nonnull<BreakStmt, ContinueStmt, GotoStmt>(onlyStatement(Side)))
      return true;
  }
  return false;
}

static bool handlesAllErrors(const CXXTryStmt *Try) {
  for (unsigned I = 0; I < Try->getNumHandlers(); ++I) {
    QualType Caught = Try->getHandler(I)->getCaughtType();
    if (Caught.isNull())
      return true;
    // What is thrown and no std::exception is too rare to speak of.
    const CXXRecordDecl *RD =
        Caught.getNonReferenceType()->getAsCXXRecordDecl();
    if (RD && RD->isInStdNamespace() && RD->getIdentifier() &&
        RD->getName() == "exception")
      return true;
  }
  return false;
}

std::optional<PathState> LeakFinder::take(NodeId N, const Edge &E,
                                          PathState S) const {
  bool IsStart = N == Query.Start;
  bool Normal = E.Kind == EdgeKind::Normal || E.Kind == EdgeKind::Resume;
  // An acquisition that throws or is abandoned has acquired nothing.
  if (IsStart && Query.ResumesOnly && !Normal)
    return std::nullopt;
  const Node &Here = G.node(N);
  if (Here.Kind == NodeKind::Dispatch)
    if (const auto *Try = dyn_cast_or_null<CXXTryStmt>(Here.S);
        Try && handlesAllErrors(Try) &&
        !isa_and_nonnull<CXXCatchStmt>(G.node(E.To).S))
      return std::nullopt;
  if (Here.Kind == NodeKind::Dispatch)
    return S;
  bool Leaves = (IsStart || Ahead.test(N)) && !Ahead.test(E.To);
  const auto *Condition =
      Here.Kind == NodeKind::Branch ? dyn_cast_or_null<Expr>(Here.S) : nullptr;
  if (Condition && E.Taken != Edge::Outcome::None) {
    Says Answer = ask(Condition);
    if (Answer == Says::HeldIfTrue || Answer == Says::HeldIfFalse) {
      bool Held =
          (E.Taken == Edge::Outcome::True) == (Answer == Says::HeldIfTrue);
      if (!Held)
        return std::nullopt;
    } else if (Answer == Says::Something && Leaves) {
      return std::nullopt;
    }
  }
  if (!Normal && E.Kind != EdgeKind::Throw) {
    // Where nothing is given back on the normal way either, keeping it is
    // what the function is for.
    if (Leaves || Ahead.test(N) || IsStart)
      return Abandoned;
    return S == Abandoned ? std::optional<PathState>(S) : std::nullopt;
  }
  if (!Leaves)
    return S;
  if (E.Kind == EdgeKind::Throw)
    return Abandoned;
  if (Condition && !testsOwnFlag(Condition) && leavesOnPurpose(N, E))
    return Abandoned;
  return std::nullopt;
}

/// The promise of a coroutine that nobody waits for may terminate on an
/// exception; then there is nothing left to leak in.
bool LeakFinder::endsTheProgram() const {
  const CXXRecordDecl *Promise =
      F.coroutine() ? F.coroutine()->Promise : nullptr;
  if (!Promise)
    return false;
  for (const NamedDecl *D :
       Promise->lookup(&TU.context().Idents.get("unhandled_exception"))) {
    const auto *Method = dyn_cast<CXXMethodDecl>(D);
    const FunctionDecl *Definition = nullptr;
    if (!Method || !Method->hasBody(Definition))
      continue;
    ParentTable Body(Definition->getBody());
    for (const Stmt *S : Body.preorder())
      if (const auto *Call = dyn_cast<CallExpr>(S))
        if (const FunctionDecl *Callee = Call->getDirectCallee();
            Callee && Callee->isNoReturn())
          return true;
  }
  return false;
}

/// `waiter.resume()`: the coroutine that goes on may well own it from here on.
static bool resumesAnother(const Stmt *S) {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(S);
  const CXXRecordDecl *RD = Call ? Call->getRecordDecl() : nullptr;
  return RD && RD->isInStdNamespace() && RD->getName() == "coroutine_handle" &&
         Call->getMethodDecl()->getIdentifier() &&
         Call->getMethodDecl()->getName() == "resume";
}

std::optional<Leak> LeakFinder::find() {
  computeAhead();
  bool GivenBack = false;
  for (const Edge &E : G.node(Query.Start).Out)
    GivenBack |= NormalEdges.contains(E.Kind) && Ahead.test(E.To);
  if (!GivenBack)
    return findDestroyed();
  bool Terminates = endsTheProgram();
  PathQuery Q;
  Q.Start = Query.Start;
  Q.State = Holding;
  Q.Edges = Query.Edges;
  auto Visit = [&](NodeId N, PathState S) {
    if (Query.GivesBack->test(N) || N == Query.Acquire ||
        resumesAnother(G.node(N).S))
      return PathStep::stop();
    NodeKind K = G.node(N).Kind;
    bool Left = K == NodeKind::Exit || K == NodeKind::Destroyed ||
                (K == NodeKind::UnwindExit && !Terminates);
    if (Left)
      return S == Abandoned ? PathStep::found() : PathStep::stop();
    return PathStep::go(S);
  };
  auto Take = [&](NodeId N, const Edge &E, PathState S) {
    return take(N, E, S);
  };
  Q.Visit = Visit;
  Q.Take = Take;
  GaveUp Why;
  std::optional<Path> Way = findPath(G, Q, &Why);
  if (!Why.Reason.empty())
    TU.gaveUp(Why);
  if (!Way)
    return std::nullopt;
  Leak Result{std::move(*Way)};
  PathState S = Holding;
  for (size_t I = 0; I < Result.Way.Edges.size() && S == Holding; ++I) {
    S = take(Result.Way.Nodes[I], Result.Way.Edges[I], S).value_or(Holding);
    Result.Leaves = I;
  }
  return Result;
}

/// What only handlers give back is kept on success and given back on failure. A
/// coroutine that is destroyed where it could have failed does neither.
std::optional<Leak> LeakFinder::findDestroyed() const {
  if (!Query.Edges.contains(EdgeKind::Destroy))
    return std::nullopt;
  llvm::BitVector Handled(G.size());
  for (NodeId N : G.suspendNodes())
    for (const Edge &E : G.node(N).Out)
      if (E.Kind == EdgeKind::Unwind &&
          (Query.GivesBack->test(E.To) ||
           reachableFrom(G, E.To, NormalEdges).anyCommon(*Query.GivesBack)))
        Handled.set(N);
  PathQuery Q;
  Q.Start = Query.Start;
  Q.Edges = NormalEdges.with(EdgeKind::Destroy);
  auto Visit = [&](NodeId N, PathState S) {
    if (Query.GivesBack->test(N) || N == Query.Acquire ||
        resumesAnother(G.node(N).S))
      return PathStep::stop();
    return G.node(N).Kind == NodeKind::Destroyed ? PathStep::found()
                                                 : PathStep::go(S);
  };
  auto Take = [&](NodeId N, const Edge &E,
                  PathState S) -> std::optional<PathState> {
    if (E.Kind == EdgeKind::Destroy && !Handled.test(N))
      return std::nullopt;
    const auto *Condition = G.node(N).Kind == NodeKind::Branch
                                ? dyn_cast_or_null<Expr>(G.node(N).S)
                                : nullptr;
    if (Condition && E.Taken != Edge::Outcome::None) {
      Says Answer = ask(Condition);
      bool Told = Answer == Says::HeldIfTrue || Answer == Says::HeldIfFalse;
      if (Told &&
          (E.Taken == Edge::Outcome::True) != (Answer == Says::HeldIfTrue))
        return std::nullopt;
    }
    return S;
  };
  Q.Visit = Visit;
  Q.Take = Take;
  std::optional<Path> Way = findPath(G, Q);
  if (!Way)
    return std::nullopt;
  Leak Result{std::move(*Way)};
  while (Result.Way.Edges[Result.Leaves].Kind != EdgeKind::Destroy)
    ++Result.Leaves;
  return Result;
}

} // namespace

std::optional<Leak> findLeak(const FunctionAnalysis &F, TUAnalysis &TU,
                             const LeakQuery &Q) {
  return LeakFinder(F, TU, Q).find();
}

} // namespace codrop
