// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/TaskStarts.h"
#include "analysis/Coroutine.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

bool TaskStarts::isTaskLike(const Expr *E) const {
  if (TU.types().isTask(E->getType()))
    return true;
  const LambdaExpr *Lambda = lambdaOf(E);
  return Lambda && !Lambda->isGenericLambda() &&
         TU.types().isTask(Lambda->getCallOperator()->getReturnType());
}

/// The result is dropped, or put into a variable that nobody mentions.
bool TaskStarts::isDropped(const CallExpr *Call,
                           const ParentTable &Parents) const {
  ResultFate Fate = resultFate(Call, Parents);
  // `start().get()`
  const Stmt *Member = Parents.effectiveParent(Call);
  if (isa_and_nonnull<MemberExpr>(Member))
    if (const auto *Outer =
            dyn_cast_or_null<CallExpr>(Parents.effectiveParent(Member));
        Outer && isWait(Outer))
      return false;
  if (Fate.Use == ResultUse::Discarded)
    return true;
  return Fate.Use == ResultUse::Stored && Fate.Var &&
         Fate.Var->hasLocalStorage() &&
         llvm::none_of(Parents.preorder(), [&](const Stmt *S) {
           const auto *Ref = dyn_cast<DeclRefExpr>(S);
           return Ref && Ref->getDecl() == Fate.Var;
         });
}

/// What runs on a context that is a member ends when the member is destroyed:
/// the context runs, or is joined, by itself.
bool TaskStarts::diesWithObject(const Expr *Context,
                                const DyingRefs &Refs) const {
  Context = stripped(Context);
  if (const Expr *Object = calledObject(Context))
    Context = Object;
  if (!Refs.names(Context))
    return false;
  const CXXRecordDecl *RD = Context->getType()->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition() || TypeModel::isCopyable(RD))
    return false;
  return TU.summaries().destructorBlocks(RD, 4) ||
         llvm::any_of(RD->getDefinition()->methods(),
                      [](const CXXMethodDecl *Method) {
                        return llvm::is_contained({"run", "join", "attach"},
                                                  nameOf(Method));
                      });
}

/// The type of the task that \p E is, or that the callable \p E gives.
static QualType taskType(const Expr *E) {
  const LambdaExpr *Lambda = lambdaOf(E);
  return Lambda && !Lambda->isGenericLambda()
             ? Lambda->getCallOperator()->getReturnType()
             : E->getType();
}

bool TaskStarts::runsAlready(const Expr *Task) const {
  QualType T = taskType(Task);
  return TU.types().isEagerTask(T) || TU.types().runsOnWhenDropped(T);
}

/// The object that \p E is, or that it points to, is a member, which dies with
/// what it is a member of; not a base.
static bool isPartOf(const Expr *E, const DyingRefs &Refs) {
  if (!E)
    return false;
  if (!E->getType()->isPointerType())
    return Refs.names(E).has_value();
  std::optional<DyingPart> Part = Refs.points(E);
  return Part && Part->Member;
}

/// The task does not outlive a scope that is a member: the scope waits in its
/// destructor, or drops the task, which cancels it.
bool TaskStarts::endsWithOwner(const Expr *Owner, const Expr *Task,
                               const DyingRefs &Refs) const {
  if (!isPartOf(Owner, Refs))
    return false;
  QualType T = Owner->getType().getNonReferenceType();
  if (T->isPointerType())
    T = T->getPointeeType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return (RD && TU.summaries().destructorBlocks(RD, 4)) ||
         (TU.types().isEagerTask(taskType(Task)) &&
          !TU.types().runsOnWhenDropped(taskType(Task)));
}

const Expr *TaskStarts::taskGiven(const Expr *E,
                                  const FunctionDecl *Callee) const {
  const SinkFact *Fact = TU.knowledge().sink(Callee);
  if (!Fact)
    return nullptr;
  llvm::SmallVector<const Expr *, 4> Args = argumentsOf(E);
  return Fact->TaskArgument == 0             ? calledObject(E)
         : Fact->TaskArgument <= Args.size() ? Args[Fact->TaskArgument - 1]
                                             : nullptr;
}

