// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one solver behind the flow questions of all checks: is there a way
// through a SuspendCFG on which a small automaton goes wrong, and which is the
// plainest one? "Open, then destroyed, never closed"; "locked, then
// suspended"; "read, suspended, written" are all this question. The search
// prefers normal edges to unwind edges and those to destroy edges, so what it
// finds first is what can be said with most confidence, and the path is the
// story that the finding tells.

#ifndef CODROP_ANALYSIS_PATHSEARCH_H
#define CODROP_ANALYSIS_PATHSEARCH_H

#include "analysis/SuspendCFG.h"

namespace codrop {

/// How sure a finding is: the worst edge on its path.
enum class Confidence { Maybe, Definite };

/// State of the automaton; a question uses as few as it can.
using PathState = unsigned;

/// What the automaton does at a node.
struct PathStep {
  enum Action { Continue, Stop, Found } Do = Continue;
  PathState State = 0; ///< State after the node, for Continue.

  static PathStep go(PathState S) { return {Continue, S}; }
  static PathStep stop() { return {Stop, 0}; }
  static PathStep found() { return {Found, 0}; }
};

struct Path {
  /// From the start to the node that was found, both included.
  std::vector<NodeId> Nodes;
  /// The edge into Nodes[I + 1].
  std::vector<Edge> Edges;
  /// No unwind or destroy edge of a suspension on it.
  Confidence Sure = Confidence::Definite;

  /// The suspension whose unwind or destroy edge the path takes last, if any.
  std::optional<NodeId> leftAt(const SuspendCFG &G) const;
  /// The kind of that edge.
  EdgeKind leftBy() const;
  /// The suspensions that the path goes through (resume edges), in order.
  std::vector<NodeId> suspensions(const SuspendCFG &G) const;
};

struct PathQuery {
  NodeId Start = 0;
  PathState State = 0;
  EdgeSet Edges = NormalEdges;
  /// Whether Visit is asked about Start itself.
  bool VisitStart = false;
  /// At most this many node visits; the search then ends without an answer.
  unsigned Budget = 2000000;
  /// Decides at a node, reached in a state.
  llvm::function_ref<PathStep(NodeId, PathState)> Visit;
  /// May refuse an edge, or change the state on it; null: all are taken.
  llvm::function_ref<std::optional<PathState>(NodeId, const Edge &, PathState)>
      Take = nullptr;
};

/// The plainest path on which Visit finds something. None if there is none or
/// the budget is used up; in the latter case \p Why is filled. That the graph's
/// WorkMeter has run out is not said here but counted once for the whole check.
std::optional<Path> findPath(const SuspendCFG &G, const PathQuery &Q,
                             GaveUp *Why = nullptr);

/// The nodes reachable from \p Start over \p Edges (without passing \p Avoid).
llvm::BitVector reachableFrom(const SuspendCFG &G, NodeId Start, EdgeSet Edges,
                              std::optional<NodeId> Avoid = std::nullopt);

/// True if a normal way leads from \p From to \p To without a suspension
/// between; \p To itself may be one.
bool reachesUnsuspended(const SuspendCFG &G, NodeId From, NodeId To);

} // namespace codrop

#endif // CODROP_ANALYSIS_PATHSEARCH_H
