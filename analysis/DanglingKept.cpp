// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tasks that are kept: in variables and containers, in members, in scopes that
// wait too late, and by who destroys a lambda before its coroutine has ended.

#include "analysis/DanglingFinder.h"
#include "analysis/Names.h"

using namespace clang;

namespace codrop {

using MaybeBorrow = std::optional<TaskBorrow>;

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

void DanglingFinder::kept() {
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

void DanglingFinder::stored() {
  DyingRefs Refs = ofFrame(), OwnRefs = DyingRefs::inMember({});
  OwnRefs.addLocals(Parents);
  const CXXRecordDecl *Class = sharedClass();
  TaskBorrows Borrows(TU, nullptr), OwnBorrows(TU, Class);
  for (const Stmt *S : Parents.preorder()) {
    const auto *E = dyn_cast<CallExpr>(S);
    if (!E || !TU.types().isAwaitable(E->getType()))
      continue;
    const Expr *Site = nullptr;
    const FieldDecl *Member = memberGiven(E, Parents, Site);
    if (!Member)
      continue;
    MaybeBorrow Uses = Borrows.borrow(E, Refs, !Starts.runsAlready(E));
    if (Uses && !Uses->Given.Temporary && !Uses->Given.Closure &&
        !isWaitedFor(Site, Uses->Given)) {
      add(DanglingTask::Stored, E->getExprLoc(), std::move(*Uses));
      Found.back().Member = Member;
      continue;
    }
    // The member dies with the object, and the task goes on.
    if (!Class || keepsObject(Class) ||
        !TU.types().runsOnWhenDropped(E->getType()))
      continue;
    Uses = OwnBorrows.borrow(E, OwnRefs, false);
    if (!Uses || Uses->Suspends.isInvalid())
      continue;
    add(DanglingTask::Stored, E->getExprLoc(), std::move(*Uses));
    Found.back().Member = Member;
    Found.back().Sure = Confidence::Maybe;
  }
}

// --- Scopes that wait too late -----------------------------------------------

void DanglingFinder::order() {
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

void DanglingFinder::called() {
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

} // namespace codrop
