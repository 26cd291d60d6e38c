// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is alive at each suspension, and the three ways out of it.

#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

TEST(SuspendCFG, HasThreeWaysOut) {
  GraphTest T(R"cpp(
    task<> f(obj p) {
      obj x;
      co_await a();
      obj y;
      void("codrop_point_after");
    })cpp");
  NodeId A = T.suspension("a");
  EXPECT_EQ(T.alive(A), "p x");
  EXPECT_EQ(T.unwinding(A), "~x ~p throws");
  EXPECT_EQ(T.destroying(A), "~x ~p destroyed");
  EXPECT_EQ(T.leaving(A, EdgeKind::Resume), "goes on");
  EXPECT_TRUE(T.reaches(A, T.point("after")));
  EXPECT_EQ(T.alive(T.point("after")), "p x y");
}

TEST(SuspendCFG, DestroysInReverseOrder) {
  GraphTest T(R"cpp(
    task<> f(obj p, obj q) {
      obj x, y;
      { obj inner; }
      obj z;
      co_await a();
    })cpp");
  EXPECT_EQ(T.unwinding(T.suspension("a")), "~z ~y ~x ~q ~p throws");
}

TEST(SuspendCFG, EndsParametersAfterTheFinalSuspension) {
  GraphTest T("task<> f(obj p) { obj x; co_await a(); }");
  const SuspendCFG &G = T.graph();
  std::optional<NodeId> Final;
  for (NodeId N = 0; N < G.size(); ++N)
    if (G.node(N).Kind == NodeKind::Suspend &&
        G.suspension(N).Kind == SuspensionKind::Final)
      Final = N;
  ASSERT_TRUE(Final);
  EXPECT_EQ(T.alive(*Final), "p");
  EXPECT_EQ(T.leaving(*Final, EdgeKind::Resume), "~p exit");
  EXPECT_EQ(T.unwinding(*Final), "no");
  // A frame that is destroyed there has done its work.
  EXPECT_EQ(T.destroying(*Final), "no");
}

TEST(SuspendCFG, MayBeDestroyedAtItsInitialSuspension) {
  GraphTest T("task<> f(obj p) { obj x; co_return; }");
  const SuspendCFG &G = T.graph();
  NodeId Initial = G.node(G.entry()).Out.front().To;
  ASSERT_EQ(G.node(Initial).Kind, NodeKind::Suspend);
  EXPECT_EQ(G.suspension(Initial).Kind, SuspensionKind::Initial);
  EXPECT_EQ(T.alive(Initial), "p");
  EXPECT_EQ(T.destroying(Initial), "~p destroyed");
}

TEST(SuspendCFG, HasDestroyEdgesOnlyWhereTheyCount) {
  GraphTest T("task<> f() { obj x; co_await a(); }", "f",
              DestroyEdgePolicy::Known);
  EXPECT_EQ(T.destroying(T.suspension("a")), "no");
  EXPECT_EQ(T.unwinding(T.suspension("a")), "~x throws");
}

TEST(SuspendCFG, ServesPlainFunctions) {
  GraphTest T(R"cpp(
    int f(obj p) {
      obj x;
      call();
      return x.get();
    })cpp");
  EXPECT_EQ(T.leaving(T.call("call"), EdgeKind::CallUnwind), "~x ~p throws");
  EXPECT_TRUE(T.reaches(T.graph().entry(), T.graph().exit()));
  EXPECT_TRUE(T.graph().suspendNodes().empty());
}

TEST(SuspendCFG, DoesNotSuspendWhereItNeverDoes) {
  GraphTest T(R"cpp(
    task<> f() {
      co_await std::suspend_never{};
      void("codrop_point_after");
    })cpp");
  EXPECT_TRUE(T.graph().suspendNodes().empty());
  EXPECT_TRUE(T.reaches(T.graph().entry(), T.point("after")));
}

TEST(SuspendCFG, HasNoUnwindEdgeForANoexceptAwaitResume) {
  GraphTest T("task<> f() { obj x; co_await calm(); }");
  EXPECT_EQ(T.unwinding(T.suspension("calm")), "no");
  EXPECT_EQ(T.destroying(T.suspension("calm")), "~x destroyed");
}