/// What a known sink does with the task that it is given.
std::optional<StartedTask>
TaskStarts::ofSink(const Expr *E, const FunctionDecl *Callee,
                   const DyingRefs &Refs, const ParentTable &Parents) const {
  const SinkFact *Fact = TU.knowledge().sink(Callee);
  const Expr *Task = taskGiven(E, Callee);
  if (!Task)
    return std::nullopt;
  llvm::SmallVector<const Expr *, 4> Args = argumentsOf(E);
  for (const Expr *Arg : Args)
    if (Arg != Task && diesWithObject(Arg, Refs))
      return std::nullopt;
  if (Fact->TaskArgument != 0 && endsWithOwner(calledObject(E), Task, Refs))
    return std::nullopt;
  StartedTask S{
      StartedTask::Detached, {Task}, !Fact->StartsInline && !runsAlready(Task)};
  // What is called when the task has ended: `task.then([this] {})`.
  if (Fact->TaskArgument == 0)
    llvm::copy_if(Args, std::back_inserter(S.Tasks), lambdaOf);
  // The object that is made is the scope that owns the task.
  const auto *Call = dyn_cast<CallExpr>(E);
  bool Given = Call && !Call->getType()->isVoidType() &&
               !Call->getType()->isBooleanType();
  if (Fact->OwnerWaits && (Given || isPartOf(calledObject(E), Refs)))
    return std::nullopt;
  if (!Call) {
    S.How = Fact->Detaches ? StartedTask::Detached : StartedTask::Owned;
    return S;
  }
  QualType Result = Call->getType();
  if (Fact->DetachedOnlyIfType.empty()) {
    // A scope waits when it is joined; a future is its holder's to wait for.
    if (!Fact->Detaches && !Result->isVoidType())
      return isDropped(Call, Parents) ? std::optional<StartedTask>(S)
                                      : std::nullopt;
    S.How = Fact->Detaches ? StartedTask::Detached : StartedTask::Owned;
    return S;
  }
  for (const Expr *Arg : Args)
    if (const CXXRecordDecl *RD =
            Arg->getType().getNonReferenceType()->getAsCXXRecordDecl())
      if (knowledgeName(RD) == Fact->DetachedOnlyIfType)
        return S;
  // A handler that is called at the end does not make anybody wait, nor does a
  // std::future that is dropped.
  const CXXRecordDecl *RD = Result->getAsCXXRecordDecl();
  bool IsFuture = RD && RD->isInStdNamespace() && RD->getIdentifier() &&
                  RD->getName() == "future";
  if (Result->isVoidType() || (IsFuture && isDropped(Call, Parents)))
    return S;
  return std::nullopt;
}

/// spawn(task), detach(task), task.start(): what all libraries call it.
std::optional<StartedTask> TaskStarts::byName(const CallExpr *Call,
                                              const FunctionDecl *Callee,
                                              const DyingRefs &Refs) const {
  bool Configured = !MoreSinks.empty() &&
                    llvm::is_contained(MoreSinks, knowledgeName(Callee));
  std::string Plain;
  for (char C : nameOf(Callee))
    if (C != '_')
      Plain += llvm::toLower(C);
  auto begins = [&](llvm::StringRef Word) {
    return llvm::StringRef(Plain).starts_with(Word);
  };
  bool Named = Configured || begins("spawn") || begins("cospawn") ||
               begins("detach") || begins("startdetached") ||
               begins("startondetached") || begins("launch") ||
               begins("fireandforget") || begins("runinbackground") ||
               begins("rundetached");
  // spawn_and_wait()
  if (!Configured &&
      llvm::any_of(identifierWords(nameOf(Callee)), [](llvm::StringRef Word) {
        return llvm::is_contained({"wait", "sync", "join", "blocking"}, Word);
      }))
    return std::nullopt;
  // Some say whether they could start it. Any other result is the caller's to
  // wait for.
  if (!Configured && !(Named && (Call->getType()->isVoidType() ||
                                 Call->getType()->isBooleanType())))
    return std::nullopt;
  // A pool or scope that is a member may wait in its own destructor.
  const Expr *Object = calledObject(Call);
  if (!Configured && Object && Refs.names(Object)) {
    const CXXRecordDecl *RD =
        Object->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (RD && RD->hasDefinition() && !RD->hasTrivialDestructor())
      return std::nullopt;
  }
  StartedTask S{StartedTask::Detached, {}, false};
  if (Object && TU.types().isTask(Object->getType()))
    S.Tasks.push_back(Object);
  for (const Expr *Arg : argumentsOf(Call)) {
    if (diesWithObject(Arg, Refs))
      return std::nullopt;
    if (isTaskLike(Arg))
      S.Tasks.push_back(Arg);
  }
  return S.Tasks.empty() ? std::nullopt : std::optional<StartedTask>(S);
}

/// `Into` outlives the function: a member of its object, or no local variable.
static bool outlives(const Expr *Into) {
  Into = Into ? stripped(Into) : nullptr;
  if (const auto *Member = dyn_cast_or_null<MemberExpr>(Into))
    return isa<CXXThisExpr>(stripped(Member->getBase()));
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(Into);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && !Var->hasLocalStorage();
}

