// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is a coroutine, what it is made of, and where it may stop.

#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

/// The kinds of the suspensions in order: "initial await yield final"; what
/// never suspends in parentheses, what never throws with a "!".
std::string shape(const Coroutine &C) {
  std::string Text;
  for (const Suspension &S : C.Suspensions) {
    std::string Word;
    switch (S.Kind) {
    case SuspensionKind::Initial:
      Word = "initial";
      break;
    case SuspensionKind::Await:
      Word = "await";
      break;
    case SuspensionKind::Yield:
      Word = "yield";
      break;
    case SuspensionKind::Final:
      Word = "final";
      break;
    }
    if (S.NeverThrows)
      Word += "!";
    if (S.NeverSuspends)
      Word = "(" + Word + ")";
    Text += (Text.empty() ? "" : " ") + Word;
  }
  return Text;
}

std::optional<Coroutine> model(const clang::FunctionDecl *FD,
                               const Knowledge &Known = {}) {
  return modelCoroutine(FD, Known, DestroyEdgePolicy::Known);
}

TestAST parse(const std::string &Code) {
  return TestAST(Prelude + Code, {"-fcxx-exceptions"});
}

TEST(Coroutine, IsWhatHasACoroutineBody) {
  TestAST AST = parse(R"cpp(
    task<> declared();
    task<> plain() { return declared(); }
    task<> coroutine() { co_return; }
    struct c {
      task<> member() { co_await a(); }
      static task<> fixed() { co_return; }
      task<> operator()(int) { co_return; }
      task<> outside();
    };
    task<> c::outside() { co_await a(); }
  )cpp");
  EXPECT_FALSE(isCoroutine(nullptr));
  EXPECT_FALSE(isCoroutine(AST.function("plain")));
  for (const char *Name :
       {"coroutine", "c::member", "c::fixed", "c::operator()", "c::outside"}) {
    EXPECT_TRUE(isCoroutine(AST.function(Name))) << Name;
    std::optional<Coroutine> C = model(AST.function(Name));
    ASSERT_TRUE(C) << Name;
    EXPECT_EQ(C->TaskType.getAsString(AST.context().getPrintingPolicy()),
              "task<>");
    EXPECT_EQ(C->Promise->getNameAsString(), "promise_type");
    EXPECT_FALSE(C->IsLambda);
    EXPECT_EQ(C->Task, nullptr) << "nobody knows it";
    EXPECT_FALSE(C->DestroyEdges);
  }
  EXPECT_FALSE(model(AST.function("plain")));
}

TEST(Coroutine, LambdasAre) {
  TestAST AST = parse(R"cpp(
    void f() {
      auto one = [](int) -> task<> { co_await a(); };
      auto none = [] { return a(); };
    })cpp");
  std::optional<Coroutine> C = model(AST.lambda("one"));
  ASSERT_TRUE(C);
  EXPECT_TRUE(C->IsLambda);
  EXPECT_EQ(shape(*C), "initial! await final!");
  EXPECT_FALSE(model(AST.lambda("none")));
}

TEST(Coroutine, InstantiationsAreAndTheirPatternsAreNot) {
  TestAST AST = parse(R"cpp(
    template <class T> task<T> one(T v) { co_await a(); co_return v; }
    template <class T> struct box {
      task<> member() { co_await a(); }
    };
    void use() {
      auto generic = [](auto v) -> task<> { co_await a(); co_yield v; };
      one(1);
      box<int>{}.member();
      generic(2);
    })cpp");
  EXPECT_TRUE(isCoroutine(AST.function("one"))) << "it is spelled as one";
  EXPECT_FALSE(model(AST.function("one"))) << "but nothing is known of it";
  std::optional<Coroutine> One = model(AST.instantiation("one"));
  ASSERT_TRUE(One);
  EXPECT_EQ(One->TaskType.getCanonicalType().getAsString(
                AST.context().getPrintingPolicy()),
            "task<int>");
  EXPECT_TRUE(model(AST.instantiation("member")));
  std::optional<Coroutine> Generic = model(AST.instantiation("operator()"));
  ASSERT_TRUE(Generic);
  EXPECT_TRUE(Generic->IsLambda);
  EXPECT_EQ(shape(*Generic), "initial! await yield! final!");
}

TEST(Coroutine, SuspendsInSourceOrder) {
  TestAST AST = parse(R"cpp(
    task<> f(bool t) {
      co_await a();
      if (t)
        co_yield 1;
      else
        co_await number();
      while (co_await yes())
        co_await b();
      auto later = []() -> task<> { co_await c(); };
      co_return co_await c();
    })cpp");
  std::optional<Coroutine> C = model(AST.function("f"));
  ASSERT_TRUE(C);
  EXPECT_EQ(shape(*C), "initial! await yield! await await await await final!");
  std::vector<std::string> Operands;
  for (const Suspension &S : C->Suspensions)
    if (S.Kind == SuspensionKind::Await)
      Operands.push_back(calledFunction(S.Operand)->getNameAsString());
  EXPECT_EQ(Operands,
            (std::vector<std::string>{"a", "number", "yes", "b", "c"}));
  EXPECT_EQ(C->Suspensions.front().Operand, nullptr);
  EXPECT_EQ(C->Suspensions.back().Operand, nullptr);
}