TEST(SuspendCFG, SuspendsAtYields) {
  GraphTest T(R"cpp(
    task<> f() {
      obj x;
      for (int i = 0; i < 3; ++i)
        co_yield i;
    })cpp");
  ASSERT_EQ(T.graph().suspendNodes().size(), 1u);
  NodeId Yield = T.graph().suspendNodes().front();
  EXPECT_EQ(T.graph().suspension(Yield).Kind, SuspensionKind::Yield);
  EXPECT_EQ(T.alive(Yield), "x i");
  EXPECT_EQ(T.destroying(Yield), "~x destroyed");
  EXPECT_TRUE(T.reaches(Yield, Yield)) << "the loop comes back";
}

TEST(SuspendCFG, UnwindsToTheHandlers) {
  GraphTest T(R"cpp(
    task<> f() {
      obj outer;
      try {
        obj inner;
        co_await a();
      } catch (...) {
        void("codrop_point_handler");
      }
      void("codrop_point_after");
    })cpp");
  NodeId A = T.suspension("a");
  EXPECT_EQ(T.unwinding(A), "~inner handlers");
  // Being destroyed is no exception.
  EXPECT_EQ(T.destroying(A), "~inner ~outer destroyed");
  EXPECT_EQ(T.alive(T.point("handler")), "outer");
  EXPECT_TRUE(T.reaches(A, T.point("handler"), UnwindEdges));
  EXPECT_FALSE(T.reaches(A, T.point("handler"), NormalEdges));
  EXPECT_FALSE(T.reaches(A, T.graph().unwindExit(), UnwindEdges))
      << "everything is caught";
  EXPECT_TRUE(T.reaches(T.point("handler"), T.point("after")));
}

TEST(SuspendCFG, PassesTypedHandlersBy) {
  GraphTest T(R"cpp(
    task<> f() {
      obj outer;
      try {
        co_await a();
      } catch (const error &) {
        void("codrop_point_handler");
      }
    })cpp");
  NodeId A = T.suspension("a");
  EXPECT_TRUE(T.reaches(A, T.point("handler"), UnwindEdges));
  EXPECT_TRUE(T.reaches(A, T.graph().unwindExit(), UnwindEdges));
}

TEST(SuspendCFG, NestsTries) {
  GraphTest T(R"cpp(
    task<> f() {
      obj x;
      try {
        obj y;
        try {
          obj z;
          co_await a();
        } catch (const error &) {
          void("codrop_point_inner");
          co_return;
        }
      } catch (...) {
        void("codrop_point_outer");
      }
    })cpp");
  NodeId A = T.suspension("a");
  EXPECT_EQ(T.unwinding(A), "~z handlers");
  EXPECT_TRUE(T.reaches(A, T.point("inner"), UnwindEdges));
  EXPECT_TRUE(T.reaches(A, T.point("outer"), UnwindEdges));
  EXPECT_EQ(T.alive(T.point("inner")), "x y");
  EXPECT_EQ(T.alive(T.point("outer")), "x");
  EXPECT_FALSE(T.reaches(A, T.graph().unwindExit(), UnwindEdges));
}

TEST(SuspendCFG, RethrowsOutOfTheHandler) {
  GraphTest T(R"cpp(
    task<> f() {
      obj x;
      try {
        co_await a();
      } catch (...) {
        obj y;
        void("codrop_point_handler");
        throw;
      }
      void("codrop_point_after");
    })cpp");
  NodeId Handler = T.point("handler");
  EXPECT_TRUE(T.reaches(Handler, T.graph().unwindExit()));
  EXPECT_FALSE(T.reaches(Handler, T.point("after")));
  NodeId Throw = T.graph().node(Handler).Out.front().To;
  EXPECT_EQ(T.leaving(Throw, EdgeKind::Throw), "~y ~x throws");
}

