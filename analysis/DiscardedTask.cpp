// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/DiscardFinder.h"
#include "analysis/Names.h"
#include "analysis/Pairing.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

/// `std::ignore = f()`
static bool assignsToIgnore(const CXXOperatorCallExpr *Call) {
  if (Call->getOperator() != OO_Equal || Call->getNumArgs() != 2)
    return false;
  const auto *Left = dyn_cast<DeclRefExpr>(stripped(Call->getArg(0)));
  return Left && nameOf(Left->getDecl()) == "ignore" &&
         Left->getDecl()->isInStdNamespace();
}

/// True if the statement \p P evaluates its part \p Child for a decision.
static bool isConditionOf(const Stmt *P, const Stmt *Child) {
  if (const auto *If = dyn_cast<IfStmt>(P))
    return If->getCond() == Child;
  if (const auto *While = dyn_cast<WhileStmt>(P))
    return While->getCond() == Child;
  if (const auto *Switch = dyn_cast<SwitchStmt>(P))
    return Switch->getCond() == Child;
  if (const auto *Do = dyn_cast<DoStmt>(P))
    return Do->getCond() == Child;
  if (const auto *For = dyn_cast<ForStmt>(P))
    return For->getCond() == Child;
  if (const auto *Range = dyn_cast<CXXForRangeStmt>(P))
    return Range->getBody() != Child;
  return false;
}

std::optional<DiscardSite> discardOf(const Expr *E,
                                     const ParentTable &Parents) {
  DiscardSite Result;
  const Stmt *Child = E;
  const Stmt *P = Parents.effectiveParent(E, &Child);
  for (; P; P = Parents.effectiveParent(P, &Child)) {
    if (Parents.initializedVariable(Child))
      return std::nullopt;
    Result.Site = P;
    Result.Whole = Child;
    if (const auto *Cast = dyn_cast<CastExpr>(P)) {
      if (Cast->getCastKind() == CK_ToVoid)
        Result.Explicit = true;
      else if (Cast->getCastKind() != CK_NoOp &&
               Cast->getCastKind() != CK_ConstructorConversion)
        return std::nullopt;
    } else if (const auto *Choice = dyn_cast<ConditionalOperator>(P)) {
      if (Choice->getCond() == Child)
        return std::nullopt;
    } else if (const auto *Binary = dyn_cast<BinaryOperator>(P)) {
      if (Binary->getOpcode() != BO_Comma)
        return std::nullopt;
      if (Binary->getLHS() == Child)
        return Result;
    } else if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(P)) {
      if (!assignsToIgnore(Operator))
        return std::nullopt;
      Result.Explicit = true;
      return Result;
    } else if (const auto *Call = dyn_cast<CallExpr>(P)) {
      if (!movedOperand(Call))
        return std::nullopt;
    } else if (const auto *Construct = dyn_cast<CXXConstructExpr>(P)) {
      if (!Construct->getConstructor()->isMoveConstructor())
        return std::nullopt;
    } else if (const auto *Block = dyn_cast<CompoundStmt>(P)) {
      // The last statement of `({ … })` is its value.
      const Stmt *Outer = Parents.parent(Block);
      if (!isa_and_nonnull<StmtExpr>(Outer) || Block->body_back() != Child)
        return Result;
      P = Outer;
    } else if (isa<Expr, DeclStmt, ReturnStmt, CoreturnStmt, CoroutineBodyStmt>(
                   P)) {
      return std::nullopt;
    } else {
      return isConditionOf(P, Child) ? std::nullopt
                                     : std::optional<DiscardSite>(Result);
    }
  }
  return std::nullopt;
}

bool makesReady(const Expr *E) {
  llvm::SmallVector<std::string, 4> Words =
      identifierWords(nameOf(calledFunction(E)));
  if (Words.empty())
    return false;
  // `promise.get_future()`: nothing runs because of it.
  return llvm::is_contained(Words, "ready") ||
         llvm::is_contained(Words, "exception") ||
         (Words.front() == "get" && Words.back() == "future");
}

/// `f().thenTry([](Try<int> result) {})`: the callback sees every end.
static bool handlesEnd(const CallExpr *Call) {
  return llvm::is_contained({"thenTry", "thenTryInline", "then_wrapped",
                             "thenError", "onError", "handle_exception"},
                            nameOf(Call->getDirectCallee()));
}

/// `assert_throws([&] { f(); });` in a test: that the call throws is what it
/// is made for.
bool DiscardFinder::isTriedByTest(const Expr *Task) const {
  const auto *Method = dyn_cast<CXXMethodDecl>(F.function());
  if (!Method || !Method->getParent()->isLambda() || isCoroutine(Method) ||
      !TU.isInTest(Method))
    return false;
  const auto *Body = dyn_cast_or_null<CompoundStmt>(Method->getBody());
  return Body && !Body->body_empty() &&
         Parents.isWithin(Task, Body->body_back());
}

DiscardedTask &DiscardFinder::add(DiscardedTask::Kind K, TaskLoss Loss,
                                  SourceLocation Where) {
  DiscardedTask D;
  D.K = K;
  D.Loss = Loss;
  D.Where = Where;
  D.Made = Where;
  if (TU.isInTest(F.function()))
    D.Sure = Confidence::Maybe;
  Found.push_back(std::move(D));
  return Found.back();
}

const CXXRecordDecl *DiscardFinder::guardOf(const Expr *Task) const {
  QualType Result = TU.types().awaitResult(Task->getType());
  if (Result.isNull())
    return nullptr;
  std::optional<Guard> Held =
      guardFrom(Result, calledFunction(Task), TU.types());
  return Held ? Held->Record : nullptr;
}

