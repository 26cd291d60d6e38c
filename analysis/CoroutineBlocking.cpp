// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/CoroutineBlocking.h"
#include "analysis/BlockingParts.h"
#include "analysis/Names.h"
#include "clang/Basic/SourceManager.h"
#include <set>

using namespace clang;

namespace codrop {

/// `thread_pool`, `CPUThreadPoolExecutor`, `blocking_executor`: its threads are
/// there to be blocked.
static bool namesAPool(llvm::StringRef Name) {
  for (const std::string &Word : identifierWords(Name))
    if (llvm::is_contained({"pool", "threadpool", "blocking", "background",
                            "offload", "workers"},
                           llvm::StringRef(Word)))
      return true;
  return false;
}

using Place = OffloadFact::Place;

static bool mentionsPool(const Stmt *S, const Knowledge &Known) {
  ParentTable Table(S);
  if (const auto *Outer = dyn_cast<Expr>(S))
    if (const OffloadFact *Fact = Known.offload(calledFunction(Outer));
        Fact && Fact->Runs != Place::Unsaid)
      return Fact->Runs == Place::There;
  return llvm::any_of(Table.preorder(), [&](const Stmt *Inner) {
    const auto *E = dyn_cast<Expr>(Inner);
    if (const FunctionDecl *Callee = E ? calledFunction(E) : nullptr) {
      const OffloadFact *Fact = Known.offload(Callee);
      if (Fact ? Fact->Runs == Place::There : namesAPool(nameOf(Callee)))
        return true;
    }
    if (!isa_and_nonnull<DeclRefExpr, MemberExpr, CXXThisExpr>(E))
      return false;
    QualType T = E->getType().getNonReferenceType();
    if (T->isPointerType())
      T = T->getPointeeType();
    const CXXRecordDecl *RD = pointedClass(T);
    if (!RD)
      RD = T->getAsCXXRecordDecl();
    return RD && namesAPool(nameOf(RD));
  });
}

/// Awaiting \p Call brings the coroutine back to its own threads:
/// `co_await asio::post(pool, use_awaitable)`, but for bind_executor().
static bool comesBack(const CallExpr *Call, const Knowledge &Known) {
  bool Back = false;
  ParentTable Table(Call);
  for (const Stmt *S : Table.preorder())
    if (const auto *E = dyn_cast<Expr>(S))
      if (const OffloadFact *Fact = Known.offload(calledFunction(E))) {
        if (Fact->Resumes == Place::There)
          return false;
        Back |= Fact->Resumes == Place::Here;
      }
  return Back;
}

/// The first await that moves the coroutine to a pool: `co_await
/// pool.schedule()`. Null if there is none.
static const CoroutineSuspendExpr *movesToPool(const ParentTable &Parents,
                                               const Knowledge &Known) {
  for (const Stmt *S : Parents.preorder())
    if (const auto *Await = dyn_cast<CoroutineSuspendExpr>(S))
      if (const auto *Call = dyn_cast<CallExpr>(stripped(Await->getOperand()));
          Call && mentionsPool(Call, Known) && !comesBack(Call, Known))
        return Await;
  return nullptr;
}

/// The lambda is written as an argument of a call that mentions a pool:
/// `pool.submit([]() -> task { … })`, `co_withExecutor(&pool, [] { … }())`.
static bool isGivenToPool(const FunctionDecl *FD, TUAnalysis &TU) {
  const LambdaExpr *Lambda = TU.index().lambda(FD);
  const FunctionDecl *Outer = TU.index().enclosing(FD);
  const FunctionDecl *Definition = nullptr;
  if (!Lambda || !Outer || !Outer->hasBody(Definition))
    return false;
  ParentTable Parents(writtenBody(Definition));
  for (const Stmt *P = Parents.parent(Lambda); isa_and_nonnull<Expr>(P);
       P = Parents.parent(P))
    if (isa<CallExpr>(P) && mentionsPool(P, TU.knowledge()))
      return true;
  return false;
}

/// `co_return work();` of a parameter, `std::invoke(std::move(work))`: what it
/// is, and where it is fit to run, is the caller's to say.
static bool callsParameter(const Expr *E) {
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  const auto *Operator = dyn_cast<CXXOperatorCallExpr>(E);
  bool Invokes = (Operator && Operator->getOperator() == OO_Call) ||
                 (Callee && Callee->isInStdNamespace());
  if (!Invokes || Call->getNumArgs() == 0)
    return false;
  const Expr *Function = Call->getArg(0);
  if (const Expr *Moved = movedOperand(stripped(Function)))
    Function = Moved;
  const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Function));
  return Ref && isa<ParmVarDecl>(Ref->getDecl());
}