TEST(SuspendCFG, EndsObjectsOfTheTryBlockWhenItThrows) {
  GraphTest T(R"cpp(
    task<> f(bool bad) {
      obj x;
      try {
        obj y;
        if (bad)
          throw error{};
        co_await a();
      } catch (...) {
        void("codrop_point_handler");
      }
      co_await b();
    })cpp");
  EXPECT_EQ(T.alive(T.point("handler")), "bad x");
  EXPECT_EQ(T.alive(T.suspension("b")), "bad x");
}

TEST(SuspendCFG, ThrowsOutThroughEverything) {
  GraphTest T(R"cpp(
    task<> f(bool bad) {
      obj x;
      if (bad) {
        obj y;
        throw error{};
      }
      co_await a();
      void("codrop_point_after");
    })cpp");
  const SuspendCFG &G = T.graph();
  for (NodeId N = 0; N < G.size(); ++N)
    if (llvm::isa_and_nonnull<clang::CXXThrowExpr>(G.node(N).S)) {
      EXPECT_EQ(T.leaving(N, EdgeKind::Throw), "~y ~x throws");
      EXPECT_FALSE(T.reaches(N, T.point("after")));
    }
  EXPECT_EQ(T.alive(T.point("after")), "bad x");
  EXPECT_EQ(T.alive(G.exit()), "");
}

TEST(SuspendCFG, CallsMayThrowUnlessTheySayNot) {
  GraphTest T(R"cpp(
    extern "C" int in_c(int);
    task<> f(void (*maybe)(), void (*never)() noexcept) {
      obj x;
      try {
        call();
        safe();
        in_c(1);
        void("codrop_point_pointers");
        maybe();
        never();
      } catch (...) {
        void("codrop_point_handler");
      }
      co_return;
    })cpp");
  EXPECT_EQ(T.leaving(T.call("call"), EdgeKind::CallUnwind), "handlers");
  EXPECT_EQ(T.leaving(T.call("safe"), EdgeKind::CallUnwind), "no");
  EXPECT_EQ(T.leaving(T.call("in_c"), EdgeKind::CallUnwind), "no");
  std::vector<std::string> Indirect;
  const SuspendCFG &G = T.graph();
  for (NodeId N = 0; N < G.size(); ++N)
    if (const auto *Call = llvm::dyn_cast_or_null<clang::CallExpr>(G.node(N).S);
        Call && !Call->getDirectCallee())
      Indirect.push_back(T.leaving(N, EdgeKind::CallUnwind));
  EXPECT_EQ(Indirect, (std::vector<std::string>{"handlers", "no"}));
}

TEST(SuspendCFG, KeepsTemporariesOfTheFullExpression) {
  GraphTest T(R"cpp(
    void take(const obj &, int);
    task<> f() {
      take(obj(1), co_await number());
      co_await with(obj(2));
      co_await b();
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("number")), "<obj>");
  EXPECT_EQ(T.unwinding(T.suspension("number")), "~<obj> throws");
  EXPECT_EQ(T.alive(T.suspension("with")), "<obj>");
  EXPECT_EQ(T.alive(T.suspension("b")), "");
}

TEST(SuspendCFG, ConditionalTemporariesExistOnOneSide) {
  GraphTest T(R"cpp(
    task<> f(bool t) {
      if (t && obj(1).ok())
        void("codrop_point_both");
      bool u = t || obj(2).ok();
      int v = t ? obj(3).get() : co_await number();
      (void)(obj(4).ok() && (co_await yes()));
      co_await b();
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("number")), "t u");
  EXPECT_EQ(T.alive(T.suspension("yes")), "t u v <obj>");
  EXPECT_EQ(T.alive(T.suspension("b")), "t u v");
}

TEST(SuspendCFG, ConditionalTemporaryMayBeAliveLater) {
  GraphTest T(R"cpp(
    void take(bool, int);
    task<> f(bool t) {
      take(t && obj(1).ok(), co_await number());
      co_await b();
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("number")), "t <obj>");
  EXPECT_EQ(T.alive(T.suspension("b")), "t");
}

