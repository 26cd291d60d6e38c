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
  /// The way on which it owns at the first of them.
  Path Way;
};

/// `*guarded.lock() = co_await f()`: the left operand of an assignment comes
/// last, and an overloaded operator keeps that order ([expr.call]). Clang's CFG
/// has the operands of overloaded operators from left to right.
bool isMadeAfter(const Object &Obj, const Stmt *Suspension,
                 const ParentTable &Parents) {
  if (Obj.K != Object::Temporary)
    return false;
  for (const Stmt *P = Parents.parent(Suspension), *Child = Suspension; P;
       Child = P, P = Parents.parent(P))
    if (const auto *Call = dyn_cast<CXXOperatorCallExpr>(P);
        Call && Call->isAssignmentOp() && Call->getNumArgs() == 2 &&
        Parents.isWithin(Child, Call->getArg(1)) &&
        Parents.isWithin(Obj.Bind, Call->getArg(0)))
      return true;
  return false;
}

/// The guard is inside an awaiter that has taken it over: `await_suspend` gives
/// it back when the coroutine is where others find it.
bool isTakenOver(const OwnedGuard &Owner, const SuspendCFG &G) {
  if (!Owner.Obj || !Owner.G.Nested)
    return false;
  const CXXRecordDecl *RD = G.object(*Owner.Obj).Type->getAsCXXRecordDecl();
  return RD && llvm::any_of(RD->methods(), [](const CXXMethodDecl *Method) {
           return Method->getIdentifier() &&
                  Method->getName() == "await_suspend";
         });
}

/// The suspensions of the body only: what a lazy coroutine is given it has
/// before anybody waits for it, and what it keeps when it is done is its
/// owner's to drop.
bool isInBody(const Suspension &S) {
  return S.Kind == SuspensionKind::Await || S.Kind == SuspensionKind::Yield;
}

std::vector<HeldLock> findHeldLocks(const FunctionAnalysis &F,
                                    std::vector<OwnedGuard> Guards) {
  const SuspendCFG &G = *F.graph();
  std::vector<HeldLock> Held;
  for (OwnedGuard &Owner : Guards) {
    if (isTakenOver(Owner, G))
      continue;
    HeldLock Lock{std::move(Owner), {}, {}};
    for (NodeId N : G.suspendNodes())
      if (Lock.Owner.Owns[N] && isInBody(G.suspension(N)) &&
          !(Lock.Owner.Obj &&
            isMadeAfter(G.object(*Lock.Owner.Obj), G.node(N).S, G.parents())))
        Lock.Suspensions.push_back(N);
    if (Lock.Suspensions.empty())
      continue;
    // A suspension that is reached on a normal path makes the better story.
    NodeId First = Lock.Suspensions.front();
    for (NodeId N : Lock.Suspensions)
      if (Lock.Owner.OwnsNormally[N]) {
        First = N;
        break;
      }
    std::optional<Path> Way = Lock.Owner.pathTo(F, First);
    if (!Way)
      continue;
    Lock.Way = std::move(*Way);
    Held.push_back(std::move(Lock));
  }
  return Held;
}

/// The node on the way that took the lock last; none if it was taken where the
/// guard was made.
std::optional<NodeId> takenAt(const HeldLock &Lock) {
  for (NodeId N : llvm::reverse(Lock.Way.Nodes)) {
    auto It = Lock.Owner.Effects.find(N);
    if (It != Lock.Owner.Effects.end() && It->second == GuardEffect::Takes)
      return N;
  }
  return std::nullopt;
}

