// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/CommitOnDrop.h"
#include "analysis/HeldClass.h"

using namespace clang;

namespace codrop {

std::vector<CommitOnDrop> findCommitsOnDrop(const FunctionAnalysis &F,
                                            const TypeModel &Types,
                                            CommitGuards &Guards) {
  const SuspendCFG &G = *F.graph();
  // What the caller of a lazy coroutine hands over before it has begun is
  // another story: only what the body has begun can be half done.
  llvm::SmallVector<NodeId, 8> Droppable;
  for (NodeId N : G.suspendNodes()) {
    SuspensionKind Kind = G.suspension(N).Kind;
    if ((Kind == SuspensionKind::Await || Kind == SuspensionKind::Yield) &&
        llvm::any_of(G.node(N).Out,
                     [](const Edge &E) { return E.Kind == EdgeKind::Destroy; }))
      Droppable.push_back(N);
  }
  std::vector<CommitOnDrop> Found;
  if (Droppable.empty())
    return Found;
  auto Find = [&](QualType T) -> std::optional<Guard> {
    std::optional<HeldClass> Held = findHeld(
        T, [&](const CXXRecordDecl *RD) { return Guards.find(RD) != nullptr; });
    if (!Held)
      return std::nullopt;
    return Guard{Held->Record, &Guards.find(Held->Record)->Fact, Held->Nested,
                 Held->MayBeAbsent};
  };
  for (const OwnedGuard &Owner : findOwnedGuards(F, Types, Find)) {
    if (!Owner.Obj)
      continue; // A capture dies with the closure, not with the frame.
    CommitOnDrop C;
    C.Guard = Guards.find(Owner.G.Record);
    C.Nested = Owner.G.Nested;
    C.Obj = *Owner.Obj;
    C.Made = Owner.Acquired;
    for (NodeId N : Droppable)
      if (Owner.Owns[N] && G.isAlive(*Owner.Obj, N))
        C.Suspensions.push_back(N);
    if (!C.Suspensions.empty())
      Found.push_back(std::move(C));
  }
  return Found;
}

} // namespace codrop
