// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/SwallowedError.h"
#include "analysis/HandlerLook.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

namespace {

class ErrorFinder {
public:
  ErrorFinder(const FunctionAnalysis &F, TUAnalysis &TU,
              const Cancellation &Cancel)
      : F(F), TU(TU), G(*F.graph()), Parents(G.parents()), Cancel(Cancel) {}

  std::vector<SwallowedError> run();

private:
  llvm::SmallVector<const ValueDecl *, 2> errorsOf(const Suspension &S) const;
  void judge(NodeId N, const ValueDecl *Error);
  bool isStoppedResult(const Suspension &S) const;
  bool isPlainTest(const Expr *Ref, const ValueDecl *Error) const;
  bool isEndless(const Stmt *S) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
  const ParentTable &Parents;
  const Cancellation &Cancel;
  std::vector<SwallowedError> Found;
};

} // namespace

static bool isErrorCode(QualType T) {
  const CXXRecordDecl *RD =
      T.isNull() ? nullptr : T.getNonReferenceType()->getAsCXXRecordDecl();
  return nameOf(RD) == "error_code";
}

static bool names(const Expr *E, const ValueDecl *D) {
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E ? stripped(E) : nullptr);
  return Ref && Ref->getDecl() == D;
}

/// The outcome of \p Condition that says that \p Error is one, if it asks that
/// and nothing else.
static std::optional<Edge::Outcome> saysFailed(const Expr *Condition,
                                               const ValueDecl *Error) {
  using Outcome = Edge::Outcome;
  if (!Condition)
    return std::nullopt;
  Condition = stripped(Condition);
  auto inverse = [](std::optional<Outcome> O) -> std::optional<Outcome> {
    if (!O)
      return O;
    return *O == Outcome::True ? Outcome::False : Outcome::True;
  };
  if (const auto *Unary = dyn_cast<UnaryOperator>(Condition);
      Unary && Unary->getOpcode() == UO_LNot)
    return inverse(saysFailed(Unary->getSubExpr(), Error));
  const auto *Call = dyn_cast<CXXMemberCallExpr>(Condition);
  if (!Call || !names(Call->getImplicitObjectArgument(), Error))
    return std::nullopt;
  const CXXMethodDecl *Method = Call->getMethodDecl();
  if (isa_and_nonnull<CXXConversionDecl>(Method))
    return isErrorCode(Error->getType()) ? Outcome::True : Outcome::False;
  llvm::StringRef Name = nameOf(Method);
  if (Name == "failed" || Name == "hasException" || Name == "has_error" ||
      Name == "hasError")
    return Outcome::True;
  if (Name == "has_value" || Name == "hasValue")
    return Outcome::False;
  return std::nullopt;
}

bool ErrorFinder::isPlainTest(const Expr *Ref, const ValueDecl *Error) const {
  const Stmt *Top = Ref;
  for (const Stmt *P = Parents.parent(Top); P && isa<Expr>(P);
       Top = P, P = Parents.parent(P))
    if (const auto *Binary = dyn_cast<BinaryOperator>(P);
        (Binary && Binary->isLogicalOp()) || isa<ConditionalOperator>(P))
      break;
  return saysFailed(cast<Expr>(Top), Error).has_value();
}

/// `co_await stopped_as_optional(f())`: empty when `f()` was stopped.
bool ErrorFinder::isStoppedResult(const Suspension &S) const {
  const auto *Call = dyn_cast<CallExpr>(stripped(S.Operand));
  return Call && TU.knowledge().isStoppedResult(Call->getDirectCallee());
}

/// The variables in which the await says how it has gone.
llvm::SmallVector<const ValueDecl *, 2>
ErrorFinder::errorsOf(const Suspension &S) const {
  llvm::SmallVector<const ValueDecl *, 2> Result;
  llvm::SmallVector<const Stmt *, 16> Below{S.Operand};
  while (!Below.empty()) {
    const Stmt *Next = Below.pop_back_val();
    if (const auto *Ref = dyn_cast_or_null<DeclRefExpr>(Next);
        Ref && isa<VarDecl>(Ref->getDecl()) && isErrorCode(Ref->getType()) &&
        !llvm::is_contained(Result, Ref->getDecl()))
      Result.push_back(Ref->getDecl());
    if (Next && !isa<LambdaExpr>(Next))
      llvm::append_range(Below, Next->children());
  }
  ResultFate Fate = resultFate(S.E, Parents);
  if (Fate.Use != ResultUse::Stored || !Fate.Var)
    return Result;
  if (const auto *Parts = dyn_cast<DecompositionDecl>(Fate.Var)) {
    for (const BindingDecl *Part : Parts->bindings())
      if (isErrorCode(Part->getType()))
        Result.push_back(Part);
  } else if (isErrorCode(Fate.Var->getType()) || S.NeverThrows ||
             isStoppedResult(S)) {
    Result.push_back(Fate.Var);
  }
  return Result;
}

static bool isTrue(const Expr *Condition) {
  const auto *Literal =
      Condition ? dyn_cast<CXXBoolLiteralExpr>(stripped(Condition)) : nullptr;
  return !Condition || (Literal && Literal->getValue());
}