/// `[&]() -> task<> { service.run(); co_return; }` awaits nothing: it is how
/// the loop that runs the others is given to when_all().
static bool drivesLoop(const FunctionAnalysis &F, const Expr *E) {
  const CXXRecordDecl *RD = calledObjectClass(E);
  if (!RD || !F.coroutine() ||
      llvm::any_of(F.coroutine()->Suspensions, [](const Suspension &S) {
        return S.E && isa<CoawaitExpr, CoyieldExpr>(S.E) &&
               S.Kind != SuspensionKind::Initial &&
               S.Kind != SuspensionKind::Final;
      }))
    return false;
  auto Words = identifierWords(nameOf(RD));
  return llvm::any_of(Words, [](llvm::StringRef Word) {
    return llvm::is_contained(
        {"service", "context", "loop", "reactor", "event"}, Word);
  });
}

/// `co_await sem.wait(); queue.pop();` The permit may say that there is
/// something to take, so that taking it waits for nobody.
static bool takesWhatWasAwaited(const FunctionAnalysis &F, const Expr *E,
                                const BlockingChain &Chain,
                                const SourceManager &SM) {
  const FunctionDecl *Callee = E ? calledFunction(E) : nullptr;
  if (!Callee || Chain.Steps.size() < 2 || !calledObject(E) || !F.coroutine())
    return false;
  auto Words = identifierWords(nameOf(Callee));
  if (!llvm::any_of(Words, [](llvm::StringRef Word) {
        return llvm::is_contained({"pop", "take", "dequeue", "receive", "get"},
                                  Word);
      }))
    return false;
  return llvm::any_of(F.coroutine()->Suspensions, [&](const Suspension &S) {
    return S.E && S.Kind != SuspensionKind::Initial &&
           S.Kind != SuspensionKind::Final &&
           SM.isBeforeInTranslationUnit(S.E->getExprLoc(), E->getExprLoc());
  });
}

std::vector<BlockingWork> findBlockingWork(const FunctionAnalysis &F,
                                           TUAnalysis &TU, Summaries &Blocking,
                                           unsigned Depth) {
  std::vector<BlockingWork> Result;
  const FunctionDecl *FD = F.function();
  std::set<std::string> Seen;
  Blocking.visitBlocking(
      FD, Depth, [&](BlockingSite Site, BlockingChain Chain) {
        // The class of a local of the user's own is reported by itself, as one
        // that lives in a coroutine's frame.
        if (const auto *Var = dyn_cast<const VarDecl *>(Site)) {
          const CXXRecordDecl *RD = pointedClass(Var->getType());
          if (!RD)
            RD = Var->getType()->getAsCXXRecordDecl();
          const SourceManager &SM = TU.context().getSourceManager();
          if (RD && !SM.isInSystemHeader(RD->getLocation()) &&
              !TU.knowledge().blockingDestructor(RD))
            return false;
        }
        const auto *E = dyn_cast<const Expr *>(Site);
        if ((E && (callsParameter(E) || drivesLoop(F, E))) ||
            !Seen.insert(Chain.Callee).second)
          return false;
        Chain.MayBeOther |=
            takesWhatWasAwaited(F, E, Chain, TU.context().getSourceManager());
        Result.push_back(
            {E ? E->getExprLoc() : cast<const VarDecl *>(Site)->getLocation(),
             E ? E->getSourceRange() : SourceRange(), std::move(Chain)});
        return false;
      });
  if (Result.empty() || TU.isInTest(FD))
    return {};
  const SourceManager &SM = TU.context().getSourceManager();
  ParentTable Parents(writtenBody(FD));
  if (const CoroutineSuspendExpr *Move = movesToPool(Parents, TU.knowledge()))
    llvm::erase_if(Result, [&](const BlockingWork &Work) {
      return SM.isBeforeInTranslationUnit(Move->getExprLoc(), Work.Loc);
    });
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (!Result.empty() && Method && Method->getParent()->isLambda() &&
      isGivenToPool(FD, TU))
    Result.clear();
  return Result;
}

} // namespace codrop
