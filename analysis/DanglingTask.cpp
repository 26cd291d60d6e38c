// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/DanglingTask.h"
#include "analysis/ClassShape.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

using MaybeBorrow = std::optional<TaskBorrow>;

namespace {

class Finder {
public:
  Finder(const FunctionAnalysis &F, TUAnalysis &TU, const DanglingOptions &What)
      : F(F), TU(TU), FD(F.function()), Starts(TU, What.DetachingFunctions),
        Parents(writtenBody(F.function())) {}

  std::vector<DanglingTask> run();

private:
  void returned();
  void started();
  void kept();
  void stored();
  void order();
  void called();
  void parameters();
  void object();
  void callback();

  DyingRefs ofFrame() const;
  void add(DanglingTask::Kind K, SourceLocation Where, TaskBorrow Uses);
  bool isWaitedFor(const Expr *Start, const DyingPart &Part) const;
  bool waitsFor(const Suspension &Point, const Expr *Start) const;
  bool keepsObject(const CXXRecordDecl *Class) const;
  enum class Lifetime { Short, Long, Unknown };
  Lifetime lifetimeOf(const Expr *Arg, const CallSite &Call) const;

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  const FunctionDecl *FD;
  TaskStarts Starts;
  ParentTable Parents;
  std::vector<DanglingTask> Found;
};

bool isLocalObject(const VarDecl *Var) {
  return Var && Var->hasLocalStorage() && !Var->getType()->isReferenceType() &&
         !Var->getType()->isPointerType();
}

/// Shared owners, or references counted by the object itself: whoever writes a
/// coroutine of such a class can keep it alive.
bool isSharedOwned(const CXXRecordDecl *Class) {
  return Class && Class->hasDefinition() &&
         anyInHierarchy(Class, [](const CXXRecordDecl *RD) {
           return llvm::any_of(RD->methods(), [](const CXXMethodDecl *M) {
             return llvm::is_contained({"weak_from_this", "shared_from_this",
                                        "get_weak", "get_strong"},
                                       nameOf(M));
           });
         });
}

/// Whoever owns the object has to wait for its end, and what it has started is
/// taken to be over then.
bool hasAwaitedEnd(const CXXRecordDecl *Class, const TypeModel &Types) {
  return anyInHierarchy(Class, [&](const CXXRecordDecl *RD) {
    return llvm::any_of(RD->methods(), [&](const CXXMethodDecl *M) {
      return M->getReturnType()->isRecordType() &&
             llvm::is_contained({"stop", "close", "shutdown", "join", "drain"},
                                nameOf(M)) &&
             Types.isAwaitable(M->getReturnType());
    });
  });
}

} // namespace