/// `spawn(f())`, `f().start()`: what the call gives may be dropped, because the
/// task was handed to something that sees to it.
bool DiscardFinder::isDetached(const CallExpr *Call, TaskLoss Loss) const {
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (const SinkFact *Sink = TU.knowledge().sink(Callee))
    return Sink->DetachedOnlyIfType.empty() || Loss != TaskLoss::NeverRuns;
  if (!Callee || Loss == TaskLoss::NeverRuns)
    return false;
  auto givesTask = [&](const Expr *E) {
    return E && (TU.types().isAwaitable(E->getType()) ||
                 TU.types().isAwaitable(callResult(E->getType())));
  };
  if (!givesTask(calledObject(Call)) &&
      llvm::none_of(Call->arguments(), givesTask))
    return false;
  return llvm::any_of(
      identifierWords(nameOf(Callee)), [](llvm::StringRef Word) {
        return llvm::is_contained({"start", "spawn", "detach", "launch", "post",
                                   "fork", "background", "forget", "ignore"},
                                  Word);
      });
}

/// `EXPECT_THROW(f(), error)`: what a macro makes a statement of is its own to
/// know.
bool DiscardFinder::isMacroTest(const Expr *E, const Stmt *Site) const {
  const SourceManager &SM = TU.context().getSourceManager();
  const auto *Operator = dyn_cast<Expr>(Site);
  return SM.isMacroArgExpansion(E->getBeginLoc()) &&
         SM.isMacroBodyExpansion(Operator ? Operator->getExprLoc()
                                          : Site->getBeginLoc());
}

/// In a template, `f(x)` with f a parameter or member of the template's
/// choosing: the fault is with whoever chose it.
bool DiscardFinder::callsParameter(const CallExpr *Call) const {
  if (!F.function()->isTemplateInstantiation() &&
      !isa<ClassTemplateSpecializationDecl>(F.function()->getDeclContext()))
    return false;
  if (!Call->getDirectCallee())
    return true;
  if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call))
    return Operator->getOperator() == OO_Call;
  return Call->getDirectCallee()->isInStdNamespace();
}

void DiscardFinder::statements() {
  llvm::DenseSet<const Stmt *> Wholes;
  for (const Stmt *S : Parents.preorder()) {
    const auto *E = dyn_cast<Expr>(S);
    if (!E || !isa<CallExpr, CoroutineSuspendExpr>(E) || !E->isPRValue() ||
        !E->getType()->isRecordType())
      continue;
    std::optional<HeldTask> Held = Drops.held(E->getType());
    if (!Held)
      continue;
    const TaskLoss Loss = Held->Loss;
    // What an await gives may be a future that is done.
    const auto *Call = dyn_cast<CallExpr>(E);
    if (!Call && Loss != TaskLoss::NeverRuns)
      continue;
    std::optional<DiscardSite> Site = discardOf(E, Parents);
    if (!Site || (!Site->Explicit && isMacroTest(E, Site->Site)))
      continue;
    if (Site->Explicit && Loss != TaskLoss::NeverRuns &&
        Loss != TaskLoss::Cancelled && !Options.CastToVoid)
      continue;
    if (Call && (isDetached(Call, Loss) || callsParameter(Call) ||
                 nameOf(Call->getDirectCallee()) == "exchange" ||
                 (Loss != TaskLoss::NeverRuns &&
                  (makesReady(Call) || handlesEnd(Call)))))
      continue;
    if (isTriedByTest(E))
      continue;
    // Both branches of `c ? f() : g();` are one mistake.
    if (!Wholes.insert(Site->Whole).second)
      continue;
    DiscardedTask &D =
        add(Site->Explicit ? DiscardedTask::Explicit : DiscardedTask::Statement,
            Loss, E->getExprLoc());
    D.Value = E;
    D.Guard = guardOf(E);
    D.Elements = Held->How > HeldTask::Single;
    // Nothing, or only what is done, may be in it.
    if (Held->How != HeldTask::Itself)
      D.Sure = Confidence::Maybe;
  }
}

/// Cheap: whether anything in \p Body is a task, holds or calls one.
static bool speaksOfTasks(const Stmt *Body, const TaskDrops &Drops) {
  llvm::SmallVector<const Stmt *, 32> Work{Body};
  while (!Work.empty()) {
    const Stmt *S = Work.pop_back_val();
    // In code that does not compile an initializer list has no type.
    if (const auto *E = dyn_cast<Expr>(S); E && !E->getType().isNull()) {
      if (E->getType()->isRecordType() && Drops.held(E->getType()))
        return true;
      if (const auto *Lambda = dyn_cast<LambdaExpr>(E)) {
        if (Drops.loss(callResult(Lambda->getType())))
          return true;
        for (const Expr *Init : Lambda->capture_inits())
          if (Init)
            Work.push_back(Init);
        continue;
      }
      // A function that is named, to be called by another.
      if (const auto *Ref = dyn_cast<DeclRefExpr>(E))
        if (const auto *Function = dyn_cast<FunctionDecl>(Ref->getDecl());
            Function && Drops.loss(Function->getReturnType()))
          return true;
    }
    for (const Stmt *Child : S->children())
      if (Child)
        Work.push_back(Child);
  }
  return false;
}

std::vector<DiscardedTask> findDiscardedTasks(const FunctionAnalysis &F,
                                              TUAnalysis &TU,
                                              const TaskDrops &Drops,
                                              const DiscardOptions &Options) {
  const Stmt *Body = writtenBody(F.function());
  if (!Body || F.function()->isInvalidDecl() || !speaksOfTasks(Body, Drops))
    return {};
  DiscardFinder Search(F, TU, Drops, Options);
  Search.statements();
  Search.variables();
  Search.members();
  Search.callables();
  return std::move(Search.Found);
}

} // namespace codrop