TEST(Coroutine, KnowsWhatNeverSuspendsByItsBody) {
  TestAST AST = parse(R"cpp(
    struct ready {
      bool await_ready() { return true; }
      void await_suspend(std::coroutine_handle<>);
      int await_resume();
    };
    struct perhaps {
      bool await_ready() { return test(); }
      void await_suspend(std::coroutine_handle<>);
      void await_resume() noexcept;
    };
    struct hidden {
      bool await_ready();
      void await_suspend(std::coroutine_handle<>);
      void await_resume();
    };
    struct sender { ready operator co_await(); };
    task<> f() {
      co_await std::suspend_never{};
      co_await std::suspend_always{};
      co_await ready{};
      co_await perhaps{};
      co_await hidden{};
      co_await sender{};
    })cpp");
  EXPECT_EQ(shape(*model(AST.function("f"))),
            "initial! (await!) await! (await) await! await (await) final!");
}

TEST(Coroutine, KnowsWhatNeverSuspendsByKnowledge) {
  Knowledge Known;
  llvm::Error E = Known.addFile("test.yaml", R"(
library: test
awaits:
  - name: lib::executor_t
    suspends: never
    throws: never
    source: test
  - name: lib::quietly
    throws: never
    source: test
)");
  ASSERT_FALSE(bool(E)) << llvm::toString(std::move(E));
  TestAST AST = parse(R"cpp(
    namespace lib {
    struct executor_t {};
    task<> quietly(task<>);
    }
    struct mine {
      struct promise_type : promise_base {
        mine get_return_object();
        void return_void();
        template <class T> T &&await_transform(T &&t);
        task<> await_transform(lib::executor_t);
      };
    };
    mine f() {
      co_await lib::executor_t{};
      co_await lib::quietly(a());
      co_await a();
    })cpp");
  EXPECT_EQ(shape(*model(AST.function("f"), Known)),
            "initial! (await!) await! await final!");
}

TEST(Coroutine, EagerOnesDoNotSuspendFirst) {
  TestAST AST = parse(R"cpp(
    struct eager {
      struct promise_type {
        eager get_return_object();
        std::suspend_never initial_suspend() noexcept;
        std::suspend_never final_suspend() noexcept;
        void unhandled_exception();
        void return_void();
      };
    };
    eager f() { co_await a(); }
  )cpp");
  EXPECT_EQ(shape(*model(AST.function("f"))), "(initial!) await (final!)");
}

TEST(Coroutine, DestroyEdgesFollowTheTaskTypeAndThePolicy) {
  Knowledge Known;
  llvm::Error E = Known.addFile("test.yaml", R"(
library: test
task-types:
  - name: task
    start: lazy
    drop: destroys
    destroys-suspended-frame: true
    source: test
  - name: safe_task
    start: lazy
    drop: joins
    source: test
)");
  ASSERT_FALSE(bool(E)) << llvm::toString(std::move(E));
  TestAST AST = parse(R"cpp(
    struct safe_task : task<> {
      struct promise_type : promise_base {
        safe_task get_return_object();
        void return_void();
      };
    };
    struct unknown {
      struct promise_type : promise_base {
        unknown get_return_object();
        void return_void();
      };
    };
    task<> destroys() { co_await a(); }
    safe_task joins() { co_await a(); }
    unknown nobody_knows() { co_await a(); }
  )cpp");
  auto edges = [&](const char *Name, DestroyEdgePolicy Policy) {
    return modelCoroutine(AST.function(Name), Known, Policy)->DestroyEdges;
  };
  EXPECT_TRUE(edges("destroys", DestroyEdgePolicy::Known));
  EXPECT_TRUE(edges("destroys", DestroyEdgePolicy::Always));
  EXPECT_FALSE(edges("destroys", DestroyEdgePolicy::Never));
  EXPECT_FALSE(edges("joins", DestroyEdgePolicy::Known));
  EXPECT_FALSE(edges("joins", DestroyEdgePolicy::Always))
      << "known not to destroy";
  EXPECT_FALSE(edges("nobody_knows", DestroyEdgePolicy::Known));
  EXPECT_TRUE(edges("nobody_knows", DestroyEdgePolicy::Always));
}

TEST(Coroutine, MayTakeItsClassFromTraits) {
  TestAST AST = parse(R"cpp(
    struct plain {};
    template <class... Args> struct std::coroutine_traits<plain, Args...> {
      struct promise_type : promise_base {
        plain get_return_object();
        void return_void();
      };
    };
    plain f() { co_await a(); }
  )cpp");
  std::optional<Coroutine> C = model(AST.function("f"));
  ASSERT_TRUE(C);
  EXPECT_EQ(C->TaskType.getAsString(), "plain");
  EXPECT_TRUE(C->Promise);
}

} // namespace
} // namespace codrop::test
