// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/SwallowedCancellation.h"
#include "analysis/HandlerLook.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

namespace {

/// The handlers of the try statements of one function.
class SwallowFinder {
public:
  SwallowFinder(const FunctionAnalysis &F, TUAnalysis &TU,
                const Cancellation &Cancel,
                const SwallowedCancellationOptions &Options)
      : F(F), TU(TU), G(*F.graph()), Parents(G.parents()), Cancel(Cancel),
        Options(Options), Thrown(Cancel.thrownIn(*G.coroutine())) {}

  std::vector<SwallowedCancellation> run();

private:
  void judge(const CXXTryStmt *Try);
  /// What may be reported of a handler besides another round.
  struct Claims {
    bool GoesOn = false, Answers = false;
  };
  std::optional<SwallowedCancellation>
  judge(const CXXTryStmt *Try, const CXXCatchStmt *Handler, Claims May);
  /// The suspensions whose cancellation arrives at the handlers of \p Try.
  llvm::SmallVector<NodeId, 4> thrownInto(const CXXTryStmt *Try) const;
  bool takesSome(const CXXTryStmt *Try) const;
  bool isInside(NodeId N, const CXXTryStmt *Try) const {
    const Stmt *S = G.node(N).S;
    return S && Parents.isWithin(S, Try->getTryBlock());
  }
  /// Success leads to another round, too.
  bool isWorkersLoop(const CXXTryStmt *Try) const;
  /// What happens at \p N leads out of the function when a stop was asked for.
  bool noticesStop(NodeId N, const CXXTryStmt *Try) const;
  bool isGuardedElsewhere(const Stmt *S, const CXXTryStmt *Try) const;
  bool comesAfter(const Stmt *S, const CXXTryStmt *Try) const;
  const FunctionDecl *awaited(NodeId N) const {
    return awaitedFunction(G.suspension(N).Operand, TU.types());
  }

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  const ParentTable &Parents;
  const Cancellation &Cancel;
  const SwallowedCancellationOptions &Options;
  llvm::SmallVector<const CancellationException *, 4> Thrown;
  llvm::SmallVector<NodeId, 4> Suspends; ///< Of the try that is judged.
  std::vector<SwallowedCancellation> Found;
};

} // namespace

bool SwallowFinder::takesSome(const CXXTryStmt *Try) const {
  for (unsigned I = 0; I < Try->getNumHandlers(); ++I)
    for (const CancellationException *E : Thrown)
      if (Cancellation::takes(Try->getHandler(I), *E) != Takes::Not)
        return true;
  return false;
}

llvm::SmallVector<NodeId, 4>
SwallowFinder::thrownInto(const CXXTryStmt *Try) const {
  llvm::SmallVector<NodeId, 4> Result;
  for (NodeId N : G.suspendNodes()) {
    const Suspension &S = G.suspension(N);
    if (!S.E || S.NeverThrows || S.Kind != SuspensionKind::Await)
      continue;
    const CXXTryStmt *At = Parents.enclosingTry(S.E);
    while (At && At != Try && !takesSome(At))
      At = Parents.enclosingTry(At);
    if (At == Try)
      Result.push_back(N);
  }
  return Result;
}

bool SwallowFinder::isGuardedElsewhere(const Stmt *S,
                                       const CXXTryStmt *Try) const {
  const CXXTryStmt *At = Parents.enclosingTry(S);
  return At && !Parents.isWithin(Try, At->getTryBlock()) && takesSome(At);
}

bool SwallowFinder::noticesStop(NodeId N, const CXXTryStmt *Try) const {
  const Node &At = G.node(N);
  if (At.Kind == NodeKind::Branch)
    return Cancel.asksForStop(At.S);
  // What throws when it is too late: `as.check()`, `gate.hold()`,
  // `co_await sleep_abortable(1s, as)`. In a try block of its own it does not.
  const auto *Call = dyn_cast_or_null<CallExpr>(At.S);
  return Call && Cancel.givesToken(Call) && !isGuardedElsewhere(Call, Try);
}