TEST(SuspendCFG, ReferencesExtendTemporaries) {
  GraphTest T(R"cpp(
    obj make();
    task<> f() {
      const obj &r = make();
      co_await a();
      {
        auto &&s = co_await object();
        co_await b();
      }
      co_await c();
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("a")), "r");
  EXPECT_EQ(T.unwinding(T.suspension("a")), "~r throws");
  EXPECT_EQ(T.alive(T.suspension("object")), "r");
  EXPECT_EQ(T.unwinding(T.suspension("b")), "~s ~r throws");
  EXPECT_EQ(T.alive(T.suspension("c")), "r");
}

TEST(SuspendCFG, ReferencesToWhatLivesElsewhereEndNothing) {
  GraphTest T(R"cpp(
    task<> f(obj &p) {
      obj &r = p;
      auto &s = co_await reference();
      co_await a();
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("a")), "p r s");
  EXPECT_EQ(T.unwinding(T.suspension("a")), "throws");
}

TEST(SuspendCFG, AwaitedValueIsTheVariable) {
  GraphTest T(R"cpp(
    task<> f() {
      obj x = co_await object();
      co_await a();
      void("codrop_point_after");
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("object")), "");
  EXPECT_EQ(T.alive(T.suspension("a")), "x");
  EXPECT_EQ(T.unwinding(T.suspension("a")), "~x throws");
}

TEST(SuspendCFG, AwaitedValueIsATemporary) {
  GraphTest T(R"cpp(
    void take(const obj &, int);
    task<> f() {
      (co_await object()).get();
      take(co_await object(), co_await number());
      co_await b();
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("object")), "");
  EXPECT_EQ(T.alive(T.suspension("number")), "<obj>");
  EXPECT_EQ(T.alive(T.suspension("b")), "");
}

TEST(SuspendCFG, LoopsEndWhatATurnMade) {
  GraphTest T(R"cpp(
    task<> f() {
      while (co_await yes()) {
        obj turn;
        if (test())
          continue;
        if (test())
          break;
        co_await a();
      }
      co_await b();
      do {
        obj second;
      } while (co_await number() < 3);
      co_await c();
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("yes")), "");
  EXPECT_EQ(T.alive(T.suspension("a")), "turn");
  EXPECT_EQ(T.alive(T.suspension("b")), "");
  EXPECT_EQ(T.alive(T.suspension("number")), "");
  EXPECT_EQ(T.alive(T.suspension("c")), "");
  EXPECT_TRUE(T.reaches(T.suspension("a"), T.suspension("yes")));
}

TEST(SuspendCFG, InitStatementsLiveAsLongAsTheirStatement) {
  GraphTest T(R"cpp(
    task<> f() {
      if (obj x = co_await object(); x.ok()) {
        co_await a();
      } else {
        co_await number();
      }
      co_await b();
      switch (int k = co_await number(); k) {
      case 1:
        co_await c();
      }
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("a")), "x");
  EXPECT_EQ(T.alive(T.suspension("b")), "");
  EXPECT_EQ(T.alive(T.suspension("c")), "k");
}

TEST(SuspendCFG, WalksRanges) {
  GraphTest T(R"cpp(
    std::vector<obj> items();
    task<> f() {
      for (const obj &o : items())
        co_await with(o);
      co_await b();
    })cpp");
  NodeId With = T.suspension("with");
  EXPECT_EQ(T.alive(With), "__range1 __begin1 __end1 o");
  EXPECT_EQ(T.destroying(With), "~__range1 destroyed");
  EXPECT_EQ(T.alive(T.suspension("b")), "");
  EXPECT_TRUE(T.reaches(With, With));
}

TEST(SuspendCFG, SwitchesAndFallsThrough) {
  GraphTest T(R"cpp(
    task<> f(int k) {
      switch (k) {
      case 1: {
        obj one;
        co_await a();
      }
      case 2:
        co_await b();
        break;
      default:
        co_await c();
      }
      void("codrop_point_after");
    })cpp");
  EXPECT_TRUE(T.reaches(T.suspension("a"), T.suspension("b")));
  EXPECT_FALSE(T.reaches(T.suspension("b"), T.suspension("c")));
  EXPECT_EQ(T.alive(T.suspension("b")), "k");
  for (const char *Name : {"a", "b", "c"})
    EXPECT_TRUE(T.reaches(T.suspension(Name), T.point("after"))) << Name;
}

