// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/DanglingFinder.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

using MaybeBorrow = std::optional<TaskBorrow>;

bool isLocalObject(const VarDecl *Var) {
  return Var && Var->hasLocalStorage() && !Var->getType()->isReferenceType() &&
         !Var->getType()->isPointerType();
}

/// What dies with the function's frame and with its full expressions.
DyingRefs DanglingFinder::ofFrame() const {
  DyingRefs Refs = DyingRefs::none();
  // What a smart pointer points to lives on when that is moved.
  llvm::SmallPtrSet<const ValueDecl *, 4> Moved;
  for (const Stmt *S : Parents.preorder())
    if (const auto *E = dyn_cast<Expr>(S))
      if (const Expr *Operand = movedOperand(E))
        if (const auto *Ref = dyn_cast<DeclRefExpr>(stripped(Operand)))
          Moved.insert(Ref->getDecl());
  auto add = [&](const VarDecl *Var) {
    if (isLocalObject(Var) && !Var->isImplicit() &&
        !(Moved.contains(Var) && isPointerLike(Var->getType())))
      Refs.addDying(Var);
  };
  llvm::for_each(FD->parameters(), add);
  for (const Stmt *S : Parents.preorder())
    if (const auto *Decls = dyn_cast<DeclStmt>(S))
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D))
          add(Var);
  Refs.addLocals(Parents);
  Refs.addTemporaries();
  return Refs;
}

void DanglingFinder::add(DanglingTask::Kind K, SourceLocation Where,
                         TaskBorrow Uses) {
  DanglingTask T;
  T.K = K;
  T.Where = Where;
  T.Uses = std::move(Uses);
  Found.push_back(std::move(T));
}

// --- Returned from a plain function ------------------------------------------

void DanglingFinder::returned() {
  if (isCoroutine(FD) || !TU.types().isAwaitable(FD->getReturnType()))
    return;
  DyingRefs Refs = ofFrame();
  TaskBorrows Borrows(TU, nullptr);
  for (const Stmt *S : Parents.preorder()) {
    const auto *Return = dyn_cast<ReturnStmt>(S);
    if (!Return || !Return->getRetValue())
      continue;
    const Expr *Task = Return->getRetValue();
    if (MaybeBorrow Uses =
            Borrows.borrow(Task, Refs, !Starts.runsAlready(Task)))
      add(DanglingTask::Returned, Return->getBeginLoc(), std::move(*Uses));
  }
}

// --- Started and let go ------------------------------------------------------

/// The variables and members that \p Root mentions.
llvm::SmallPtrSet<const ValueDecl *, 8>
DanglingFinder::mentionedIn(const Stmt *Root) const {
  llvm::SmallPtrSet<const ValueDecl *, 8> Mentioned;
  for (const Stmt *S : Parents.preorder()) {
    if (!Parents.isWithin(S, Root))
      continue;
    if (const auto *Ref = dyn_cast<DeclRefExpr>(S)) {
      if (isa<VarDecl, BindingDecl>(Ref->getDecl()))
        Mentioned.insert(Ref->getDecl());
    } else if (const auto *Member = dyn_cast<MemberExpr>(S)) {
      if (isa<FieldDecl>(Member->getMemberDecl()))
        Mentioned.insert(Member->getMemberDecl());
    } else if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      for (const LambdaCapture &C : Lambda->captures())
        if (C.capturesVariable())
          Mentioned.insert(C.getCapturedVar());
    }
  }
  return Mentioned;
}

/// What is awaited leads to something that the start was \p Given, or says that
/// it waits.
bool DanglingFinder::waitsFor(
    const Suspension &Point,
    const llvm::SmallPtrSetImpl<const ValueDecl *> &Given) const {
  if (!Point.Operand)
    return false;
  if (const FunctionDecl *Callee = calledFunction(Point.Operand))
    for (const std::string &Word : identifierWords(nameOf(Callee)))
      if (llvm::is_contained({"wait", "join", "drain", "stop", "close",
                              "shutdown", "finish", "done"},
                             llvm::StringRef(Word)))
        return true;
  return llvm::any_of(mentionedIn(Point.Operand),
                      [&](const ValueDecl *D) { return Given.contains(D); });
}

/// Blocks, or tells something that the task was given, too: it is driven by
/// hand, or told that its time has come.
bool DanglingFinder::settles(
    const CallExpr *Call,
    const llvm::SmallPtrSetImpl<const ValueDecl *> &Given) const {
  if (Starts.isWait(Call) ||
      llvm::is_contained({"run", "exec", "join", "wait", "await"},
                         nameOf(Call->getDirectCallee())))
    return true;
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
  const Expr *Object =
      Method && !Method->isConst() && !Method->isOverloadedOperator()
          ? calledObject(Call)
          : nullptr;
  const auto *Ref =
      dyn_cast_or_null<DeclRefExpr>(Object ? stripped(Object) : nullptr);
  return Ref && Given.contains(Ref->getDecl());
}

/// `while (running) {}`: a loop that turns until an atomic says that the task
/// has ended.
bool DanglingFinder::spinsAt(NodeId N) const {
  const Node &Here = F.graph()->node(N);
  if (Here.Kind != NodeKind::Branch || !Here.S)
    return false;
  const Stmt *Loop = Parents.parent(Here.S);
  if (!isa_and_nonnull<WhileStmt, DoStmt, ForStmt>(Loop))
    return false;
  for (const Stmt *S : Parents.preorder()) {
    const auto *Ref = dyn_cast<DeclRefExpr>(S);
    const CXXRecordDecl *RD =
        Ref ? Ref->getType().getNonReferenceType()->getAsCXXRecordDecl()
            : nullptr;
    if (RD && RD->isInStdNamespace() && nameOf(RD).starts_with("atomic") &&
        Parents.isWithin(S, Here.S))
      return true;
  }
  return false;
}