bool ErrorFinder::isEndless(const Stmt *S) const {
  for (; S; S = Parents.parent(S)) {
    if (const auto *For = dyn_cast<ForStmt>(S))
      return isTrue(For->getCond());
    if (const auto *While = dyn_cast<WhileStmt>(S))
      return isTrue(While->getCond());
    if (const auto *Do = dyn_cast<DoStmt>(S))
      return isTrue(Do->getCond());
  }
  return false;
}

/// Other functions of the class can get at what is awaited, and end it.
static bool isOnOwnMember(const Stmt *S) {
  return isa_and_nonnull<CXXThisExpr>(S) ||
         (S && !isa<LambdaExpr>(S) &&
          llvm::any_of(S->children(), isOnOwnMember));
}

void ErrorFinder::judge(NodeId N, const ValueDecl *Error) {
  const Suspension &Point = G.suspension(N);
  llvm::BitVector Looked(G.size());
  for (const UseTable::At &At : F.uses().of(Error)) {
    const Expr *Ref = At.What.Ref;
    if (Parents.isWithin(Ref, Point.Operand) || isPlainTest(Ref, Error))
      continue;
    if (looksAtMention(Ref, F))
      Looked.set(At.Node);
  }
  enum : PathState { Unknown, Failed };
  const Expr *Test = nullptr;
  PathQuery Q;
  Q.Start = N;
  Q.Edges = {EdgeKind::Normal, EdgeKind::Resume};
  auto Visit = [&](NodeId At, PathState S) {
    if (At == N)
      return S == Failed ? PathStep::found() : PathStep::stop();
    const Node &Here = G.node(At);
    if (Looked[At])
      return PathStep::stop();
    if (Here.Kind == NodeKind::Branch && Cancel.asksForStop(Here.S))
      return PathStep::stop();
    if (const auto *Call = dyn_cast_or_null<CallExpr>(Here.S);
        Call && Cancel.givesToken(Call))
      return PathStep::stop();
    if (Here.Kind == NodeKind::Suspend) {
      const Suspension &Other = G.suspension(At);
      // What else is awaited may say that it is over.
      if (!soundsLikeWaiting(awaitedFunction(Other.Operand, TU.types())))
        return PathStep::stop();
    }
    return PathStep::go(S);
  };
  auto Take = [&](NodeId At, const Edge &E,
                  PathState S) -> std::optional<PathState> {
    const Node &Here = G.node(At);
    if (Here.Kind != NodeKind::Branch || E.Taken == Edge::Outcome::None)
      return S;
    const auto *Condition = dyn_cast_or_null<Expr>(Here.S);
    std::optional<Edge::Outcome> Says = saysFailed(Condition, Error);
    if (!Says)
      return S;
    if (*Says != E.Taken)
      return std::nullopt;
    Test = Condition;
    return Failed;
  };
  Q.Visit = Visit;
  Q.Take = Take;
  if (!findPath(G, Q) || !Test)
    return;
  SwallowedError Result;
  Result.Suspends = Point.E;
  Result.Error = Error;
  Result.Test = Test;
  Result.Sure = isEndless(Point.E) && isOnOwnMember(Point.Operand)
                    ? Confidence::Definite
                    : Confidence::Maybe;
  Found.push_back(Result);
}

/// Some call in \p S waits for a timer or an event:
/// `timer.async_wait(token())`.
static bool waitsWithin(const Stmt *S) {
  if (!S || isa<LambdaExpr>(S))
    return false;
  const auto *Call = dyn_cast<CallExpr>(S);
  return (Call && soundsLikeWaiting(Call->getDirectCallee())) ||
         llvm::any_of(S->children(), waitsWithin);
}

std::vector<SwallowedError> ErrorFinder::run() {
  bool AsCode = false, AsResult = false;
  for (const CancellationException *E :
       Cancel.thrownIn(*G.coroutine(), /*WithOwn=*/false)) {
    AsCode |= E->carriesAnyError();
    AsResult |= E->byAnyAwait() || Cancel.hasTokenInReach(F.function());
  }
  if (soundsLikeCleanup(F.function()) || TU.isInTest(F.function()))
    return {};
  for (NodeId N : G.suspendNodes()) {
    const Suspension &S = G.suspension(N);
    if (!S.E || !S.Operand || S.Kind != SuspensionKind::Await)
      continue;
    bool Stopped = isStoppedResult(S);
    if (!AsCode && !AsResult && !Stopped)
      continue;
    const FunctionDecl *Callee = awaitedFunction(S.Operand, TU.types());
    // Whoever waits for a timer or an event may be woken by its cancellation.
    if (waitsWithin(S.Operand) || soundsLikeCleanup(Callee))
      continue;
    for (const ValueDecl *Error : errorsOf(S))
      if (isErrorCode(Error->getType()) ? AsCode : AsResult || Stopped)
        judge(N, Error);
  }
  return std::move(Found);
}

std::vector<SwallowedError> findSwallowedErrors(const FunctionAnalysis &F,
                                                TUAnalysis &TU,
                                                const Cancellation &Cancel) {
  if (!F.coroutine())
    return {};
  return ErrorFinder(F, TU, Cancel).run();
}

} // namespace codrop