TEST(SuspendCFG, JumpsOutOfScopes) {
  GraphTest T(R"cpp(
    task<> f() {
    again:
      co_await a();
      {
        obj x;
        if (test())
          goto again;
        co_await b();
      }
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("a")), "");
  EXPECT_EQ(T.alive(T.suspension("b")), "x");
  EXPECT_TRUE(T.reaches(T.graph().entry(), T.suspension("b")));
}

TEST(SuspendCFG, ReturnsEarly) {
  GraphTest T(R"cpp(
    task<> f(obj p) {
      obj x;
      if (test()) {
        obj y;
        co_return;
      }
      co_await a();
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("a")), "p x");
  PathQuery Q;
  std::string Ended;
  auto Visit = [&](NodeId N, PathState S) {
    if (N == T.suspension("a"))
      return PathStep::stop();
    if (T.graph().node(N).Kind == NodeKind::ObjectEnd)
      Ended += "~" + T.name(T.graph().node(N).Obj) + " ";
    return N == T.graph().exit() ? PathStep::found() : PathStep::go(S);
  };
  Q.Visit = Visit;
  ASSERT_TRUE(findPath(T.graph(), Q));
  EXPECT_EQ(Ended, "~y ~x ~p ");
}

TEST(SuspendCFG, ReturnsInTryThrowToItsHandlers) {
  GraphTest T(R"cpp(
    struct text { text(const char *); ~text(); };
    task<text> f() {
      try {
        co_return "converted";
      } catch (...) {
        void("codrop_point_handler");
      }
      co_return "";
    })cpp");
  EXPECT_TRUE(T.reaches(T.graph().entry(), T.point("handler"),
                        NormalEdges.with(EdgeKind::CallUnwind)));
  const SuspendCFG &G = T.graph();
  unsigned Converted = 0;
  for (NodeId N = 0; N < G.size(); ++N) {
    const auto *Literal =
        G.node(N).S ? llvm::dyn_cast<clang::CallExpr>(G.node(N).S) : nullptr;
    if (!Literal || !Literal->getDirectCallee() ||
        Literal->getDirectCallee()->getNameAsString() != "return_value")
      continue;
    ++Converted;
    EXPECT_EQ(T.leaving(N, EdgeKind::CallUnwind),
              Literal->getBeginLoc() <
                      G.node(T.point("handler")).S->getBeginLoc()
                  ? "handlers"
                  : "throws");
  }
  EXPECT_EQ(Converted, 2u);
}

TEST(SuspendCFG, FunctionsThatDoNotReturnLeaveAsAThrowDoes) {
  GraphTest T(R"cpp(
    [[noreturn]] void fail();
    [[noreturn]] void stop() noexcept;
    task<> f(int k) {
      obj x;
      try {
        obj y;
        if (k == 1)
          fail();
        if (k == 2)
          stop();
        co_await a();
      } catch (const error &) {
        void("codrop_point_handler");
      }
      void("codrop_point_after");
    })cpp");
  EXPECT_EQ(T.leaving(T.call("fail"), EdgeKind::Throw), "~y handlers");
  EXPECT_FALSE(T.reaches(T.call("stop"), T.point("after"), AllSuspensionEdges));
  EXPECT_EQ(T.alive(T.point("handler")), "k x");
  EXPECT_TRUE(T.reaches(T.call("fail"), T.point("after")))
      << "through the handler";
}

TEST(SuspendCFG, TakesStructuredBindingsForOneObject) {
  GraphTest T(R"cpp(
    struct both { obj first; obj second; };
    task<both> pair();
    task<> f() {
      auto [x, y] = co_await pair();
      co_await a();
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("a")), "<both>");
  EXPECT_EQ(T.unwinding(T.suspension("a")), "~<both> throws");
}

