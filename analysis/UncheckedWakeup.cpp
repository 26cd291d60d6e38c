// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/UncheckedWakeup.h"
#include "analysis/ClassShape.h"
#include "analysis/Names.h"
#include "analysis/PathSearch.h"
#include "clang/AST/ASTContext.h"

using namespace clang;

namespace codrop {

namespace {

// --- What only notifies ------------------------------------------------------

bool declaresAny(const CXXRecordDecl *RD,
                 std::initializer_list<llvm::StringRef> Names) {
  return anyInHierarchy(RD, [&](const CXXRecordDecl *R) {
    return llvm::any_of(Names, [&](llvm::StringRef Name) {
      return !R->lookup(&R->getASTContext().Idents.get(Name)).empty();
    });
  });
}

/// A member called wait of a class that also notifies.
bool waitsByShape(const FunctionDecl *Callee, const TypeModel &Types) {
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
  if (!Method || Method->isStatic() ||
      !Types.isAwaitable(Method->getReturnType()))
    return false;
  if (!llvm::is_contained({"wait", "async_wait", "waitAsync"}, nameOf(Method)))
    return false;
  return declaresAny(
      Method->getParent(),
      {"notify_one", "notify_all", "notifyOne", "notifyAll", "broadcast"});
}

bool isCallable(QualType T) {
  T = T.getNonReferenceType();
  if (T->isFunctionPointerType() || T->isFunctionType())
    return true;
  const CXXRecordDecl *RD = classOf(T);
  return RD &&
         (RD->isLambda() || anyInHierarchy(RD, [](const CXXRecordDecl *R) {
            return !R->lookup(
                         R->getASTContext().DeclarationNames.getCXXOperatorName(
                             OO_Call))
                        .empty();
          }));
}

bool isTime(QualType T) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  return RD && (nameOf(RD) == "duration" || nameOf(RD) == "time_point");
}

/// One await of something that notifies.
struct Wait {
  NodeId At;
  const CoroutineSuspendExpr *E;
  std::string Name;
  std::string Why;
  const Expr *Predicate = nullptr;
};

std::optional<Wait> asWait(const Suspension &S, NodeId At, TUAnalysis &TU) {
  if (S.Kind != SuspensionKind::Await || !S.Operand)
    return std::nullopt;
  Wait W{At, S.E, "", "", nullptr};
  const Expr *Operand = stripped(S.Operand);
  if (const auto *Call = dyn_cast<CallExpr>(Operand)) {
    const FunctionDecl *Callee = Call->getDirectCallee();
    const NamedFact *Fact = TU.knowledge().wakeUp(Callee);
    if (Fact || waitsByShape(Callee, TU.types())) {
      W.Name = "'" + nameOf(Callee).str() + "()'";
      W.Why = Fact ? Fact->Why : "";
      for (const Expr *Argument : Call->arguments()) {
        // A sleep that may be cut short.
        if (isTime(Argument->getType()))
          return std::nullopt;
        if (isCallable(Argument->getType()))
          W.Predicate = Argument;
      }
      return W;
    }
  }
  // `co_await event;`
  const FunctionDecl *Operator =
      S.E->getCommonExpr() ? calledFunction(S.E->getCommonExpr()) : nullptr;
  if (const NamedFact *Fact = TU.knowledge().wakeUp(Operator)) {
    const CXXRecordDecl *RD = classOf(Operand->getType());
    W.Name = RD ? "'" + RD->getNameAsString() + "'" : "the event";
    W.Why = Fact->Why;
    return W;
  }
  return std::nullopt;
}

// --- What is looked at -------------------------------------------------------

/// The members, globals and functions that an expression asks.
using Atoms = llvm::SmallPtrSet<const Decl *, 8>;

void collectAtoms(const Stmt *S, Atoms &Out) {
  if (!S)
    return;
  if (const auto *Lambda = dyn_cast<LambdaExpr>(S))
    return collectAtoms(Lambda->getBody(), Out);
  if (const auto *Member = dyn_cast<MemberExpr>(S)) {
    if (!isa<CXXConversionDecl>(Member->getMemberDecl()))
      Out.insert(Member->getMemberDecl()->getCanonicalDecl());
  } else if (const auto *Ref = dyn_cast<DeclRefExpr>(S)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    const auto *Function = dyn_cast<FunctionDecl>(Ref->getDecl());
    if ((Var && (Var->hasGlobalStorage() || Var->getType()->isReferenceType() ||
                 Var->getType()->isPointerType() ||
                 Ref->refersToEnclosingVariableOrCapture())) ||
        (Function && !Function->isInStdNamespace() &&
         !Function->isOverloadedOperator()))
      Out.insert(Ref->getDecl()->getCanonicalDecl());
    // `check()` of a local closure.
    if (const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Function);
        Method && Method->getParent()->isLambda())
      Out.insert(Method->getCanonicalDecl());
  }
  for (const Stmt *Child : S->children())
    collectAtoms(Child, Out);
}

