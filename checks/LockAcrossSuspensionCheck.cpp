// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Asks GuardFlow where thread-bound guards own, and reports each that owns at a
// suspension. Whether a guard is thread-bound is knowledge's to say.

#include "checks/LockAcrossSuspensionCheck.h"
#include "analysis/GuardFlow.h"

using namespace clang;

namespace codrop {

namespace {

/// A guard and the suspensions at which it owns, in source order.
struct HeldLock {
  OwnedGuard Owner;
  std::vector<NodeId> Suspensions;
};

std::vector<HeldLock> findHeldLocks(const FunctionAnalysis &F,
                                    std::vector<OwnedGuard> Guards) {
  std::vector<HeldLock> Held;
  for (OwnedGuard &Owner : Guards) {
    HeldLock Lock{std::move(Owner), {}};
    for (NodeId N = 0; N < F.graph()->size(); ++N)
      if (F.graph()->node(N).Kind == NodeKind::Suspend && Lock.Owner.Owns[N] &&
          F.graph()->suspension(N).Kind != SuspensionKind::Final)
        Lock.Suspensions.push_back(N);
    if (Lock.Suspensions.empty())
      continue;
    llvm::sort(Lock.Suspensions, [&](NodeId A, NodeId B) {
      return F.graph()->node(A).S->getBeginLoc() <
             F.graph()->node(B).S->getBeginLoc();
    });
    Held.push_back(std::move(Lock));
  }
  return Held;
}

/// The guard's class, or the mutex that it is instantiated with, is named.
bool isNamed(const CXXRecordDecl *Guard, llvm::ArrayRef<std::string> Names) {
  if (Names.empty())
    return false;
  if (llvm::is_contained(Names, knowledgeName(Guard)))
    return true;
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(Guard);
  if (!Spec)
    return false;
  auto mentions = [&](const TemplateArgument &Arg) {
    if (Arg.getKind() != TemplateArgument::Type)
      return false;
    const CXXRecordDecl *Mutex = Arg.getAsType()->getAsCXXRecordDecl();
    return Mutex && llvm::is_contained(Names, knowledgeName(Mutex));
  };
  return llvm::any_of(Spec->getTemplateArgs().asArray(),
                      [&](const TemplateArgument &Arg) {
                        if (Arg.getKind() == TemplateArgument::Pack)
                          return llvm::any_of(Arg.pack_elements(), mentions);
                        return mentions(Arg);
                      });
}

constexpr unsigned MaxSuspensionNotes = 5;

Finding describe(const HeldLock &Lock, const SuspendCFG &G,
                 const ASTContext &Context) {
  const Object &Obj = G.object(Lock.Owner.Obj);
  Finding F;
  F.Loc = Obj.Loc;
  std::string Type = typeName(
      Context.getCanonicalTagType(Lock.Owner.G.Record), Context);
  std::string What = "'" + Type + "'";
  if (Obj.Var && Obj.Var->getIdentifier()) {
    if (Lock.Owner.G.Nested)
      What = "'" + Type + "' inside '" + Obj.Var->getNameAsString() + "'";
    else
      What = "'" + Obj.Var->getNameAsString() + "' of type '" + Type + "'";
  } else if (Obj.K == Object::Temporary) {
    What = "temporary '" + Type + "'";
  }
  F.Text = What + " still holds its lock where the coroutine suspends";
  F.note(Obj.Loc, Obj.K == Object::Parameter
                      ? "the caller hands the lock over here"
                      : "the lock is taken here");
  unsigned Shown = 0;
  for (NodeId N : Lock.Suspensions) {
    if (++Shown > MaxSuspensionNotes)
      break;
    const Suspension &Point = G.suspension(N);
    SourceLocation Where =
        Point.Kind == SuspensionKind::Initial
            ? G.function()->getLocation()
            : Point.E->getExprLoc();
    if (Point.Kind == SuspensionKind::Initial)
      F.note(Where, "the coroutine suspends before its first statement");
    else
      F.note(Where, Shown == 1
                        ? "the coroutine suspends here with the lock held; "
                          "others wait for it, and another thread may resume"
                        : "and suspends here");
  }
  const CoroutineSuspendExpr *First = G.suspension(Lock.Suspensions.front()).E;
  F.note(First ? First->getExprLoc() : Obj.Loc,
         "release the lock before suspending, or guard with a mutex made for "
         "coroutines such as codrop::async_mutex");
  return F;
}

} // namespace

LockAcrossSuspensionCheck::LockAcrossSuspensionCheck(
    llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
    std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      GuardTypes(
          listOption(option::lock_across_suspension::GuardTypes,
                     option::lock_across_suspension::GuardTypesDefault)),
      AllowedGuardTypes(
          listOption(option::lock_across_suspension::AllowedGuardTypes,
                     option::lock_across_suspension::AllowedGuardTypesDefault)) {
}

void LockAcrossSuspensionCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::lock_across_suspension::GuardTypes, GuardTypes);
  storeList(Opts, option::lock_across_suspension::AllowedGuardTypes,
            AllowedGuardTypes);
}

std::vector<Finding> LockAcrossSuspensionCheck::find(const FunctionAnalysis &F,
                                                     TUAnalysis &TU) {
  std::vector<OwnedGuard> Guards = findOwnedGuards(
      F, TU.types(), [&](QualType T) -> std::optional<Guard> {
        if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
            RD && isNamed(RD, GuardTypes))
          return Guard{RD, nullptr, false};
        std::optional<Guard> Found = TU.types().guard(T);
        if (!Found || Found->Fact->Kind != GuardKind::ThreadBound ||
            isNamed(Found->Record, AllowedGuardTypes))
          return std::nullopt;
        return Found;
      });
  std::vector<Finding> Findings;
  for (const HeldLock &Lock : findHeldLocks(F, std::move(Guards)))
    Findings.push_back(describe(Lock, *F.graph(), TU.context()));
  return Findings;
}

} // namespace codrop