TEST(SuspendCFG, GoesIntoLambdasOnItsOwn) {
  std::string Code = R"cpp(
    void f(obj &shared) {
      auto work = [&shared](obj mine) -> task<> {
        obj local;
        co_await a();
        shared.get();
      };
    })cpp";
  GraphTest Outer(Code);
  EXPECT_TRUE(Outer.graph().suspendNodes().empty());
  GraphTest Inner = GraphTest::lambda(Code, "work");
  EXPECT_EQ(Inner.alive(Inner.suspension("a")), "mine local");
  EXPECT_EQ(Inner.destroying(Inner.suspension("a")), "~local ~mine destroyed");
}

TEST(SuspendCFG, IsMadeForInstantiations) {
  GraphTest T = GraphTest::instantiation(R"cpp(
    template <class T> task<> generic(T p) {
      T x;
      if constexpr (sizeof(T) > 100)
        co_await b();
      co_await a();
    }
    void use() { generic(obj()); }
  )cpp",
                                         "generic");
  EXPECT_EQ(T.alive(T.suspension("a")), "p x");
  EXPECT_EQ(T.graph().suspendNodes().size(), 1u) << "b is not instantiated";
}

TEST(SuspendCFG, PrunesWhatIsNeverTrue) {
  GraphTest T(R"cpp(
    task<> f() {
      while (true)
        co_await a();
      void("codrop_point_after");
    })cpp");
  const SuspendCFG &G = T.graph();
  EXPECT_FALSE(T.reaches(T.suspension("a"), G.exit()));
  EXPECT_TRUE(T.reaches(T.suspension("a"), G.unwindExit(), UnwindEdges));
}

TEST(SuspendCFG, SuspendsInConditionsAndOperands) {
  GraphTest T(R"cpp(
    task<> f() {
      obj x;
      if (co_await yes() && co_await number() > 1)
        void("codrop_point_both");
      int sum = co_await number() + (test() ? 1 : 2);
      void("codrop_point_after");
    })cpp");
  EXPECT_TRUE(T.reaches(T.suspension("yes"), T.point("both")));
  EXPECT_TRUE(T.reaches(T.suspension("yes"), T.point("after")));
  EXPECT_EQ(T.graph().suspendNodes().size(), 3u);
}

TEST(SuspendCFG, FunctionBodyMayBeATry) {
  GraphTest T(R"cpp(
    task<> f(obj p) try {
      obj x;
      co_await a();
    } catch (...) {
      void("codrop_point_handler");
    })cpp");
  EXPECT_EQ(T.unwinding(T.suspension("a")), "~x handlers");
  EXPECT_EQ(T.alive(T.point("handler")), "p");
}

TEST(SuspendCFG, OrdersTemporariesAsTheyAreMade) {
  GraphTest T(R"cpp(
    struct wrap { wrap(const obj &); ~wrap(); };
    task<> outer(const wrap &);
    task<> f() { co_await outer(wrap(obj(1))); }
  )cpp");
  EXPECT_EQ(T.alive(T.suspension("outer")), "<obj> <wrap>");
  EXPECT_EQ(T.unwinding(T.suspension("outer")), "~<wrap> ~<obj> throws");
}

TEST(SuspendCFG, KnowsWhereAnObjectIsBorn) {
  GraphTest T(R"cpp(
    task<> f(obj p) {
      obj x = co_await object();
      (co_await object()).get();
      static obj once;
    })cpp");
  const SuspendCFG &G = T.graph();
  unsigned Born = 0;
  for (ObjectId O = 0; O < G.objects().size(); ++O) {
    std::optional<NodeId> N = G.birthOf(O);
    EXPECT_EQ(N.has_value(), G.object(O).K != Object::Parameter) << T.name(O);
    if (!N)
      continue;
    ++Born;
    EXPECT_FALSE(G.isAlive(O, *N));
    for (const Edge &E : G.node(*N).Out)
      EXPECT_EQ(G.isAlive(O, E.To),
                E.Kind == EdgeKind::Normal || E.Kind == EdgeKind::Resume);
  }
  EXPECT_EQ(Born, 2u);
}