Atoms atomsOf(const Stmt *S) {
  Atoms Result;
  collectAtoms(S, Result);
  return Result;
}

bool intersect(const Atoms &A, const Atoms &B) {
  return llvm::any_of(A, [&](const Decl *D) { return B.contains(D); });
}

/// `empty()`, `size()` of any container say little of which one.
bool isStandardMember(const Decl *D) {
  const auto *Method = dyn_cast<CXXMethodDecl>(D);
  return Method && Method->getParent()->isInStdNamespace();
}

/// It asks about something that others change: more than locals.
bool asksShared(const Atoms &A) {
  return llvm::any_of(A, [](const Decl *D) { return !isStandardMember(D); });
}

// --- Taking from containers --------------------------------------------------

/// `queue.front()`, `queue.pop_back()`: right only if something is there.
const Expr *takenFrom(const Stmt *S) {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(S);
  const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
  if (!Method || !llvm::is_contained(
                     {"front", "back", "top", "pop", "pop_front", "pop_back"},
                     nameOf(Method)))
    return nullptr;
  const CXXRecordDecl *RD = Method->getParent();
  return RD->isInStdNamespace() ? Call->getImplicitObjectArgument() : nullptr;
}

class WakeupFinder {
public:
  WakeupFinder(const FunctionAnalysis &F, TUAnalysis &TU)
      : F(F), TU(TU), G(*F.graph()) {}

  std::vector<UncheckedWakeup> run();

private:
  std::optional<UncheckedWakeup> judge(const Wait &W);
  std::optional<UncheckedWakeup> judgeBare(const Wait &W, const Expr *If);
  std::optional<UncheckedWakeup> judgePredicate(const Wait &W);
  const Expr *governingIf(const Stmt *S) const;
  const Expr *loopAround(const Stmt *S) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const SuspendCFG &G;
};

/// The condition of the `if` that decides whether \p S is awaited, if that is
/// all that decides between it and the next loop.
const Expr *WakeupFinder::governingIf(const Stmt *S) const {
  const Stmt *Child = S;
  for (const Stmt *P = G.parents().parent(S); P;
       Child = P, P = G.parents().parent(P)) {
    if (isa<WhileStmt, DoStmt, ForStmt, CXXForRangeStmt>(P))
      return nullptr;
    if (const auto *If = dyn_cast<IfStmt>(P))
      return Child == If->getThen() || Child == If->getElse() ? If->getCond()
                                                              : nullptr;
  }
  return nullptr;
}

/// The condition of the loop whose body is \p S alone.
const Expr *WakeupFinder::loopAround(const Stmt *S) const {
  for (const Stmt *P = G.parents().parent(S); P; P = G.parents().parent(P)) {
    if (isa<Expr>(P))
      continue;
    if (const auto *Block = dyn_cast<CompoundStmt>(P)) {
      if (Block->size() != 1)
        return nullptr;
      continue;
    }
    const auto *While = dyn_cast<WhileStmt>(P);
    return While ? While->getCond() : nullptr;
  }
  return nullptr;
}

