// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which of several paths is the plainest, and how a search ends.

#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

/// The plainest path from \p Start to \p Goal.
std::optional<Path> search(const GraphTest &T, NodeId Start, NodeId Goal,
                           EdgeSet Edges) {
  PathQuery Q;
  Q.Start = Start;
  Q.Edges = Edges;
  auto Visit = [&](NodeId N, PathState S) {
    return N == Goal ? PathStep::found() : PathStep::go(S);
  };
  Q.Visit = Visit;
  return findPath(T.graph(), Q);
}

/// The plainest path from \p Start to the end of the only object.
std::optional<Path> toEnd(const GraphTest &T, NodeId Start, EdgeSet Edges) {
  PathQuery Q;
  Q.Start = Start;
  Q.Edges = Edges;
  auto Visit = [&](NodeId N, PathState S) {
    return T.graph().node(N).Kind == NodeKind::ObjectEnd ? PathStep::found()
                                                         : PathStep::go(S);
  };
  Q.Visit = Visit;
  return findPath(T.graph(), Q);
}

TEST(PathSearch, PrefersNormalToUnwindToDestroy) {
  std::string Code = R"cpp(
    task<> f() {
      obj x;
      void("codrop_point_start");
      co_await a();
      for (int i = 0; i < 10; ++i)
        co_await b();
    })cpp";
  GraphTest T(Code);
  NodeId Start = T.point("start");
  std::optional<Path> Normal = toEnd(T, Start, AllSuspensionEdges);
  ASSERT_TRUE(Normal);
  EXPECT_EQ(Normal->Sure, Confidence::Definite)
      << "the longest is the plainest";
  EXPECT_EQ(Normal->leftAt(T.graph()), std::nullopt);
  EXPECT_EQ(Normal->leftBy(), EdgeKind::Normal);
  EXPECT_EQ(Normal->suspensions(T.graph()),
            (std::vector<NodeId>{T.suspension("a")}))
      << "without a turn of the loop";
  EXPECT_EQ(Normal->Nodes.front(), Start);
  EXPECT_EQ(Normal->Edges.size() + 1, Normal->Nodes.size());

  std::optional<Path> Unwind =
      search(T, Start, T.graph().unwindExit(), AllSuspensionEdges);
  ASSERT_TRUE(Unwind);
  EXPECT_EQ(Unwind->Sure, Confidence::Maybe);
  EXPECT_EQ(Unwind->leftBy(), EdgeKind::Unwind);
  EXPECT_EQ(Unwind->leftAt(T.graph()), T.suspension("a")) << "the first one";

  std::optional<Path> Destroyed =
      search(T, Start, T.graph().destroyed(), AllSuspensionEdges);
  ASSERT_TRUE(Destroyed);
  EXPECT_EQ(Destroyed->leftBy(), EdgeKind::Destroy);
  EXPECT_EQ(Destroyed->Sure, Confidence::Maybe);
  EXPECT_FALSE(search(T, Start, T.graph().destroyed(), UnwindEdges));
}

TEST(PathSearch, PrefersUnwindToDestroyForTheSameEnd) {
  GraphTest T(R"cpp(
    task<> f() {
      obj x;
      void("codrop_point_start");
      while (true)
        co_await a();
    })cpp");
  std::optional<Path> Way = toEnd(T, T.point("start"), AllSuspensionEdges);
  ASSERT_TRUE(Way);
  EXPECT_EQ(Way->leftBy(), EdgeKind::Unwind);
}

TEST(PathSearch, PrefersGoingOnToThrowing) {
  GraphTest T(R"cpp(
    task<> f() {
      obj x;
      void("codrop_point_start");
      if (test())
        throw error{};
      call(), call(), call(), call();
      co_return;
    })cpp");
  std::optional<Path> Way = toEnd(T, T.point("start"), NormalEdges);
  ASSERT_TRUE(Way);
  EXPECT_TRUE(llvm::none_of(
      Way->Edges, [](const Edge &E) { return E.Kind == EdgeKind::Throw; }));
  EXPECT_EQ(Way->Sure, Confidence::Definite);
}