TEST(SuspendCFG, AwaitsInStatementExpressions) {
  GraphTest T(R"cpp(
    task<> f() {
      obj x;
      int v = ({ obj inner; int r = co_await number(); r; });
      co_await b();
    })cpp");
  EXPECT_EQ(T.alive(T.suspension("number")), "x inner");
  EXPECT_EQ(T.alive(T.suspension("b")), "x v");
}

TEST(SuspendCFG, SomeAwaitsLeaveWithoutAHandler) {
  Knowledge Known;
  llvm::Error E = Known.addFile("test.yaml", R"(
library: test
awaits:
  - name: leave
    resumes: never
    source: test
  - name: nothrow
    on-failure: leaves
    source: test
)");
  ASSERT_FALSE(bool(E)) << llvm::toString(std::move(E));
  GraphTest T(R"cpp(
    task<> leave(error);
    task<> nothrow(task<>);
    task<> f() {
      obj x;
      try {
        obj y;
        co_await nothrow(a());
        co_await leave(error{});
        void("codrop_point_after");
      } catch (...) {
        void("codrop_point_handler");
      }
    })cpp",
              std::make_shared<Knowledge>(std::move(Known)));
  const SuspendCFG &G = T.graph();
  EXPECT_EQ(T.unwinding(T.suspension("nothrow")), "~y ~x throws");
  EXPECT_TRUE(T.reaches(T.suspension("nothrow"), T.suspension("leave")));
  EXPECT_EQ(T.leaving(T.suspension("leave"), EdgeKind::Throw), "~y ~x throws");
  EXPECT_EQ(T.leaving(T.suspension("leave"), EdgeKind::Resume), "no");
  EXPECT_EQ(T.unwinding(T.suspension("leave")), "no");
  unsigned Points = 0;
  for (const Node &N : G.nodes())
    Points += llvm::isa_and_nonnull<clang::CXXFunctionalCastExpr>(N.S);
  EXPECT_EQ(Points, 1u) << "nothing comes after";
}

TEST(SuspendCFG, KnowsLoopsThatRunOnce) {
  for (const char *Loop : {"for (bool once = true; once; once = false)",
                           "for (int done = 0; !done; done = 1)",
                           "for (int *p = &i; p; p = nullptr)"}) {
    GraphTest T(std::string("task<> f(int i) { ") + Loop +
                " { void(\"codrop_point_in\"); co_await a(); } "
                "void(\"codrop_point_after\"); }");
    EXPECT_FALSE(T.reaches(T.suspension("a"), T.point("in"))) << Loop;
    EXPECT_TRUE(T.reaches(T.suspension("a"), T.point("after"))) << Loop;
  }
  GraphTest T("task<> f(int i) { for (bool more = true; more; more = i--) "
              "{ void(\"codrop_point_in\"); co_await a(); } }");
  EXPECT_TRUE(T.reaches(T.suspension("a"), T.point("in")));
}

TEST(SuspendCFG, GivesUpWithAReason) {
  TestAST AST(std::string(Prelude) +
                  "template <class T> task<> f(T) { co_await a(); }",
              {"-fcxx-exceptions"});
  GaveUp Why;
  const clang::FunctionDecl *Pattern = nullptr;
  for (const clang::Decl *D : AST.context().getTranslationUnitDecl()->decls())
    if (const auto *Template = llvm::dyn_cast<clang::FunctionTemplateDecl>(D))
      Pattern = Template->getTemplatedDecl();
  ASSERT_TRUE(Pattern);
  TUAnalysis TU(AST.context(), {}, noKnowledge());
  EXPECT_EQ(TU.function(Pattern).graph(), nullptr);
  EXPECT_EQ(TU.gaveUpCounts().at("template that is never instantiated here"),
            1u);
  EXPECT_EQ(TU.function(Pattern).graph(), nullptr);
  EXPECT_EQ(TU.gaveUpCounts().size(), 1u) << "counted once";
}

} // namespace
} // namespace codrop::test
