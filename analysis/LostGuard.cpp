// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/LostGuardFinder.h"
#include "analysis/Names.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/TypeLoc.h"

using namespace clang;

namespace codrop {

LostGuard &LostGuardFinder::add(LostGuard::Kind K, SourceLocation Where,
                                const Guard *G) {
  LostGuard L;
  L.K = K;
  L.Where = Where;
  if (G)
    L.Type =
        typeName(TU.context().getCanonicalTagType(G->Record), TU.context());
  Found.push_back(std::move(L));
  return Found.back();
}

/// True if the value of \p E ends at a semicolon, and nobody says that this is
/// meant.
bool LostGuardFinder::isWholeStatement(const Expr *E) const {
  ResultFate Fate = resultFate(E, Parents);
  // The value's own statement; below it a temporary may be part of a larger
  // expression.
  return Fate.Use == ResultUse::Discarded && !Fate.CastToVoid && Fate.Site &&
         !isa<Expr>(Fate.Site) && Parents.effectiveParent(E) == Fate.Site;
}

/// `stop`, `close_async`, `wait_for_all`: a function that only ends things, as
/// opposed to `close_account`.
static bool onlyEnds(llvm::StringRef Name) {
  bool Ends = false;
  for (const std::string &Word : identifierWords(Name)) {
    bool Ending = llvm::is_contained({"stop", "close", "shutdown", "drain",
                                      "wait", "quiesce", "join", "barrier",
                                      "finish", "disconnect"},
                                     llvm::StringRef(Word));
    bool Filler = llvm::is_contained({"do", "async", "co", "for", "all", "idle",
                                      "and", "until", "done", "others"},
                                     llvm::StringRef(Word));
    if (!Ending && !Filler)
      return false;
    Ends |= Ending;
  }
  return Ends;
}

/// Only tells somebody: a log line, or what is named like its level.
static bool onlyTells(const FunctionDecl *Callee) {
  return soundsLikeLogging(Callee) ||
         llvm::any_of(
             identifierWords(nameOf(Callee)), [](llvm::StringRef Word) {
               return llvm::is_contained({"trace", "debug", "info", "warn",
                                          "warning", "error", "print"},
                                         Word);
             });
}

/// True if \p S, after an acquisition, does something that a guard could
/// protect. Logging is nothing, and neither is waiting for what was started
/// before.
static bool needsProtection(const Stmt *S) {
  ParentTable Table(S);
  for (const Stmt *Inner : Table.preorder()) {
    if (const auto *Await = dyn_cast<CoroutineSuspendExpr>(Inner)) {
      const Expr *Operand = stripped(Await->getOperand());
      if (const Expr *Moved = movedOperand(Operand))
        Operand = stripped(Moved);
      if (!isa<DeclRefExpr>(Operand))
        return true;
    } else if (const auto *Binary = dyn_cast<BinaryOperator>(Inner)) {
      if (Binary->isAssignmentOp())
        return true;
    } else if (const auto *Unary = dyn_cast<UnaryOperator>(Inner)) {
      if (Unary->isIncrementDecrementOp())
        return true;
    } else if (const auto *Call = dyn_cast<CallExpr>(Inner)) {
      const FunctionDecl *Callee = Call->getDirectCallee();
      const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Callee);
      llvm::StringRef Name = nameOf(Callee);
      bool Harmless = !Callee || movedOperand(Call) || onlyTells(Callee) ||
                      onlyEnds(Name) || Name == "broken" || Name == "cancel" ||
                      (Method && Method->isConst());
      // `log << x`, `a == b`.
      if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call))
        Harmless |= !Operator->isAssignmentOp();
      if (!Harmless && Table.parent(Call) && !Table.isAwaitMachinery(Call))
        return true;
      if (!Harmless && Inner == S)
        return true;
    }
  }
  return false;
}

/// True if \p E stands last in its block, where a name would not help: who
/// acquires there waits for the others.
bool LostGuardFinder::protectsNothing(const Expr *E) const {
  if (onlyEnds(nameOf(F.function())))
    return true;
  const Stmt *Statement = E;
  const Stmt *Parent = Parents.parent(E);
  while (Parent && !isa<CompoundStmt>(Parent)) {
    Statement = Parent;
    Parent = Parents.parent(Parent);
  }
  const auto *Block = dyn_cast_or_null<CompoundStmt>(Parent);
  if (!Block)
    return false;
  auto It = llvm::find(Block->body(), Statement);
  return It == Block->body_end() ||
         std::none_of(std::next(It), Block->body_end(), needsProtection);
}

