// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/LockedResume.h"
#include "analysis/BlockingParts.h"
#include "analysis/GuardFlow.h"
#include "analysis/HandleScan.h"
#include "analysis/Names.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace codrop {

/// A body of the user's code that runs when \p FD is called; null if another
/// may be meant.
static const FunctionDecl *bodyRun(const FunctionDecl *FD,
                                   const SourceManager &SM) {
  const FunctionDecl *Definition = nullptr;
  const auto *Method = dyn_cast<CXXMethodDecl>(FD);
  if ((Method && Method->isVirtual()) || !FD->hasBody(Definition) ||
      Definition->isDependentContext() || isCoroutine(Definition) ||
      SM.isInSystemHeader(SM.getExpansionLoc(Definition->getLocation())))
    return nullptr;
  return Definition;
}

static bool givesBack(const FunctionDecl *FD) {
  return nameOf(FD).contains_insensitive("unlock");
}

/// A variable of the function that is no parameter, reference or pointer.
static const VarDecl *ownVariable(const Expr *E) {
  const auto *Ref = dyn_cast_or_null<DeclRefExpr>(E ? stripped(E) : nullptr);
  const auto *Var = Ref ? dyn_cast<VarDecl>(Ref->getDecl()) : nullptr;
  return Var && Var->hasLocalStorage() && !isa<ParmVarDecl>(Var) &&
                 Var->getType()->isRecordType()
             ? Var
             : nullptr;
}

/// `promise p; p.set_value(1); return p.get_future();`: nobody waits yet.
static bool isOnOwnVariable(const CallExpr *Call) {
  const Expr *Object = calledObject(Call);
  return ownVariable(Object) &&
         !isCoroutineHandle(Object->getType().getCanonicalType()) &&
         !cast<DeclRefExpr>(stripped(Object))
              ->refersToEnclosingVariableOrCapture();
}

std::optional<ResumeChain> ResumeChains::of(const CallExpr *Call,
                                            unsigned Depth) {
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (!Callee)
    return std::nullopt;
  if (const ResumerFact *Fact = TU.knowledge().resumer(Callee)) {
    if ((Fact->Unless && holds(*Fact->Unless, Call, TU.context())) ||
        isOnOwnVariable(Call))
      return std::nullopt;
    return ResumeChain{{Call}, Fact};
  }
  if (Depth == 0)
    return std::nullopt;
  std::optional<ResumeChain> Chain = ofBody(Callee, Depth - 1);
  if (Chain)
    Chain->Calls.insert(Chain->Calls.begin(), Call);
  return Chain;
}

std::optional<ResumeChain> ResumeChains::ofBody(const FunctionDecl *FD,
                                                unsigned Depth) {
  const FunctionDecl *Body = bodyRun(FD, TU.context().getSourceManager());
  if (!Body)
    return std::nullopt;
  auto [It, New] = Known.try_emplace({Body, Depth}, std::nullopt);
  if (!New)
    return It->second;
  std::optional<ResumeChain> Found;
  for (const Expr *E : whatRuns(writtenBody(Body), TU.context()).Calls) {
    const auto *Call = dyn_cast<CallExpr>(E);
    if (!Call)
      continue;
    // It may give the caller's lock back first.
    if (givesBack(Call->getDirectCallee())) {
      Found.reset();
      break;
    }
    if (!Found)
      Found = of(Call, Depth);
  }
  // Entries of a map stay where they are.
  It->second = Found;
  return Found;
}