std::optional<UncheckedWakeup> WakeupFinder::judgeBare(const Wait &W,
                                                       const Expr *If) {
  const Atoms Asked = If ? atomsOf(If) : Atoms();
  const bool Shared = If && asksShared(Asked);
  // Where the coroutine looks again.
  auto looks = [&](NodeId N) {
    const Node &Here = G.node(N);
    if (Here.Kind != NodeKind::Branch || !Here.S)
      return false;
    const Atoms Again = atomsOf(Here.S);
    return Shared ? intersect(Asked, Again) : asksShared(Again);
  };
  const bool ComesBack = [&] {
    llvm::BitVector After = reachableFrom(G, W.At, NormalEdges);
    for (NodeId N = 0; N < G.size(); ++N)
      if (After[N] && looks(N))
        return true;
    return false;
  }();
  NodeId Last = W.At;
  std::string Taken;
  PathQuery Q;
  Q.Start = W.At;
  Q.Edges = NormalEdges;
  auto Visit = [&](NodeId N, PathState S) {
    if (looks(N))
      return PathStep::stop();
    const Node &Here = G.node(N);
    // What happens after the next wait is its own.
    if (Here.Kind == NodeKind::Suspend && N != W.At &&
        G.suspension(N).Kind != SuspensionKind::Final)
      return PathStep::stop();
    if (const Expr *From = takenFrom(Here.S)) {
      std::optional<AccessPath> Place = F.accesses().resolver().resolve(From);
      const Atoms Source = atomsOf(From);
      if (Place && sharingOf(*Place, G) != Sharing::Local &&
          (!Shared || intersect(Asked, Source))) {
        Last = N;
        Taken = Place->str();
        return PathStep::found();
      }
    }
    // The caller is told what has come of it.
    if (const auto *Return = dyn_cast_or_null<CoreturnStmt>(Here.S);
        Return && Return->getOperand() &&
        intersect(Asked, atomsOf(Return->getOperand())) &&
        Return->getOperand()->getType()->isBooleanType())
      return PathStep::stop();
    if (N == G.exit() && Shared && !ComesBack) {
      Last = N;
      return PathStep::found();
    }
    return PathStep::go(S);
  };
  Q.Visit = Visit;
  if (!findPath(G, Q))
    return std::nullopt;
  UncheckedWakeup U;
  U.K = Shared ? UncheckedWakeup::NotInLoop : UncheckedWakeup::TakenUnchecked;
  U.Condition = Shared ? If : nullptr;
  if (!Taken.empty()) {
    U.Used = G.node(Last).S->getBeginLoc();
    U.Taken = std::move(Taken);
  }
  return U;
}

void conjuncts(const Expr *E, llvm::SmallVectorImpl<const Expr *> &Out) {
  E = stripped(E);
  if (const auto *Binary = dyn_cast<BinaryOperator>(E);
      Binary && Binary->getOpcode() == BO_LAnd) {
    conjuncts(Binary->getLHS(), Out);
    conjuncts(Binary->getRHS(), Out);
    return;
  }
  Out.push_back(E);
}

/// `while (a() && b()) co_await cv.wait([] { return !a(); });` sleeps on when b
/// has changed.
std::optional<UncheckedWakeup> WakeupFinder::judgePredicate(const Wait &W) {
  const Expr *Loop = loopAround(W.E);
  const auto *Lambda = dyn_cast<LambdaExpr>(stripped(W.Predicate));
  if (!Loop || !Lambda)
    return std::nullopt;
  const Atoms Waited = atomsOf(Lambda);
  llvm::SmallVector<const Expr *, 4> Parts;
  conjuncts(Loop, Parts);
  for (const Expr *Part : Parts) {
    const Atoms Asked = atomsOf(Part);
    if (!asksShared(Asked) || intersect(Asked, Waited))
      continue;
    UncheckedWakeup U;
    U.K = UncheckedWakeup::OtherPredicate;
    U.Condition = Part;
    return U;
  }
  return std::nullopt;
}

std::optional<UncheckedWakeup> WakeupFinder::judge(const Wait &W) {
  std::optional<UncheckedWakeup> Found;
  if (W.Predicate)
    Found = judgePredicate(W);
  else
    Found = judgeBare(W, governingIf(W.E));
  if (Found) {
    Found->Awaited = W.E->getExprLoc();
    Found->Name = W.Name;
    Found->Why = W.Why;
  }
  return Found;
}

std::vector<UncheckedWakeup> WakeupFinder::run() {
  std::vector<UncheckedWakeup> Result;
  for (NodeId N : G.suspendNodes())
    if (std::optional<Wait> W = asWait(G.suspension(N), N, TU))
      if (std::optional<UncheckedWakeup> U = judge(*W))
        Result.push_back(std::move(*U));
  return Result;
}

} // namespace

std::vector<UncheckedWakeup> findUncheckedWakeups(const FunctionAnalysis &F,
                                                  TUAnalysis &TU) {
  // Most coroutines wait for nothing of the kind: no graph for them.
  const Coroutine *C = F.coroutine();
  if (!C || llvm::none_of(C->Suspensions, [&](const Suspension &S) {
        return asWait(S, 0, TU).has_value();
      }))
    return {};
  if (!F.graph())
    return {};
  return WakeupFinder(F, TU).run();
}

} // namespace codrop