bool SwallowFinder::isWorkersLoop(const CXXTryStmt *Try) const {
  enum : PathState { Within, Outside };
  for (NodeId Start : Suspends) {
    PathQuery Q;
    Q.Start = Start;
    Q.Edges = {EdgeKind::Normal, EdgeKind::Resume};
    auto Visit = [&](NodeId N, PathState S) {
      const Node &At = G.node(N);
      if (!At.S || At.Kind == NodeKind::Join)
        return PathStep::go(S);
      if (!isInside(N, Try))
        return PathStep::go(Outside);
      return S == Outside ? PathStep::found() : PathStep::go(S);
    };
    Q.Visit = Visit;
    if (findPath(G, Q))
      return true;
  }
  return false;
}

/// The coroutine, or what it is called for, says itself that it ends something:
/// that has to be done to the end.
static bool isCleanup(const FunctionDecl *FD) {
  return isa<CXXDestructorDecl>(FD) || soundsLikeCleanup(FD);
}

/// Whether something is so is an answer, and a failure is no.
static bool asksWhether(const FunctionDecl *FD) {
  auto Words = identifierWords(nameOf(FD));
  return !Words.empty() &&
         llvm::is_contained({"is", "has", "can", "try", "check", "probe",
                             "ping", "exists", "maybe"},
                            Words.front());
}

bool SwallowFinder::comesAfter(const Stmt *S, const CXXTryStmt *Try) const {
  return TU.context().getSourceManager().isBeforeInTranslationUnit(
      Try->getEndLoc(), S->getBeginLoc());
}

std::optional<SwallowedCancellation>
SwallowFinder::judge(const CXXTryStmt *Try, const CXXCatchStmt *Handler,
                     Claims May) {
  std::optional<NodeId> Start;
  for (NodeId N = 0; N < G.size() && !Start; ++N)
    if (G.node(N).Kind == NodeKind::Join && G.node(N).S == Handler)
      Start = N;
  if (!Start)
    return std::nullopt;
  bool Workers = isWorkersLoop(Try);
  NodeId Then = 0;
  // First what goes round, then what goes on, then what is answered.
  auto search = [&](SwallowedCancellation::Kind K) {
    PathQuery Q;
    Q.Start = *Start;
    Q.Edges = {EdgeKind::Normal, EdgeKind::Resume};
    auto Visit = [&](NodeId N, PathState S) {
      const Node &At = G.node(N);
      if (noticesStop(N, Try))
        return PathStep::stop();
      if (At.Kind == NodeKind::Suspend) {
        const Suspension &Point = G.suspension(N);
        if (Point.NeverResumes)
          return PathStep::stop();
        if (!Point.Operand || Point.Kind != SuspensionKind::Await)
          return PathStep::go(S);
        if (llvm::is_contained(Suspends, N)) {
          Then = N;
          return K == SwallowedCancellation::Retried ? PathStep::found()
                                                     : PathStep::stop();
        }
        const FunctionDecl *Callee = awaited(N);
        if (Point.NeverThrows || soundsLikeWaiting(Callee) ||
            soundsLikeCleanup(Callee) || isGuardedElsewhere(Point.E, Try))
          return PathStep::go(S);
        // What stands before the try is the worker's next round.
        if (K == SwallowedCancellation::WentOn &&
            (!Workers || comesAfter(Point.E, Try))) {
          Then = N;
          return PathStep::found();
        }
        // The next message is not there, and the loop ends.
        return Workers ? PathStep::stop() : PathStep::go(S);
      }
      if (K == SwallowedCancellation::Answered)
        if (const auto *Return = dyn_cast_or_null<CoreturnStmt>(At.S);
            Return && Return->getOperand() &&
            !Return->getOperand()->getType()->isVoidType()) {
          Then = N;
          return PathStep::found();
        }
      return PathStep::go(S);
    };
    Q.Visit = Visit;
    return findPath(G, Q);
  };
  SwallowedCancellation Result;
  Result.Handler = Handler;
  auto found = [&](SwallowedCancellation::Kind K) {
    if (!search(K))
      return false;
    Result.K = K;
    Result.Then = G.node(Then).Kind == NodeKind::Suspend ? G.suspension(Then).E
                                                         : G.node(Then).S;
    return true;
  };
  if (found(SwallowedCancellation::Retried) ||
      (May.GoesOn && found(SwallowedCancellation::WentOn)) ||
      (May.Answers && found(SwallowedCancellation::Answered)))
    return Result;
  return std::nullopt;
}