/// On every normal way from the start to the death of \p Part something waits.
bool DanglingFinder::isWaitedFor(const Expr *Start,
                                 const DyingPart &Part) const {
  const SuspendCFG *G = F.graph();
  if (!G)
    return true;
  std::optional<NodeId> At;
  for (const Stmt *S = Start; S && !At; S = Parents.parent(S))
    At = G->nodeOf(S);
  if (!At)
    return true;
  std::optional<ObjectId> Dies =
      Part.Local ? G->objectOf(Part.Local) : std::nullopt;
  llvm::SmallPtrSet<const ValueDecl *, 8> Given = mentionedIn(Start);
  PathQuery Q;
  Q.Start = *At;
  auto Visit = [&](NodeId N, PathState S) {
    const Node &Here = G->node(N);
    if (N == G->exit() || (Dies && N != *At && !G->isAlive(*Dies, N)))
      return PathStep::found();
    if (Here.Kind == NodeKind::Suspend && waitsFor(G->suspension(N), Given))
      return PathStep::stop();
    if (const auto *Call = dyn_cast_or_null<CallExpr>(Here.S);
        Call && Here.Kind == NodeKind::Statement && N != *At &&
        !Parents.isWithin(Call, Start) && settles(Call, Given))
      return PathStep::stop();
    if (spinsAt(N))
      return PathStep::stop();
    // What joins when it dies, declared after what the task refers to.
    if (Here.Kind == NodeKind::ObjectEnd)
      if (const CXXRecordDecl *RD =
              G->object(Here.Obj).Type->getAsCXXRecordDecl();
          RD && RD->hasDefinition() && TU.summaries().destructorBlocks(RD, 4))
        return PathStep::stop();
    return PathStep::go(S);
  };
  Q.Visit = Visit;
  return !findPath(*G, Q);
}

void DanglingFinder::started() {
  DyingRefs Refs = ofFrame();
  const CXXRecordDecl *Class = sharedClass();
  DyingRefs OwnRefs = DyingRefs::inMember({});
  OwnRefs.addLocals(Parents);
  TaskBorrows Borrows(TU, nullptr), OwnBorrows(TU, Class);
  llvm::SmallVector<const Expr *, 4> Seen;
  for (const Stmt *S : Parents.preorder()) {
    const auto *E = dyn_cast<Expr>(S);
    if (!isa_and_nonnull<CallExpr, CXXConstructExpr>(E))
      continue;
    const FunctionDecl *Callee = calledFunction(E);
    if (!Callee || llvm::any_of(Seen, [&](const Expr *Outer) {
          return Parents.isWithin(E, Outer);
        }))
      continue;
    std::optional<StartedTask> Start = Starts.of(E, Callee, Refs, Parents);
    if (!Start)
      continue;
    Seen.push_back(E);
    for (const Expr *Task : Start->Tasks) {
      MaybeBorrow Uses = Borrows.borrow(Task, Refs, Start->Later);
      // Where nobody can wait, it is the parameter that is wrong.
      if (Uses && Start->How == StartedTask::Dropped &&
          Uses->How == TaskBorrow::Argument &&
          TU.types().isDetached(Task->getType()))
        continue;
      if (Uses && (Uses->Given.Temporary || !isWaitedFor(E, Uses->Given))) {
        add(DanglingTask::Started, E->getExprLoc(), std::move(*Uses));
        Found.back().How = Start->How;
        break;
      }
      if (!Class || Start->How == StartedTask::Owned || keepsObject(Class))
        continue;
      // Between the start and the first suspension the object is mostly there.
      Uses = OwnBorrows.borrow(Task, OwnRefs, false);
      if (!Uses || Uses->Suspends.isInvalid())
        continue;
      add(DanglingTask::Started, E->getExprLoc(), std::move(*Uses));
      Found.back().How = Start->How;
      Found.back().Sure = Confidence::Maybe;
      break;
    }
  }
}

std::vector<DanglingTask> DanglingFinder::run() {
  returned();
  started();
  kept();
  stored();
  order();
  called();
  parameters();
  object();
  callback();
  return std::move(Found);
}

/// Cheap: the function makes a task, or is a coroutine.
static bool makesTask(const FunctionDecl *FD, const TypeModel &Types) {
  if (isCoroutine(FD))
    return true;
  llvm::SmallVector<const Stmt *, 32> Open = {FD->getBody()};
  while (!Open.empty()) {
    const Stmt *S = Open.pop_back_val();
    if (!S)
      continue;
    if (const auto *Call = dyn_cast<CallExpr>(S);
        Call && Call->getType()->isRecordType() &&
        Types.isAwaitable(Call->getType()))
      return true;
    if (const auto *Lambda = dyn_cast<LambdaExpr>(S)) {
      QualType Result = Lambda->getCallOperator()->getReturnType();
      if (Result->isRecordType() && Types.isAwaitable(Result))
        return true;
      llvm::append_range(Open, Lambda->capture_inits());
      continue;
    }
    llvm::append_range(Open, S->children());
  }
  return false;
}

std::vector<DanglingTask> findDanglingTasks(const FunctionAnalysis &F,
                                            TUAnalysis &TU,
                                            const DanglingOptions &What) {
  if (!makesTask(F.function(), TU.types()))
    return {};
  return DanglingFinder(F, TU, What).run();
}

} // namespace codrop
