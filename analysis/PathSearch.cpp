// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "analysis/PathSearch.h"
#include <queue>
#include <unordered_map>

namespace codrop {

namespace {
// A path over one unwind edge is always worse than one over none, however
// long; among equals the shorter one is the better story.
constexpr uint64_t NormalCost = 1;
constexpr uint64_t ThrowCost = 1ULL << 24;
constexpr uint64_t UnwindCost = 1ULL << 32;
constexpr uint64_t DestroyCost = 1ULL << 33;

uint64_t costOf(EdgeKind K) {
  switch (K) {
  case EdgeKind::Normal:
  case EdgeKind::Resume:
    return NormalCost;
  case EdgeKind::Throw:
    return ThrowCost;
  case EdgeKind::Unwind:
  case EdgeKind::CallUnwind:
    return UnwindCost;
  case EdgeKind::Destroy:
    return DestroyCost;
  }
  return NormalCost;
}

bool isUnsure(EdgeKind K) {
  return K == EdgeKind::Unwind || K == EdgeKind::Destroy ||
         K == EdgeKind::CallUnwind;
}
} // namespace

std::optional<NodeId> Path::leftAt(const SuspendCFG &G) const {
  for (size_t I = Edges.size(); I-- > 0;)
    if (Edges[I].Kind == EdgeKind::Unwind || Edges[I].Kind == EdgeKind::Destroy)
      return Nodes[I];
  return std::nullopt;
}

EdgeKind Path::leftBy() const {
  for (size_t I = Edges.size(); I-- > 0;)
    if (isUnsure(Edges[I].Kind))
      return Edges[I].Kind;
  return EdgeKind::Normal;
}

std::vector<NodeId> Path::suspensions(const SuspendCFG &G) const {
  std::vector<NodeId> Result;
  for (size_t I = 0; I < Edges.size(); ++I)
    if (Edges[I].Kind == EdgeKind::Resume)
      Result.push_back(Nodes[I]);
  return Result;
}

std::optional<Path> findPath(const SuspendCFG &G, const PathQuery &Q,
                             GaveUp *Why) {
  struct Visited {
    uint64_t Cost;
    uint64_t From; ///< Key of the predecessor, or ~0.
    Edge By;
    bool Done;
  };
  auto keyOf = [](NodeId N, PathState S) {
    return (uint64_t(S) << 32) | uint64_t(N);
  };
  std::unordered_map<uint64_t, Visited> Seen;
  using Item = std::pair<uint64_t, uint64_t>; // cost, key
  std::priority_queue<Item, std::vector<Item>, std::greater<>> Work;

  auto makePath = [&](uint64_t Key) {
    Path P;
    while (true) {
      const Visited &V = Seen.at(Key);
      P.Nodes.push_back(NodeId(Key & 0xffffffffU));
      if (V.From == ~0ULL)
        break;
      P.Edges.push_back(V.By);
      if (isUnsure(V.By.Kind))
        P.Sure = Confidence::Maybe;
      Key = V.From;
    }
    std::reverse(P.Nodes.begin(), P.Nodes.end());
    std::reverse(P.Edges.begin(), P.Edges.end());
    return P;
  };

  uint64_t StartKey = keyOf(Q.Start, Q.State);
  Seen[StartKey] = {0, ~0ULL, {}, false};
  Work.push({0, StartKey});
  unsigned Visits = 0;
  bool AtStart = true;
  while (!Work.empty()) {
    auto [Cost, Key] = Work.top();
    Work.pop();
    Visited &Here = Seen.at(Key);
    if (Here.Done)
      continue;
    Here.Done = true;
    if (!G.work().spend())
      return std::nullopt;
    if (++Visits > Q.Budget) {
      if (Why)
        Why->Reason = "search budget used up";
      return std::nullopt;
    }
    NodeId N = NodeId(Key & 0xffffffffU);
    PathState State = PathState(Key >> 32);
    if (!AtStart || Q.VisitStart) {
      PathStep Step = Q.Visit(N, State);
      if (Step.Do == PathStep::Found)
        return makePath(Key);
      if (Step.Do == PathStep::Stop) {
        AtStart = false;
        continue;
      }
      State = Step.State;
    }
    AtStart = false;
    for (const Edge &E : G.node(N).Out) {
      if (!Q.Edges.contains(E.Kind))
        continue;
      PathState Next = State;
      if (Q.Take) {
        std::optional<PathState> Changed = Q.Take(N, E, State);
        if (!Changed)
          continue;
        Next = *Changed;
      }
      uint64_t NextKey = keyOf(E.To, Next);
      uint64_t NextCost = Cost + costOf(E.Kind);
      auto [It, New] =
          Seen.try_emplace(NextKey, Visited{NextCost, Key, E, false});
      if (!New) {
        if (It->second.Done || It->second.Cost <= NextCost)
          continue;
        It->second = {NextCost, Key, E, false};
      }
      Work.push({NextCost, NextKey});
    }
  }
  return std::nullopt;
}

llvm::BitVector reachableFrom(const SuspendCFG &G, NodeId Start, EdgeSet Edges,
                              std::optional<NodeId> Avoid) {
  llvm::BitVector Seen(G.size());
  llvm::SmallVector<NodeId, 64> Work{Start};
  Seen.set(Start);
  unsigned Visits = 0;
  while (!Work.empty()) {
    NodeId N = Work.pop_back_val();
    ++Visits;
    for (const Edge &E : G.node(N).Out) {
      if (!Edges.contains(E.Kind) || Seen.test(E.To) || E.To == Avoid)
        continue;
      Seen.set(E.To);
      Work.push_back(E.To);
    }
  }
  // Cheaper than a search, and always answered in full.
  G.work().spend(Visits / 8 + 1);
  return Seen;
}

bool reachesUnsuspended(const SuspendCFG &G, NodeId From, NodeId To) {
  PathQuery Q;
  Q.Start = From;
  auto Visit = [&](NodeId N, PathState S) {
    if (N == To)
      return PathStep::found();
    return G.node(N).Kind == NodeKind::Suspend ? PathStep::stop()
                                               : PathStep::go(S);
  };
  Q.Visit = Visit;
  return findPath(G, Q).has_value();
}

} // namespace codrop
