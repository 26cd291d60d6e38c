// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The facts that [[clang::annotate("codrop::...")]] states.

#include "analysis/Knowledge.h"
#include "unit/TestAST.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace clang;
using namespace codrop;
using codrop::test::TestAST;

namespace {

TEST(KnowledgeAnnotations, Types) {
  Knowledge K;
  TestAST AST(R"cpp(
    #define CODROP(x) [[clang::annotate("codrop::" x)]]
    struct CODROP("must_close") plain {};
    struct CODROP("must_close(stop, abort)") named {};
    struct [[clang::annotate("codrop::must_close", "drain")]] argument {};
    template <class T> struct CODROP("must_close") templated {};
    struct derived : plain {};
    struct CODROP("not_a_resource") exempt : plain {};
    struct CODROP("guard(give_back)") guard {};
    struct CODROP("coroutine_safe") safe {};
    struct CODROP("thread_bound") bound {};
    struct CODROP("thread_bound") CODROP("destroys_suspended_frame") task {
      struct promise_type {};
    };
    struct CODROP("detaches") fire_and_forget {};
    struct CODROP("single_owner") actor {};
    struct CODROP("never_suspends") CODROP("never_throws") ready {};
    struct CODROP("cancellation_token") token {};
    struct joins { CODROP("blocking") ~joins(); };
    struct CODROP("closes") closer {};
    struct other {};
    plain a; named b; argument c; templated<int> d; derived e; exempt f; guard g;
    safe h; bound i; task j; fire_and_forget k; actor l; ready m; token n;
    closer p; other q;
    joins *o;
  )cpp");
  auto Record = [&](llvm::StringRef Name) {
    return AST.variable(Name)->getType()->getAsCXXRecordDecl();
  };
  using Names = std::vector<std::string>;
  ASSERT_NE(K.resource(Record("a")), nullptr);
  EXPECT_EQ(K.resource(Record("a"))->Close, Names{"close"});
  EXPECT_EQ(K.resource(Record("a"))->Name, "plain");
  EXPECT_EQ(K.resource(Record("a"))->Origin.Library, "annotation");
  EXPECT_EQ(K.resource(Record("a"))->Origin.Line, 3u);
  EXPECT_EQ(K.resource(Record("a")), K.resource(Record("a")));
  EXPECT_EQ(K.resource(Record("b"))->Close, (Names{"stop", "abort"}));
  EXPECT_EQ(K.resource(Record("c"))->Close, Names{"drain"});
  EXPECT_NE(K.resource(Record("d")), nullptr);
  EXPECT_NE(K.resource(Record("e")), nullptr);
  EXPECT_EQ(K.resource(Record("f")), nullptr);
  EXPECT_NE(K.notResource(Record("f")), nullptr);
  EXPECT_EQ(K.guard(Record("g"))->Kind, GuardKind::ThreadBound);
  EXPECT_EQ(K.guard(Record("g"))->Release, Names{"give_back"});
  EXPECT_EQ(K.guard(Record("h"))->Kind, GuardKind::CoroutineSafe);
  EXPECT_EQ(K.guard(Record("i"))->Kind, GuardKind::ThreadBound);
  // A task type is bound to its thread, but is no guard.
  EXPECT_EQ(K.guard(Record("j")), nullptr);
  ASSERT_NE(K.taskType(Record("j")), nullptr);
  EXPECT_TRUE(K.taskType(Record("j"))->ThreadBound);
  EXPECT_TRUE(K.taskType(Record("j"))->DestroysSuspendedFrame);
  EXPECT_EQ(K.taskType(Record("j"))->Drop, TaskDrop::Destroys);
  EXPECT_EQ(K.taskType(Record("i")), nullptr);
  EXPECT_EQ(K.taskType(Record("k"))->Drop, TaskDrop::Detaches);
  EXPECT_EQ(K.taskType(Record("k"))->Start, TaskStart::Eager);
  EXPECT_TRUE(K.isSingleOwner(Record("l")));
  ASSERT_NE(K.awaitOfType(Record("m")), nullptr);
  EXPECT_TRUE(K.awaitOfType(Record("m"))->NeverSuspends);
  EXPECT_TRUE(K.awaitOfType(Record("m"))->NeverThrows);
  EXPECT_TRUE(K.isCancellationToken(Record("n")));
  EXPECT_NE(K.closerType(Record("p")), nullptr);
  EXPECT_NE(K.blockingDestructor(
                AST.variable("o")->getType()->getPointeeCXXRecordDecl()),
            nullptr);
  const CXXRecordDecl *Other = Record("q");
  EXPECT_FALSE(K.resource(Other) || K.guard(Other) || K.taskType(Other) ||
               K.isSingleOwner(Other) || K.awaitOfType(Other) ||
               K.blockingDestructor(Other) || K.closerType(Other));
}

TEST(KnowledgeAnnotations, Functions) {
  Knowledge K;
  TestAST AST(R"cpp(
    #define CODROP(x) [[clang::annotate("codrop::" x)]]
    CODROP("blocking") void blocks();
    void blocks() {}
    CODROP("non_blocking") void quick() {}
    template <class T> CODROP("blocking") void blocksAll(T) {}
    template void blocksAll(int);
    CODROP("detaches") void spawn(int) {}
    void spawnSecond(int, int task CODROP("detaches")) {}
    void finish(int, int stream CODROP("closes")) {}
    CODROP("never_throws") int tryIt() { return 0; }
    CODROP("cancelling_combinator") void race(int, int) {}
    CODROP("cancelling_combinator(2, goes_on, throws)") void late(int, int) {}
    CODROP("cancel_unsafe(1)") void half(int) {}
    CODROP("cancel_safe") void whole() {}
    struct pool {
      CODROP("acquires(put)") void get() {}
      void put() {}
      void take() {}
      CODROP("releases(take)") void give() {}
      void unrelated() {}
    };
    namespace own {
      void leave();
      CODROP("acquires(leave)") void enter() {}
      CODROP("releases(enter)") void leave() {}
    }
    void plain(int) {}
  )cpp");
  EXPECT_NE(K.blocking(AST.function("blocks")), nullptr);
  EXPECT_NE(K.blocking(AST.instantiation("blocksAll")), nullptr);
  EXPECT_TRUE(K.isNonBlocking(AST.function("quick")));
  EXPECT_EQ(K.sink(AST.function("spawn"))->TaskArgument, 1u);
  EXPECT_EQ(K.sink(AST.function("spawnSecond"))->TaskArgument, 2u);
  EXPECT_EQ(K.closer(AST.function("finish"))->Argument, 2u);
  EXPECT_TRUE(K.awaitOfCall(AST.function("tryIt"))->NeverThrows);

  const CombinatorFact *Race = K.cancellingCombinator(AST.function("race"));
  ASSERT_NE(Race, nullptr);
  EXPECT_FALSE(Race->Raced || Race->LoserGoesOn || Race->Throws);
  const CombinatorFact *Late = K.cancellingCombinator(AST.function("late"));
  ASSERT_NE(Late, nullptr);
  EXPECT_EQ(Late->Raced, 2u);
  EXPECT_TRUE(Late->LoserGoesOn && Late->Throws && !Late->OnFailure);
  using Leaves = InterruptedFact::Leaves;
  const InterruptedFact *Half = K.interrupted(AST.function("half"));
  ASSERT_NE(Half, nullptr);
  EXPECT_EQ(Half->Behind, Leaves::Lost);
  EXPECT_EQ(Half->State, 1u);
  ASSERT_NE(K.interrupted(AST.function("whole")), nullptr);
  EXPECT_EQ(K.interrupted(AST.function("whole"))->Behind, Leaves::Nothing);

  using Names = std::vector<std::string>;
  const PairFact *Get = K.pairAcquire(AST.function("pool::get"));
  ASSERT_NE(Get, nullptr);
  EXPECT_EQ(Get->Release, Names{"pool::put"});
  auto Put = K.pairsReleasedBy(AST.function("pool::put"));
  ASSERT_EQ(Put.size(), 1u);
  EXPECT_EQ(Put[0], Get);
  const PairFact *Take = K.pairAcquire(AST.function("pool::take"));
  ASSERT_NE(Take, nullptr);
  EXPECT_EQ(Take->Release, Names{"pool::give"});
  auto Give = K.pairsReleasedBy(AST.function("pool::give"));
  ASSERT_EQ(Give.size(), 1u);
  EXPECT_EQ(Give[0], Take);
  EXPECT_EQ(K.pairAcquire(AST.function("pool::unrelated")), nullptr);
  EXPECT_TRUE(K.pairsReleasedBy(AST.function("pool::unrelated")).empty());
  const PairFact *Enter = K.pairAcquire(AST.function("own::enter"));
  ASSERT_NE(Enter, nullptr);
  EXPECT_EQ(Enter->Release, Names{"own::leave"});
  auto Leave = K.pairsReleasedBy(AST.function("own::leave"));
  ASSERT_EQ(Leave.size(), 1u);
  EXPECT_EQ(Leave[0], Enter);

  const FunctionDecl *Plain = AST.function("plain");
  EXPECT_FALSE(K.blocking(Plain) || K.isNonBlocking(Plain) || K.sink(Plain) ||
               K.closer(Plain) || K.awaitOfCall(Plain) ||
               K.pairAcquire(Plain) || K.cancellingCombinator(Plain) ||
               K.interrupted(Plain));
}

TEST(KnowledgeAnnotations, AnnotationsWinOverFiles) {
  Knowledge K;
  ASSERT_FALSE(bool(K.addFile("own.yaml", R"(
task-types: [{name: own::task, start: eager, drop: joins}]
blocking: [{name: own::f}]
guards: [{name: own::lock, kind: thread-bound, release: give}]
)")));
  TestAST AST(R"cpp(
    namespace own {
      struct [[clang::annotate("codrop::destroys_suspended_frame")]] task {};
      [[clang::annotate("codrop::non_blocking")]] void f() {}
      struct [[clang::annotate("codrop::coroutine_safe")]] lock {};
    }
    own::task t; own::lock l;
  )cpp");
  const TaskTypeFact *Task =
      K.taskType(AST.variable("t")->getType()->getAsCXXRecordDecl());
  // What the annotation does not speak of stays as the file says.
  EXPECT_EQ(Task->Start, TaskStart::Eager);
  EXPECT_EQ(Task->Drop, TaskDrop::Joins);
  EXPECT_TRUE(Task->DestroysSuspendedFrame);
  EXPECT_EQ(K.blocking(AST.function("own::f")), nullptr);
  const GuardFact *Lock =
      K.guard(AST.variable("l")->getType()->getAsCXXRecordDecl());
  EXPECT_EQ(Lock->Kind, GuardKind::CoroutineSafe);
  EXPECT_EQ(Lock->Release, std::vector<std::string>{"give"});
}

TEST(KnowledgeAnnotations, TheExampleOfTheDocumentation) {
  auto Page = llvm::MemoryBuffer::getFile(CODROP_SOURCE_DIR
                                          "/docs/internals/knowledge.md");
  ASSERT_TRUE(bool(Page));
  llvm::StringRef Block = (*Page)
                              ->getBuffer()
                              .split("<!-- test: annotations -->\n```cpp\n")
                              .second.split("```")
                              .first;
  TestAST AST((Block + "listener own; spin_guard g; async_lock a;\n"
                       "void query() {} void finish(listener &) {}\n"
                       "void permits::take() {} void permits::put() {}\n")
                  .str());
  Knowledge K;
  auto Record = [&](llvm::StringRef Name) {
    return AST.variable(Name)->getType()->getAsCXXRecordDecl();
  };
  EXPECT_EQ(K.resource(Record("own"))->Close, std::vector<std::string>{"stop"});
  EXPECT_EQ(K.guard(Record("g"))->Kind, GuardKind::ThreadBound);
  EXPECT_EQ(K.guard(Record("a"))->Kind, GuardKind::CoroutineSafe);
  EXPECT_NE(K.blocking(AST.function("query")), nullptr);
  ASSERT_NE(K.closer(AST.function("finish")), nullptr);
  EXPECT_EQ(K.closer(AST.function("finish"))->Argument, 1u);
  ASSERT_NE(K.pairAcquire(AST.function("permits::take")), nullptr);
  EXPECT_EQ(K.pairAcquire(AST.function("permits::take"))->Release,
            std::vector<std::string>{"permits::put"});
  EXPECT_EQ(K.pairsReleasedBy(AST.function("permits::put")).size(), 1u);
}

TEST(KnowledgeAnnotations, HasAnnotation) {
  TestAST AST(R"cpp(
    struct [[clang::annotate("codrop::single_owner")]] actor { void run() {} };
    [[clang::annotate("codrop::blocking(why)")]] void f() {}
    [[clang::annotate("codrop::blockingly")]] void g() {}
    [[clang::annotate("blocking")]] void h() {}
  )cpp");
  std::string Argument;
  EXPECT_TRUE(hasAnnotation(AST.function("actor::run"), "single_owner"));
  EXPECT_TRUE(hasAnnotation(AST.function("f"), "blocking", &Argument));
  EXPECT_EQ(Argument, "why");
  EXPECT_FALSE(hasAnnotation(AST.function("g"), "blocking"));
  EXPECT_FALSE(hasAnnotation(AST.function("h"), "blocking"));
}

} // namespace