void SwallowFinder::judge(const CXXTryStmt *Try) {
  Suspends = thrownInto(Try);
  if (Suspends.empty() || !takesSome(Try))
    return;
  auto isToken = [&](NodeId N) {
    return G.suspension(N).Operand &&
           Cancel.asksForStop(G.suspension(N).Operand, 0);
  };
  bool Asked = llvm::any_of(Suspends, isToken);
  bool OnlyCleanup = llvm::all_of(
      Suspends, [&](NodeId N) { return soundsLikeCleanup(awaited(N)); });
  // Whoever waits for a timer or an event may be woken by its cancellation.
  bool OnlyWaiting = !Asked && llvm::all_of(Suspends, [&](NodeId N) {
    return soundsLikeWaiting(awaited(N));
  });
  if (OnlyCleanup || OnlyWaiting)
    return;
  // A handler before it that leaves says that the author knows of an end.
  bool Aware = false;
  bool InReach = Asked || Cancel.hasTokenInReach(F.function());
  llvm::SmallVector<const CancellationException *, 4> Open;
  for (const CancellationException *E : Thrown)
    if (E->byAnyAwait() || InReach)
      Open.push_back(E);
  for (unsigned I = 0; I < Try->getNumHandlers() && !Open.empty(); ++I) {
    const CXXCatchStmt *Handler = Try->getHandler(I);
    const CancellationException *What = nullptr;
    Takes How = Takes::Not;
    for (const CancellationException *E : Open)
      if (Takes T = Cancellation::takes(Handler, *E);
          T != Takes::Not && (!What || T == Takes::Named)) {
        What = E;
        How = T;
      }
    if (!What) {
      Aware |= Cancellation::soundsCancelled(Handler);
      continue;
    }
    Claims May;
    // Where any await may throw it, the next one does.
    May.GoesOn = How != Takes::Named && !What->byAnyAwait() && (Asked || Aware);
    May.Answers = How != Takes::Named && Options.Results && InReach &&
                  !What->carriesAnyError() && !asksWhether(F.function());
    if (!looksAtException(Handler, F))
      if (std::optional<SwallowedCancellation> S = judge(Try, Handler, May)) {
        S->What = What;
        S->How = How;
        S->Suspends = G.suspension(Suspends.front()).E;
        Found.push_back(*S);
        return;
      }
    // Whoever has thought of one has thought of them.
    if (How == Takes::Named)
      return;
  }
}

std::vector<SwallowedCancellation> SwallowFinder::run() {
  if (Thrown.empty() || isCleanup(F.function()) || TU.isInTest(F.function()))
    return {};
  for (const Stmt *S : Parents.preorder())
    if (const auto *Try = dyn_cast<CXXTryStmt>(S))
      judge(Try);
  return std::move(Found);
}

std::vector<SwallowedCancellation>
findSwallowedCancellations(const FunctionAnalysis &F, TUAnalysis &TU,
                           const Cancellation &Cancel,
                           const SwallowedCancellationOptions &Options) {
  if (!F.coroutine() ||
      llvm::none_of(F.graph()->parents().preorder(),
                    [](const Stmt *S) { return isa<CXXTryStmt>(S); }))
    return {};
  return SwallowFinder(F, TU, Cancel, Options).run();
}

} // namespace codrop