/// A release that another way to the suspension goes through.
std::optional<NodeId> releasedElsewhere(const HeldLock &Lock,
                                        const SuspendCFG &G) {
  NodeId First = Lock.Way.Nodes.back();
  std::optional<NodeId> Best;
  for (auto [N, Effect] : Lock.Owner.Effects)
    if (Effect == GuardEffect::Gives &&
        !llvm::is_contained(Lock.Way.Nodes, N) && (!Best || N < *Best) &&
        G.node(N).S->getBeginLoc() < G.node(First).S->getBeginLoc() &&
        reachableFrom(G, N, NormalEdges)[First])
      Best = N;
  return Best;
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

std::string nameOf(const HeldLock &Lock, const FunctionAnalysis &F,
                   const ASTContext &Context) {
  const SuspendCFG &G = *F.graph();
  std::string Type =
      "'" +
      typeName(Context.getCanonicalTagType(Lock.Owner.G.Record), Context) + "'";
  const VarDecl *Var = Lock.Owner.var(G);
  if (!Var)
    return "temporary " + Type;
  if (!Var->getIdentifier())
    return Type;
  // The variable that a range-for keeps its range in.
  if (Var->isImplicit())
    return Type + " in the range";
  std::string Name = "'" + Var->getNameAsString() + "'";
  return Lock.Owner.G.Nested ? Type + " inside " + Name
                             : Name + " of type " + Type;
}

/// What a finding says of a lock, and of an object that an option names.
struct Words {
  const char *Holds, *Made, *Given, *Captured, *Suspends, *OnSameThread,
      *Instead;
};

constexpr Words LockWords = {
    " still holds its lock where the coroutine suspends",
    "the lock is taken here",
    "the caller hands the lock over here",
    "the lambda captures the lock here",
    "the coroutine suspends here with the lock held; others wait for it, and "
    "another thread may resume",
    "the coroutine suspends here with the lock held; whoever waits for it "
    "blocks the thread that must resume the coroutine",
    "release the lock before suspending, or guard with a mutex made for "
    "coroutines such as codrop::async_mutex"};

constexpr Words NamedWords = {
    " is still alive where the coroutine suspends",
    "it is made here",
    "the caller hands it over here",
    "the lambda captures it here",
    "the coroutine suspends here; another thread may resume it",
    "the coroutine suspends here; others run on its thread meanwhile",
    "end its scope before suspending"};

Finding describe(const HeldLock &Lock, const FunctionAnalysis &F,
                 const ASTContext &Context, const Words &Say) {
  const SuspendCFG &G = *F.graph();
  Finding Found;
  Found.Loc = Lock.Owner.Acquired;
  Found.Sure = Lock.Owner.OwnsNormally[Lock.Way.Nodes.back()]
                   ? Confidence::Definite
                   : Confidence::Maybe;
  Found.Text = nameOf(Lock, F, Context) + Say.Holds;
  bool Given =
      Lock.Owner.Obj && G.object(*Lock.Owner.Obj).K == Object::Parameter;
  if (std::optional<NodeId> Taken = takenAt(Lock))
    Found.note(G.node(*Taken).S->getBeginLoc(), Say.Made);
  else
    Found.note(Found.Loc, Given                 ? Say.Given
                          : Lock.Owner.Captured ? Say.Captured
                                                : Say.Made);
  if (std::optional<NodeId> Other = releasedElsewhere(Lock, G))
    Found.note(G.node(*Other).S->getBeginLoc(),
               Found.Sure == Confidence::Definite
                   ? "it is given back here, but not on every path"
                   : "it is given back here, but not if something before "
                     "throws");
  const Coroutine *Coro = F.coroutine();
  bool SameThread = Coro && Coro->Task && Coro->Task->ThreadBound;
  unsigned Shown = 0;
  for (NodeId N : Lock.Suspensions) {
    if (N != Lock.Way.Nodes.back() &&
        (Shown == 0 || Shown > MaxSuspensionNotes))
      continue;
    Found.note(G.suspension(N).E->getExprLoc(), ++Shown > 1
                                                    ? "and suspends here"
                                                : SameThread ? Say.OnSameThread
                                                             : Say.Suspends);
  }
  Found.note(G.suspension(Lock.Way.Nodes.back()).E->getExprLoc(), Say.Instead);
  return Found;
}

} // namespace

LockAcrossSuspensionCheck::LockAcrossSuspensionCheck(
    llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
    std::shared_ptr<SharedAnalysis> Shared)
    : CodropCheck(Name, Context, std::move(Shared)),
      GuardTypes(listOption(option::lock_across_suspension::GuardTypes,
                            option::lock_across_suspension::GuardTypesDefault)),
      AllowedGuardTypes(listOption(
          option::lock_across_suspension::AllowedGuardTypes,
          option::lock_across_suspension::AllowedGuardTypesDefault)) {}

void LockAcrossSuspensionCheck::storeOptions(
    clang::tidy::ClangTidyOptions::OptionMap &Opts) {
  CodropCheck::storeOptions(Opts);
  storeList(Opts, option::lock_across_suspension::GuardTypes, GuardTypes);
  storeList(Opts, option::lock_across_suspension::AllowedGuardTypes,
            AllowedGuardTypes);
}

std::vector<Finding> LockAcrossSuspensionCheck::find(const FunctionAnalysis &F,
                                                     TUAnalysis &TU) {
  static const GuardFact ByName = [] {
    GuardFact Fact;
    Fact.Release = {"unlock"};
    return Fact;
  }();
  auto byName = [&](const CXXRecordDecl *RD) {
    return !GuardTypes.empty() &&
                   llvm::is_contained(GuardTypes, knowledgeName(RD))
               ? &ByName
               : nullptr;
  };
  std::vector<OwnedGuard> Guards =
      findOwnedGuards(F, TU.types(), [&](QualType T) -> std::optional<Guard> {
        std::optional<Guard> Found = TU.types().guard(T, byName);
        if (!Found || Found->Fact->Kind != GuardKind::ThreadBound ||
            isNamed(Found->Record, AllowedGuardTypes))
          return std::nullopt;
        return Found;
      });
  std::vector<Finding> Findings;
  for (const HeldLock &Lock : findHeldLocks(F, std::move(Guards)))
    Findings.push_back(
        describe(Lock, F, TU.context(),
                 Lock.Owner.G.Fact == &ByName ? NamedWords : LockWords));
  return Findings;
}

} // namespace codrop