namespace {

struct Held {
  LockedResume Lock;
  llvm::BitVector Any, Normally;
};

/// From `mutex.lock()` to the `unlock()` of the same.
std::vector<Held> heldByHand(const FunctionAnalysis &F, TUAnalysis &TU) {
  const SuspendCFG &G = *F.graph();
  struct Step {
    NodeId At;
    std::optional<AccessPath> Place;
    const CXXMemberCallExpr *Call;
  };
  llvm::SmallVector<Step, 4> Takes, Gives;
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Call = G.node(N).Kind == NodeKind::Statement
                           ? dyn_cast_or_null<CXXMemberCallExpr>(G.node(N).S)
                           : nullptr;
    const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
    if (!Method)
      continue;
    std::optional<AccessPath> Place =
        F.accesses().resolver().resolve(Call->getImplicitObjectArgument());
    if (givesBack(Method)) {
      Gives.push_back({N, std::move(Place), Call});
      continue;
    }
    const CXXRecordDecl *RD = Method->getParent();
    if ((nameOf(Method) == "lock" || nameOf(Method) == "lock_shared") &&
        Method->getReturnType()->isVoidType() && Place &&
        !TU.types().guardFact(RD) && !TU.types().isCoroutineMutex(RD))
      Takes.push_back({N, std::move(Place), Call});
  }
  std::vector<Held> Result;
  for (const Step &Take : Takes) {
    auto follow = [&](llvm::BitVector &Into, EdgeSet Edges) {
      Into.resize(G.size());
      PathQuery Q;
      Q.Start = Take.At;
      Q.Edges = Edges;
      auto Visit = [&](NodeId N, PathState S) {
        bool Ends = llvm::any_of(Gives, [&](const Step &Give) {
          return Give.At == N && (!Give.Place || *Give.Place == *Take.Place);
        });
        if (Ends)
          return PathStep::stop();
        Into.set(N);
        return PathStep::go(S);
      };
      Q.Visit = Visit;
      findPath(G, Q);
    };
    Held H;
    H.Lock.Locked = Take.Place->str();
    H.Lock.Taken = Take.Call->getExprLoc();
    follow(H.Any, UnwindEdges);
    follow(H.Normally, NormalEdges);
    Result.push_back(std::move(H));
  }
  return Result;
}

std::vector<Held> heldByGuards(const FunctionAnalysis &F, TUAnalysis &TU) {
  const SuspendCFG &G = *F.graph();
  auto Find = [&](QualType T) -> std::optional<Guard> {
    std::optional<Guard> Found = TU.types().guard(T);
    if (!Found || Found->Fact->Kind != GuardKind::ThreadBound)
      return std::nullopt;
    return Found;
  };
  std::vector<Held> Result;
  for (OwnedGuard &Owner : findOwnedGuards(F, TU.types(), Find)) {
    // Who may take a mutex that is a local variable is all here to see.
    const VarDecl *Var = Owner.var(G);
    const auto *Made = dyn_cast_or_null<CXXConstructExpr>(
        Var && Var->getInit() ? stripped(Var->getInit()) : nullptr);
    if (Made && llvm::any_of(Made->arguments(), ownVariable))
      continue;
    Held H;
    H.Lock.Guard = Var;
    H.Lock.Taken = Owner.Acquired;
    H.Any = std::move(Owner.Owns);
    H.Normally = std::move(Owner.OwnsNormally);
    Result.push_back(std::move(H));
  }
  return Result;
}

} // namespace

std::vector<LockedResume> findLockedResumes(const FunctionAnalysis &F,
                                            TUAnalysis &TU,
                                            ResumeChains &Chains) {
  // Most functions run nothing of others'; the graph is made for the rest.
  struct Site {
    const CallExpr *Call;
    ResumeChain Chain;
  };
  std::vector<Site> Sites;
  const Stmt *Body = writtenBody(F.function());
  if (!Body)
    return {};
  for (const Expr *E : whatRuns(Body, TU.context()).Calls)
    if (const auto *Call = dyn_cast<CallExpr>(E))
      if (std::optional<ResumeChain> Chain = Chains.of(Call, ResumeDepth))
        Sites.push_back({Call, std::move(*Chain)});
  if (Sites.empty() || !F.graph())
    return {};
  const SuspendCFG &G = *F.graph();
  std::vector<Held> Locks = heldByGuards(F, TU);
  for (Held &H : heldByHand(F, TU))
    Locks.push_back(std::move(H));
  std::vector<LockedResume> Result;
  for (Held &H : Locks) {
    bool Found = false;
    for (bool Normally : {true, false}) {
      for (const Site &S : Sites) {
        std::optional<NodeId> At = G.nodeOf(S.Call);
        if (!At || !(Normally ? H.Normally : H.Any)[*At])
          continue;
        if (Found) {
          H.Lock.Others.push_back(S.Call->getExprLoc());
          continue;
        }
        Found = true;
        H.Lock.Chain = S.Chain;
        H.Lock.OnNormalPath = Normally;
      }
      if (Found)
        break;
    }
    if (Found)
      Result.push_back(std::move(H.Lock));
  }
  return Result;
}

} // namespace codrop
