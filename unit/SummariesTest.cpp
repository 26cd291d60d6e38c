// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a function does to its caller: blocking work and the calls that lead to
// it, and what becomes of a parameter.

#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

const char *Facts = R"(
library: test
blocking:
  - name: wait_for
    why: waits for it
    source: test
  - name: poll
    unless: {argument: 3, is: zero}
    why: waits for descriptors
    source: test
  - name: waitpid
    unless: {argument: 3, is: has-flag, name: WNOHANG}
    why: waits for a process to end
    source: test
  - name: lib::future::wait_for
    unless: {argument: 1, is: zero}
    why: waits for the result
    source: test
  - name: lib::future::get
    why: waits for the result
    source: test
  - name: select
    only-if: {argument: 2, is: "null"}
    why: waits for descriptors
    source: test
  - name: lib::run
    unless: {argument: 1, is: type, name: lib::deferred}
    why: runs until there is no work
    source: test
  - name: lib::hint
    unless: {argument: 2, is: present}
    why: waits for a hint
    source: test
blocking-destructors:
  - name: lib::thread
    why: joins the thread
    source: test
non-blocking:
  - name: lib::pool
    source: test
)";

const char *Library = R"cpp(
  #define WNOHANG 1
  enum { WUNTRACED = 2 };
  extern "C" int poll(void *, unsigned long, int);
  extern "C" int waitpid(int, int *, int);
  extern "C" int select(int, void *);
  namespace lib {
  struct seconds { explicit seconds(int); static seconds zero(); };
  struct future { int wait_for(seconds); int get(); };
  struct thread { ~thread(); };
  struct deferred {};
  template <class T> void run(T);
  void hint(int, int = 0);
  template <class F> void pool(F f) { f(); }
  }
)cpp";

class SummariesTest {
public:
  explicit SummariesTest(const std::string &Code)
      : AST(std::string(Prelude) + Library + Code, {"-fcxx-exceptions", "-w"}) {
    if (llvm::Error E = Known.addFile("test.yaml", Facts))
      ADD_FAILURE() << llvm::toString(std::move(E));
  }

  /// The chain from \p Name: "'stop' is called here; 'poll' waits for
  /// descriptors", or "" if it does not block.
  std::string chain(llvm::StringRef Name = "f", unsigned Depth = 8) {
    return text(Sums.mayBlock(AST.function(Name), Depth));
  }
  std::string destructor(llvm::StringRef Name) {
    std::optional<BlockingChain> Found =
        Sums.destructorBlocks(AST.record(Name), 8);
    return text(Found ? &*Found : nullptr);
  }
  ParameterFate fate(llvm::StringRef Name, unsigned Index = 0) {
    std::vector<std::string> Close{"close", "stop"};
    return Sums.parameterFate(AST.function(Name), Index, Close);
  }
  Summaries &summaries() { return Sums; }

private:
  std::string text(const BlockingChain *Chain) {
    std::string Text;
    if (Chain)
      for (const BlockingStep &Step : Chain->Steps)
        Text += (Text.empty() ? "" : "; ") + Step.What;
    return Text;
  }

  TestAST AST;
  Knowledge Known;
  TypeModel Types{Known, AST.context()};
  Summaries Sums{Known, Types};
};

std::string chain(const std::string &Body) {
  return SummariesTest("void f(lib::future &result) {" + Body + "}").chain();
}

TEST(Summaries, TellTheChainOfCalls) {
  SummariesTest T(R"cpp(
    struct server {
      void stop() { drain(); }
      void drain() { if (test()) poll(nullptr, 0, -1); }
    };
    void f(server &s) { call(); s.stop(); }
    void harmless() { call(); }
  )cpp");
  EXPECT_EQ(T.chain(), "'stop' is called here; 'drain' is called here; 'poll' "
                       "waits for descriptors");
  EXPECT_EQ(T.chain("harmless"), "");
  EXPECT_EQ(T.chain("server::drain"), "'poll' waits for descriptors");
}

TEST(Summaries, LookOnlySoDeep) {
  SummariesTest T(R"cpp(
    void three() { poll(nullptr, 0, 5); }
    void two() { three(); }
    void f() { two(); }
  )cpp");
  EXPECT_EQ(T.chain("f", 1), "");
  EXPECT_NE(T.chain("f", 2), "")
      << "a deeper look is made when it is asked for";
}

TEST(Summaries, EndWithRecursion) {
  SummariesTest T(R"cpp(
    void f(int);
    void other(int n) { f(n - 1); }
    void f(int n) { if (n) other(n); else poll(nullptr, 0, 5); }
  )cpp");
  EXPECT_EQ(T.chain(), "'poll' waits for descriptors");
  EXPECT_EQ(T.chain("other"),
            "'f' is called here; 'poll' waits for descriptors");
}