/// `EXPECT_THROW(co_await m.lock(), …)`: a macro that wraps what it is given in
/// a try of its own wants to see it fail.
static bool isExpectedToThrow(const Expr *E, const ParentTable &Parents,
                              const SourceManager &SM) {
  const CXXTryStmt *Try = Parents.enclosingTry(E);
  return Try && SM.isMacroArgExpansion(E->getBeginLoc()) &&
         SM.isMacroBodyExpansion(Try->getTryLoc());
}

void LostGuardFinder::droppedAtOnce() {
  for (const Stmt *S : Parents.preorder()) {
    const auto *E = dyn_cast<Expr>(S);
    if (!E || !isa<CXXBindTemporaryExpr, CoroutineSuspendExpr>(S) ||
        !E->getType()->isRecordType() || !E->isPRValue() ||
        !isWholeStatement(E))
      continue;
    const Expr *Inner = stripped(E);
    const FunctionDecl *Maker = calledFunction(Inner);
    if (const auto *Await = dyn_cast<CoroutineSuspendExpr>(Inner))
      Maker = calledFunction(Await->getOperand());
    std::optional<Guard> Held = guardFrom(E->getType(), Maker, TU.types());
    // The class of the guard knows best what it does with one of its own.
    const auto *Method = dyn_cast<CXXMethodDecl>(F.function());
    if (Held && Method && Method->getParent() == Held->Record)
      continue;
    if (Held && !protectsNothing(Inner) &&
        !isExpectedToThrow(E, Parents, TU.context().getSourceManager()))
      add(LostGuard::DroppedAtOnce, E->getExprLoc(), &*Held).Value = E;
  }
}

void LostGuardFinder::onlyDeclared() {
  for (const Object &Obj : G.objects()) {
    if (Obj.K != Object::Variable || !Obj.Var->getTypeSourceInfo() ||
        Obj.Type->isReferenceType())
      continue;
    // `std::unique_lock<std::mutex>(m);` is a declaration of m.
    const auto *Init = dyn_cast_or_null<CXXConstructExpr>(Obj.Var->getInit());
    if (Obj.Var->getTypeSourceInfo()
            ->getTypeLoc()
            .getAs<ParenTypeLoc>()
            .isNull() ||
        !Init || Init->getNumArgs() != 0)
      continue;
    if (std::optional<Guard> Held = TU.types().guard(Obj.Type);
        Held && !Held->Nested) {
      LostGuard &L = add(LostGuard::OnlyDeclared, Obj.Loc, &*Held);
      L.Variable = Obj.Var->getNameAsString();
      L.Declared = Obj.Var;
    }
  }
}

std::optional<Guard> LostGuardFinder::guardOfTask(const Expr *Task) const {
  if (!TU.types().isAwaitable(Task->getType()))
    return std::nullopt;
  QualType Result = TU.types().awaitResult(Task->getType());
  if (Result.isNull())
    return std::nullopt;
  return guardFrom(Result, calledFunction(Task), TU.types());
}

/// `auto g = m.scoped_lock();`, `m.scoped_lock();` and `m.lock();`.
void LostGuardFinder::neverAwaited() {
  for (const Stmt *S : Parents.preorder()) {
    const auto *Call = dyn_cast<CallExpr>(S);
    if (!Call || !Call->getType()->isRecordType())
      continue;
    ResultFate Fate = resultFate(Call, Parents);
    bool Unused = Fate.Use == ResultUse::Stored && Fate.Var &&
                  stripped(Fate.Var->getInit()) == Call &&
                  !Fate.Var->getType()->isReferenceType() &&
                  Fate.Var->hasLocalStorage() && F.uses().of(Fate.Var).empty();
    bool Dropped = isWholeStatement(Call);
    if (!Unused && !Dropped)
      continue;
    if (std::optional<Guard> Held = guardOfTask(Call)) {
      LostGuard &L =
          add(Unused ? LostGuard::TaskUnused : LostGuard::TaskDropped,
              Unused ? Fate.Var->getLocation() : Call->getExprLoc(), &*Held);
      L.Made = Call->getExprLoc();
      L.Value = Call;
      if (Unused)
        L.Variable = Fate.Var->getNameAsString();
      continue;
    }
    std::optional<Acquisition> A = acquisition(Call, TU.types());
    if (!A || A->When != PairFact::When::Awaited || !A->State.empty())
      continue;
    const Expr *Target = pairTarget(Call);
    std::optional<AccessPath> Place =
        Target ? F.accesses().resolver().resolve(Target) : std::nullopt;
    LostGuard &L = add(LostGuard::NeverAcquired, Call->getExprLoc(), nullptr);
    L.Variable =
        Place ? Place->str() : Call->getDirectCallee()->getNameAsString();
    L.Value = Call;
  }
}