/// The task in \p Param is moved to where it outlives the function: into a
/// member or a sink.
bool TaskStarts::handsOn(const ParmVarDecl *Param,
                         const ParentTable &Body) const {
  for (const Stmt *S : Body.preorder()) {
    const auto *E = dyn_cast<Expr>(S);
    const Expr *Moved = E ? movedOperand(E) : nullptr;
    const auto *Ref =
        dyn_cast_or_null<DeclRefExpr>(Moved ? stripped(Moved) : nullptr);
    if (!Ref || Ref->getDecl() != Param)
      continue;
    const Stmt *Up = Body.effectiveParent(E);
    while (isa_and_nonnull<CXXConstructExpr>(Up))
      Up = Body.effectiveParent(Up);
    const auto *Call = dyn_cast_or_null<CallExpr>(Up);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (!Callee)
      continue;
    if (const auto *Operator = dyn_cast<CXXOperatorCallExpr>(Call)) {
      if (Operator->getOperator() == OO_Equal && outlives(Operator->getArg(0)))
        return true;
      continue;
    }
    if (const auto *Method = dyn_cast<CXXMethodDecl>(Callee);
        Method && Method->getParent()->isInStdNamespace()) {
      if (outlives(calledObject(Call)))
        return true;
      continue;
    }
    DyingRefs None = DyingRefs::none();
    const Expr *Given = taskGiven(Call, Callee);
    if ((Given && of(Call, Callee, None, Body)) || byName(Call, Callee, None))
      return true;
  }
  return false;
}

/// A function of the user's own that stores the task, or starts it.
std::optional<StartedTask> TaskStarts::byBody(const CallExpr *Call,
                                              const FunctionDecl *Callee,
                                              const DyingRefs &Refs) const {
  const FunctionDecl *Definition = nullptr;
  if (!Call->getType()->isVoidType() || isa<CXXOperatorCallExpr>(Call) ||
      !Callee->hasBody(Definition) || !Definition->getBody() ||
      Definition->isDependentContext() || isCoroutine(Definition) ||
      TU.context().getSourceManager().isInSystemHeader(
          Definition->getLocation()))
    return std::nullopt;
  // What the object keeps ends with it.
  if (const Expr *Object = calledObject(Call);
      Object && (Refs.names(Object) || Refs.points(Object)))
    return std::nullopt;
  StartedTask S{StartedTask::Owned, {}, false};
  llvm::SmallVector<const Expr *, 4> Args = argumentsOf(Call);
  std::optional<ParentTable> Body;
  for (unsigned I = 0; I < Args.size() && I < Definition->getNumParams(); ++I) {
    const ParmVarDecl *Param = Definition->getParamDecl(I);
    if (Param->getType()->isLValueReferenceType() ||
        !TU.types().isTask(Args[I]->getType()))
      continue;
    if (!Body)
      Body.emplace(Definition->getBody());
    if (handsOn(Param, *Body)) {
      S.Later = !runsAlready(Args[I]);
      S.Tasks.push_back(Args[I]);
    }
  }
  return S.Tasks.empty() ? std::nullopt : std::optional<StartedTask>(S);
}

/// `co_await with_scope(f(x))`, where Clang may put the frame of `f(x)` into
/// the caller's: it has ended when the await has.
static bool isAwaitedWithin(const FunctionDecl *Callee) {
  return llvm::any_of(Callee->parameters(), [](const ParmVarDecl *Param) {
    return Param->hasAttr<CoroAwaitElidableArgumentAttr>();
  });
}

std::optional<StartedTask> TaskStarts::of(const Expr *E,
                                          const FunctionDecl *Callee,
                                          const DyingRefs &Refs,
                                          const ParentTable &Parents) const {
  if (TU.types().isAwaitable(E->getType()) && isAwaitedWithin(Callee))
    return std::nullopt;
  if (TU.knowledge().sink(Callee))
    return ofSink(E, Callee, Refs, Parents);
  const auto *Call = dyn_cast<CallExpr>(E);
  if (!Call)
    return std::nullopt;
  if (std::optional<StartedTask> S = byName(Call, Callee, Refs))
    return S;
  if (std::optional<StartedTask> S = byBody(Call, Callee, Refs))
    return S;
  const FunctionDecl *Definition = nullptr;
  bool Runs = TU.types().runsOnWhenDropped(Call->getType());
  // coroutine_traits<void, …>: a coroutine that nobody gets hold of.
  if (!Runs && Call->getType()->isVoidType())
    Runs = Callee->hasBody(Definition) && isCoroutine(Definition);
  // `start().wait()` gives the future again.
  if (Runs && !Call->isGLValue() && isDropped(Call, Parents) && !isWait(Call))
    return StartedTask{StartedTask::Dropped, {Call}, false};
  return std::nullopt;
}

bool TaskStarts::isWait(const Expr *Call) const {
  if (TU.summaries().blocks(Call, 4))
    return true;
  const Expr *Object = calledObject(Call);
  return Object && TU.types().isAwaitable(Object->getType()) &&
         llvm::is_contained({"get", "wait", "join"},
                            nameOf(calledFunction(Call)));
}

} // namespace codrop