TEST(Summaries, ArgumentsDecide) {
  EXPECT_NE(chain("poll(nullptr, 1, 100);"), "");
  EXPECT_EQ(chain("poll(nullptr, 1, 0);"), "");
  EXPECT_NE(chain("int status; waitpid(1, &status, 0);"), "");
  EXPECT_EQ(chain("int status; waitpid(1, &status, WNOHANG);"), "");
  EXPECT_EQ(chain("int s; waitpid(1, &s, WUNTRACED | WNOHANG);"), "");
  EXPECT_NE(chain("int s; waitpid(1, &s, WUNTRACED);"), "");
  EXPECT_NE(chain("result.wait_for(lib::seconds(3));"), "");
  EXPECT_EQ(chain("result.wait_for(lib::seconds(0));"), "");
  EXPECT_EQ(chain("result.wait_for(lib::seconds{0});"), "");
  EXPECT_EQ(chain("result.wait_for(lib::seconds::zero());"), "");
  EXPECT_NE(chain("select(1, nullptr);"), "");
  EXPECT_EQ(chain("int t; select(1, &t);"), "");
  EXPECT_NE(chain("lib::run(1);"), "");
  EXPECT_EQ(chain("lib::run(lib::deferred());"), "");
  EXPECT_NE(chain("lib::hint(1);"), "");
  EXPECT_EQ(chain("lib::hint(1, 2);"), "");
}

TEST(Summaries, WhatDoesNotRunHereDoesNotBlock) {
  EXPECT_EQ(chain("auto later = [&] { result.get(); };"), "");
  EXPECT_EQ(chain("lib::pool([&] { result.get(); });"), "");
  EXPECT_EQ(chain("(void)sizeof(result.get());"), "");
  EXPECT_EQ(chain("if constexpr (sizeof(int) > 100) result.get();"), "");
  EXPECT_NE(chain("if constexpr (sizeof(int) < 100) result.get();"), "");
  EXPECT_EQ(
      chain(
          "auto t = []() -> task<> { co_await a(); poll(nullptr, 0, 1); }();"),
      "")
      << "calling a coroutine only makes its frame";
}

TEST(Summaries, DestructorsBlockThroughMembers) {
  SummariesTest T(R"cpp(
    struct worker { lib::thread t_; };
    struct owner { int n_; std::unique_ptr<worker> worker_; };
    struct derived : worker {};
    struct borrower { worker &w_; worker *p_; };
    struct written { ~written() { poll(nullptr, 0, 1); } };
    void f() { owner o; call(); }
    void g(worker *w) { delete w; }
  )cpp");
  EXPECT_EQ(T.destructor("worker"), "member 't_' is destroyed with the object; "
                                    "the destructor of 'lib::thread' joins the "
                                    "thread");
  EXPECT_NE(T.destructor("owner"), "");
  EXPECT_NE(T.destructor("derived"), "");
  EXPECT_EQ(T.destructor("borrower"), "");
  EXPECT_EQ(T.destructor("written"), "'poll' waits for descriptors");
  EXPECT_NE(T.chain("f").find("local 'o' is destroyed"), std::string::npos);
  EXPECT_NE(T.chain("g").find("a 'worker' is deleted here"), std::string::npos);
}

TEST(Summaries, UsersAddBlockingFunctions) {
  SummariesTest T("namespace my { void slow(); } void f() { my::slow(); }");
  EXPECT_EQ(T.chain("f", 1), "");
  SummariesTest U("namespace my { void slow(); } void f() { my::slow(); }");
  U.summaries().addBlockingFunction("my::slow");
  EXPECT_EQ(U.chain("f", 1), "'my::slow' is configured as blocking");
}

TEST(Summaries, ParameterFates) {
  SummariesTest T(R"cpp(
    struct conn { task<> close(); void stop(); void use(); int field; };
    conn *kept;
    void declared(conn &);
    void closes(conn &x) { x.stop(); }
    task<> awaits(conn &x) { co_await x.close(); }
    void on_some_path(conn *x) { if (test()) x->stop(); }
    void stores(conn &x) { kept = &x; }
    void moves(conn &&x) { conn y = std::move(x); }
    void passes(conn &x) { declared(x); }
    void uses(conn &x) { x.use(); x.field = 1; if (x.field) x.use(); }
    void ignores(conn &) {}
    void second(int, conn &x) { x.stop(); }
  )cpp");
  EXPECT_EQ(T.fate("closes"), ParameterFate::Closes);
  EXPECT_EQ(T.fate("awaits"), ParameterFate::Closes);
  EXPECT_EQ(T.fate("on_some_path"), ParameterFate::Closes);
  EXPECT_EQ(T.fate("stores"), ParameterFate::Escapes);
  EXPECT_EQ(T.fate("moves"), ParameterFate::Escapes);
  EXPECT_EQ(T.fate("passes"), ParameterFate::Escapes);
  EXPECT_EQ(T.fate("uses"), ParameterFate::OnlyUses);
  EXPECT_EQ(T.fate("ignores"), ParameterFate::OnlyUses);
  EXPECT_EQ(T.fate("second", 1), ParameterFate::Closes);
  EXPECT_EQ(T.fate("second", 0), ParameterFate::OnlyUses);
  EXPECT_EQ(T.fate("second", 2), ParameterFate::Unknown) << "there is none";
}

} // namespace
} // namespace codrop::test