TEST(PathSearch, CarriesAState) {
  GraphTest T(R"cpp(
    task<> f(bool t) {
      void("codrop_point_start");
      if (t)
        co_await a();
      void("codrop_point_end");
    })cpp");
  auto suspendedBeforeEnd = [&](bool Wanted) {
    PathQuery Q;
    Q.Start = T.point("start");
    auto Visit = [&](NodeId N, PathState S) {
      if (N == T.point("end"))
        return (S == 1) == Wanted ? PathStep::found() : PathStep::stop();
      return PathStep::go(T.graph().node(N).Kind == NodeKind::Suspend ? 1 : S);
    };
    Q.Visit = Visit;
    return findPath(T.graph(), Q);
  };
  std::optional<Path> With = suspendedBeforeEnd(true);
  std::optional<Path> Without = suspendedBeforeEnd(false);
  ASSERT_TRUE(With && Without);
  EXPECT_EQ(With->suspensions(T.graph()).size(), 1u);
  EXPECT_TRUE(Without->suspensions(T.graph()).empty());
}

TEST(PathSearch, TakeRefusesEdgesAndChangesTheState) {
  GraphTest T(R"cpp(
    task<> f(bool t) {
      void("codrop_point_start");
      if (t)
        void("codrop_point_yes");
      else
        void("codrop_point_no");
      co_await a();
    })cpp");
  auto reaches = [&](llvm::StringRef Point, Edge::Outcome Refused) {
    PathQuery Q;
    Q.Start = T.point("start");
    auto Visit = [&](NodeId N, PathState S) {
      return N == T.point(Point) ? PathStep::found() : PathStep::go(S);
    };
    auto Take = [&](NodeId, const Edge &E,
                    PathState S) -> std::optional<PathState> {
      if (E.Taken == Refused)
        return std::nullopt;
      return S;
    };
    Q.Visit = Visit;
    Q.Take = Take;
    return findPath(T.graph(), Q).has_value();
  };
  EXPECT_FALSE(reaches("yes", Edge::Outcome::True));
  EXPECT_TRUE(reaches("yes", Edge::Outcome::False));
  EXPECT_FALSE(reaches("no", Edge::Outcome::False));

  PathQuery Q;
  Q.Start = T.point("start");
  auto Visit = [&](NodeId N, PathState S) {
    if (N == T.suspension("a"))
      return S == 7 ? PathStep::found() : PathStep::stop();
    return PathStep::go(S);
  };
  auto Take = [](NodeId, const Edge &E,
                 PathState S) -> std::optional<PathState> {
    return E.Taken == Edge::Outcome::True ? 7 : S;
  };
  Q.Visit = Visit;
  Q.Take = Take;
  std::optional<Path> Way = findPath(T.graph(), Q);
  ASSERT_TRUE(Way);
  EXPECT_TRUE(llvm::is_contained(Way->Nodes, T.point("yes")));
  EXPECT_FALSE(llvm::is_contained(Way->Nodes, T.point("no")));
}

TEST(PathSearch, StopsAtTheBudgetAndSaysSo) {
  GraphTest T(R"cpp(
    task<> f() {
      co_await a(); co_await a(); co_await a(); co_await a(); co_await a();
      void("codrop_point_end");
    })cpp");
  PathQuery Q;
  Q.Budget = 5;
  auto Visit = [&](NodeId N, PathState S) {
    return N == T.point("end") ? PathStep::found() : PathStep::go(S);
  };
  Q.Visit = Visit;
  GaveUp Why;
  EXPECT_FALSE(findPath(T.graph(), Q, &Why));
  EXPECT_EQ(Why.Reason, "search budget used up");
  Q.Budget = 500;
  GaveUp Not;
  EXPECT_TRUE(findPath(T.graph(), Q, &Not));
  EXPECT_EQ(Not.Reason, "");
}

TEST(PathSearch, VisitsTheStartOnlyIfAsked) {
  GraphTest T("task<> f() { void(\"codrop_point_here\"); co_await a(); }");
  PathQuery Q;
  Q.Start = T.point("here");
  auto Visit = [&](NodeId N, PathState S) {
    return N == Q.Start ? PathStep::found() : PathStep::go(S);
  };
  Q.Visit = Visit;
  EXPECT_FALSE(findPath(T.graph(), Q));
  Q.VisitStart = true;
  EXPECT_TRUE(findPath(T.graph(), Q));
}

TEST(PathSearch, ReachesAroundWhatIsAvoided) {
  GraphTest T(R"cpp(
    task<> f(bool t) {
      if (t) {
        void("codrop_point_one");
      } else {
        void("codrop_point_other");
        co_await a();
      }
      void("codrop_point_end");
    })cpp");
  const SuspendCFG &G = T.graph();
  NodeId End = T.point("end");
  EXPECT_TRUE(reachableFrom(G, G.entry(), NormalEdges, T.point("one"))[End]);
  EXPECT_FALSE(
      reachableFrom(G, T.point("other"), NormalEdges, T.suspension("a"))[End]);
}

} // namespace
} // namespace codrop::test