/// What dies with the function's frame and with its full expressions.
DyingRefs Finder::ofFrame() const {
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

void Finder::add(DanglingTask::Kind K, SourceLocation Where, TaskBorrow Uses) {
  DanglingTask T;
  T.K = K;
  T.Where = Where;
  T.Uses = std::move(Uses);
  Found.push_back(std::move(T));
}

// --- Returned from a plain function ------------------------------------------

void Finder::returned() {
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

/// What is awaited leads to something that the start was given, or says that it
/// waits.
bool Finder::waitsFor(const Suspension &Point, const Expr *Start) const {
  if (!Point.Operand)
    return false;
  if (const FunctionDecl *Callee = calledFunction(Point.Operand))
    for (const std::string &Word : identifierWords(nameOf(Callee)))
      if (llvm::is_contained({"wait", "join", "drain", "stop", "close",
                              "shutdown", "finish", "done"},
                             llvm::StringRef(Word)))
        return true;
  llvm::SmallPtrSet<const ValueDecl *, 8> Given;
  auto collect = [&](const Stmt *Root, auto Visit) {
    for (const Stmt *S : Parents.preorder()) {
      if (!Parents.isWithin(S, Root))
        continue;
      if (const auto *Ref = dyn_cast<DeclRefExpr>(S))
        Visit(Ref->getDecl());
      else if (const auto *Member = dyn_cast<MemberExpr>(S))
        Visit(Member->getMemberDecl());
      else if (const auto *Lambda = dyn_cast<LambdaExpr>(S))
        for (const LambdaCapture &C : Lambda->captures())
          if (C.capturesVariable())
            Visit(C.getCapturedVar());
    }
  };
  collect(Start, [&](const ValueDecl *D) {
    if (isa<VarDecl, FieldDecl>(D))
      Given.insert(D);
  });
  bool Shared = false;
  collect(Point.Operand,
          [&](const ValueDecl *D) { Shared |= Given.contains(D); });
  return Shared;
}

/// On every normal way from the start to the death of \p Part something waits.
bool Finder::isWaitedFor(const Expr *Start, const DyingPart &Part) const {
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
  PathQuery Q;
  Q.Start = *At;
  auto Visit = [&](NodeId N, PathState S) {
    const Node &Here = G->node(N);
    if (N == G->exit() || (Dies && N != *At && !G->isAlive(*Dies, N)))
      return PathStep::found();
    if (Here.Kind == NodeKind::Suspend && waitsFor(G->suspension(N), Start))
      return PathStep::stop();
    if (const auto *Call = dyn_cast_or_null<CallExpr>(Here.S);
        Call && Here.Kind == NodeKind::Statement &&
        (Starts.isWait(Call) ||
         llvm::is_contained({"run", "exec", "join", "wait"},
                            nameOf(Call->getDirectCallee()))))
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

void Finder::started() {
  DyingRefs Refs = ofFrame();
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  const CXXRecordDecl *Class =
      Method && Method->isInstance() && !Method->getParent()->isLambda()
          ? Method->getParent()
          : nullptr;
  bool OfObject = isSharedOwned(Class) && !isa<CXXDestructorDecl>(FD) &&
                  !hasAwaitedEnd(Class, TU.types());
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
      if (!OfObject || Start->How == StartedTask::Owned || keepsObject(Class))
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

// --- Kept longer than temporaries --------------------------------------------

/// Puts an element into a container.
static bool isInsertion(const Stmt *Site) {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Site);
  const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
  return Method && Method->getParent()->isInStdNamespace() &&
         llvm::is_contained({"push_back", "emplace_back", "push", "push_front",
                             "emplace_front", "emplace", "insert",
                             "try_emplace", "insert_or_assign"},
                            nameOf(Method));
}

void Finder::kept() {
  DyingRefs Refs = DyingRefs::none();
  Refs.addTemporaries();
  TaskBorrows Borrows(TU, nullptr);
  for (const Stmt *S : Parents.preorder()) {
    const auto *E = dyn_cast<CallExpr>(S);
    if (!E || !TU.types().isAwaitable(E->getType()))
      continue;
    ResultFate Fate = resultFate(E, Parents);
    if (Fate.CastToVoid ||
        !(Fate.Use == ResultUse::Stored ||
          (Fate.Use == ResultUse::Passed && isInsertion(Fate.Site))))
      continue;
    // What is stored must be the task, not what a conversion made of it.
    if (Fate.Var && !TU.types().isAwaitable(Fate.Var->getType()))
      continue;
    MaybeBorrow Uses = Borrows.borrow(E, Refs, !Starts.runsAlready(E));
    if (!Uses)
      continue;
    add(DanglingTask::Kept, E->getExprLoc(), std::move(*Uses));
    Found.back().Keeper = Fate.Var;
  }
}

// --- Kept by a member --------------------------------------------------------

/// The member that \p E is put into: `task_ = E`, `tasks_.push_back(E)`.
static const FieldDecl *memberGiven(const Expr *E, const ParentTable &Parents,
                                    const Expr *&Site) {
  ResultFate Fate = resultFate(E, Parents);
  const Expr *Into = nullptr;
  if (Fate.Use == ResultUse::Stored && !Fate.Var) {
    if (const auto *Operator = dyn_cast_or_null<CXXOperatorCallExpr>(Fate.Site);
        Operator && Operator->getOperator() == OO_Equal)
      Into = Operator->getArg(0);
  } else if (Fate.Use == ResultUse::Passed && isInsertion(Fate.Site)) {
    Into = calledObject(cast<Expr>(Fate.Site));
  }
  const auto *Member =
      dyn_cast_or_null<MemberExpr>(Into ? stripped(Into) : nullptr);
  if (!Member || !isa<CXXThisExpr>(stripped(Member->getBase())))
    return nullptr;
  Site = cast<Expr>(Fate.Site);
  return dyn_cast<FieldDecl>(Member->getMemberDecl());
}

void Finder::stored() {
  DyingRefs Refs = ofFrame();
  TaskBorrows Borrows(TU, nullptr);
  for (const Stmt *S : Parents.preorder()) {
    const auto *E = dyn_cast<CallExpr>(S);
    if (!E || !TU.types().isAwaitable(E->getType()))
      continue;
    const Expr *Site = nullptr;
    const FieldDecl *Member = memberGiven(E, Parents, Site);
    if (!Member)
      continue;
    MaybeBorrow Uses = Borrows.borrow(E, Refs, !Starts.runsAlready(E));
    if (!Uses || Uses->Given.Temporary || Uses->Given.Closure ||
        isWaitedFor(Site, Uses->Given))
      continue;
    add(DanglingTask::Stored, E->getExprLoc(), std::move(*Uses));
    Found.back().Member = Member;
  }
}

// --- Scopes that wait too late -----------------------------------------------

void Finder::order() {
  DyingRefs Refs = ofFrame();
  TaskBorrows Borrows(TU, nullptr);
  for (const Stmt *S : Parents.preorder()) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    const SinkFact *Fact = TU.knowledge().sink(Callee);
    const Expr *Object = Call ? calledObject(Call) : nullptr;
    const auto *Ref =
        dyn_cast_or_null<DeclRefExpr>(Object ? stripped(Object) : nullptr);
    const auto *Scope = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
    if (!Fact || !Fact->OwnerWaits || !Scope || !isLocalObject(Scope))
      continue;
    const Expr *Task = Starts.taskGiven(Call, Callee);
    MaybeBorrow Uses =
        Task ? Borrows.borrow(Task, Refs, !Starts.runsAlready(Task))
             : std::nullopt;
    const VarDecl *Local = Uses ? Uses->Given.Local : nullptr;
    // What is declared later dies earlier.
    if (!Local || Local == Scope || isa<ParmVarDecl>(Local) ||
        !TU.context().getSourceManager().isBeforeInTranslationUnit(
            Scope->getLocation(), Local->getLocation()) ||
        isWaitedFor(Call, Uses->Given))
      continue;
    add(DanglingTask::Order, Call->getExprLoc(), std::move(*Uses));
    Found.back().Keeper = Scope;
  }
}

// --- Called and destroyed ----------------------------------------------------

void Finder::called() {
  TaskBorrows Borrows(TU, nullptr);
  DyingRefs Refs = DyingRefs::none();
  Refs.addTemporaries();
  for (const Stmt *S : Parents.preorder()) {
    const auto *Call = dyn_cast<CallExpr>(S);
    const CallableFact *Fact =
        Call ? TU.knowledge().callable(Call->getDirectCallee()) : nullptr;
    if (!Fact || !Fact->DiesOnReturn)
      continue;
    for (const Expr *Arg : argumentsOf(Call)) {
      const LambdaExpr *Lambda = lambdaOf(Arg);
      // What is wrapped may be kept after all.
      const CallableFact *Wrapper =
          TU.knowledge().callable(calledFunction(Arg));
      if (!Lambda || (Wrapper && !Wrapper->DiesOnReturn))
        continue;
      MaybeBorrow Uses = Borrows.called(Lambda, Refs, false);
      if (!Uses)
        continue;
      add(DanglingTask::Called, Lambda->getBeginLoc(), std::move(*Uses));
      Found.back().By = Call;
    }
  }
}

// --- Coroutines that nobody can wait for -------------------------------------

/// How long what \p Arg names lives, as seen from the function around the call.
Finder::Lifetime Finder::lifetimeOf(const Expr *Arg,
                                    const CallSite &Call) const {
  const Expr *E = Arg->IgnoreParens();
  while (true) {
    if (const auto *Full = dyn_cast<FullExpr>(E))
      E = Full->getSubExpr()->IgnoreParens();
    else if (const auto *Cast = dyn_cast<CastExpr>(E);
             Cast && Cast->getSubExpr()->isGLValue() && Cast->isGLValue())
      E = Cast->getSubExpr()->IgnoreParens();
    else if (const Expr *Moved = movedOperand(E))
      E = Moved->IgnoreParens();
    else
      break;
  }
  if (isa<MaterializeTemporaryExpr>(E))
    return Lifetime::Short;
  if (const auto *Ref = dyn_cast<DeclRefExpr>(E)) {
    const auto *Var = dyn_cast<VarDecl>(Ref->getDecl());
    if (!Var)
      return Lifetime::Unknown;
    if (!Var->hasLocalStorage())
      return Lifetime::Long;
    return Var->getType()->isReferenceType() || (Call.In && Call.In->isMain())
               ? Lifetime::Unknown
               : Lifetime::Short;
  }
  if (isa<MemberExpr>(E) || isa<CXXThisExpr>(E) || isa<UnaryOperator>(E))
    return Lifetime::Long;
  return Lifetime::Unknown;
}

void Finder::parameters() {
  if (!isCoroutine(FD) || !TU.types().isDetached(FD->getReturnType()))
    return;
  TaskBorrows Borrows(TU, nullptr);
  for (const ParmVarDecl *Param : FD->parameters()) {
    QualType T = Param->getType();
    if (!T->isReferenceType())
      continue;
    DyingRefs Refs = DyingRefs::none();
    Refs.addReference(Param);
    MaybeBorrow Uses = Borrows.inCoroutine(FD, Refs);
    if (!Uses)
      continue;
    bool ConstOrMoved = T->isRValueReferenceType() ||
                        T.getNonReferenceType().isConstQualified();
    const Expr *Short = nullptr;
    bool AllLong = true, Any = false;
    for (const CallSite &Call : TU.index().mentions(FD)) {
      const auto *Site = dyn_cast<CallExpr>(Call.Site);
      llvm::SmallVector<const Expr *, 4> Args =
          Call.IsCall && Site ? argumentsOf(Site)
                              : llvm::SmallVector<const Expr *, 4>();
      unsigned Index = Param->getFunctionScopeIndex();
      Lifetime L = Index < Args.size() ? lifetimeOf(Args[Index], Call)
                                       : Lifetime::Unknown;
      if (L == Lifetime::Short && !Short)
        Short = Args[Index];
      AllLong &= L == Lifetime::Long;
      Any = true;
    }
    if ((Any && AllLong) || (!Short && !ConstOrMoved))
      continue;
    add(DanglingTask::Parameter, Param->getLocation(), std::move(*Uses));
    Found.back().Param = Param;
    Found.back().Short = Short;
    Found.back().Sure = Short ? Confidence::Definite : Confidence::Maybe;
  }
}

/// A variable of the coroutine owns the object, or tells that it is gone.
bool Finder::keepsObject(const CXXRecordDecl *Class) const {
  TaskBorrows Borrows(TU, Class);
  auto keeps = [&](const VarDecl *Var) {
    if (Borrows.sharesObject(Var->getType()))
      return true;
    auto any = [](llvm::StringRef Name,
                  std::initializer_list<llvm::StringRef> Words) {
      return llvm::any_of(identifierWords(Name), [&](llvm::StringRef Word) {
        return llvm::is_contained(Words, Word);
      });
    };
    return any(nameOf(Var), {"self", "keep", "keepalive", "alive", "lifetime",
                             "strong", "weak", "holder", "hold", "pin"}) ||
           any(typeName(Var->getType(), TU.context()), {"holder"});
  };
  if (llvm::any_of(FD->parameters(), keeps))
    return true;
  for (const Stmt *S : Parents.preorder())
    if (const auto *Decls = dyn_cast<DeclStmt>(S))
      for (const Decl *D : Decls->decls())
        if (const auto *Var = dyn_cast<VarDecl>(D); Var && keeps(Var))
          return true;
  return false;
}

void Finder::object() {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (!isCoroutine(FD) || !Method || !Method->isInstance() ||
      !TU.types().isDetached(FD->getReturnType()))
    return;
  const CXXRecordDecl *Class = Method->getParent();
  if (Class->isLambda() || !isSharedOwned(Class) || keepsObject(Class) ||
      hasAwaitedEnd(Class, TU.types()))
    return;
  TaskBorrows Borrows(TU, Class);
  if (MaybeBorrow Uses =
          Borrows.inCoroutine(FD, DyingRefs::inMember(DyingPart())))
    add(DanglingTask::Object, FD->getLocation(), std::move(*Uses));
}

/// A lambda that is given to somebody who calls it: an event's source. Who is
/// resumed after the handler was taken away has lost its captures.
void Finder::callback() {
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if (!isCoroutine(FD) || !Method || !Method->getParent()->isLambda() ||
      Method->isExplicitObjectMemberFunction() ||
      Method->getParent()->capture_size() == 0 ||
      !TU.types().isDetached(FD->getReturnType()))
    return;
  // Whoever calls it in this file is judged there.
  const LambdaExpr *Lambda = TU.index().lambda(FD);
  const FunctionDecl *Around = TU.index().enclosing(FD);
  if (!Lambda || !Around || !Around->hasBody() ||
      !TU.index().mentions(FD).empty())
    return;
  ParentTable Outer(writtenBody(Around));
  const Stmt *Up = Outer.effectiveParent(Lambda);
  while (isa_and_nonnull<CXXConstructExpr, CXXFunctionalCastExpr>(Up))
    Up = Outer.effectiveParent(Up);
  if (!isa_and_nonnull<CallExpr>(Up))
    return;
  DyingRefs Refs = DyingRefs::none();
  Refs.addClosure(Method->getParent());
  TaskBorrows Borrows(TU, nullptr);
  if (MaybeBorrow Uses = Borrows.inCoroutine(FD, Refs)) {
    add(DanglingTask::Callback, Lambda->getBeginLoc(), std::move(*Uses));
    Found.back().Sure = Confidence::Maybe;
  }
}

std::vector<DanglingTask> Finder::run() {
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
  return Finder(F, TU, What).run();
}

} // namespace codrop