/// Something to await that need not be done yet: no folly::Optional.
static bool mayBePending(QualType T, TUAnalysis &TU) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  const AwaitFact *Known = RD ? TU.knowledge().awaitOfType(RD) : nullptr;
  return TU.types().isAwaitable(T) && !(Known && Known->NeverSuspends);
}

/// A guard in a function that plainly returns a task dies before the task is
/// done (a lazy one has not even begun).
void LostGuardFinder::besideTask() {
  for (ObjectId O = 0; O < G.objects().size(); ++O) {
    const Object &Obj = G.object(O);
    if (Obj.K != Object::Variable || Obj.Type->isReferenceType())
      continue;
    const Expr *Init = Obj.Var->getInit();
    std::optional<Guard> Held =
        guardFrom(Obj.Type, Init ? calledFunction(Init) : nullptr, TU.types());
    // A thread's lock may well protect only the synchronous part.
    if (!Held || Held->Nested || Held->Fact->Kind != GuardKind::CoroutineSafe)
      continue;
    for (NodeId N = 0; N < G.size(); ++N) {
      const auto *Return = dyn_cast_or_null<ReturnStmt>(G.node(N).S);
      if (!Return || !Return->getRetValue() || !G.isAlive(O, N))
        continue;
      const auto *Call = dyn_cast<CallExpr>(stripped(Return->getRetValue()));
      const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
      llvm::StringRef Name = nameOf(Callee);
      // A future that is ready, or that somebody else fulfils.
      if (!Callee || !mayBePending(Call->getType(), TU) || movedOperand(Call) ||
          Name.contains("ready") || Name.contains("exception") ||
          Name.starts_with("get_") || TU.knowledge().awaitOfCall(Callee))
        continue;
      // Mentioned in the call, it goes along with the task. Moved away before,
      // it is somewhere else; released, it is meant to be.
      bool Elsewhere = false;
      for (const UseTable::At &At : F.uses().of(Obj.Var)) {
        const Use &U = At.What;
        Elsewhere |=
            Parents.isWithin(U.Ref, Return) || U.Kind == UseKind::Moved ||
            U.Kind == UseKind::PassedByReference ||
            U.Kind == UseKind::AddressTaken ||
            U.Kind == UseKind::ReferenceBound ||
            (U.Kind == UseKind::MemberCall &&
             (llvm::is_contained(Held->Fact->Release, nameOf(U.Callee).str()) ||
              llvm::is_contained(Held->Fact->Disarm, nameOf(U.Callee).str())));
      }
      if (Elsewhere)
        continue;
      LostGuard &L = add(LostGuard::BesideTask, Obj.Var->getLocation(), &*Held);
      L.Variable = Obj.Var->getNameAsString();
      L.Made = Return->getBeginLoc();
      L.Unprotected = Call->getExprLoc();
      L.Eager = TU.types().isEagerTask(Call->getType());
      break;
    }
  }
}

std::vector<LostGuard> findLostGuards(const FunctionAnalysis &F,
                                      TUAnalysis &TU) {
  LostGuardFinder Search(F, TU);
  Search.droppedAtOnce();
  Search.onlyDeclared();
  Search.neverAwaited();
  Search.released();
  Search.givenUp();
  return std::move(Search.Found);
}

std::vector<LostGuard> findGuardsBesideTask(const FunctionAnalysis &F,
                                            TUAnalysis &TU) {
  LostGuardFinder Search(F, TU);
  Search.besideTask();
  Search.neverAwaited();
  return std::move(Search.Found);
}

} // namespace codrop
