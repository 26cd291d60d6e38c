// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which tasks of a function die unawaited, how, and what is lost with them.

#include "analysis/DiscardedTask.h"
#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

constexpr const char *Types = R"cpp(
struct eager {
  struct promise_type {
    eager get_return_object();
    std::suspend_never initial_suspend();
    std::suspend_never final_suspend() noexcept;
    void return_void();
    void unhandled_exception();
  };
  bool available() const;
  bool await_ready() noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume();
};
struct lazy {
  struct promise_type {
    lazy get_return_object();
    std::suspend_always initial_suspend();
    std::suspend_always final_suspend() noexcept;
    void return_void();
    void unhandled_exception();
  };
  lazy(lazy &&);
  ~lazy();
  bool await_ready() noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume();
};
struct fire {
  struct promise_type : eager::promise_type { fire get_return_object(); };
};
eager start();
lazy work();
fire forget();
bool coin();
void give(eager);
)cpp";

/// "variable t unseen, maybe" for each, in the order found.
std::string discarded(const std::string &Body) {
  GraphTest T(std::string(Types) + "lazy f() {" + Body + " co_return; }");
  TaskDrops Drops(T.tu().types());
  std::string Text;
  for (const DiscardedTask &D :
       findDiscardedTasks(T.function(), T.tu(), Drops, {})) {
    constexpr const char *Kinds[] = {"statement", "explicit",    "variable",
                                     "some path", "overwritten", "emptied",
                                     "abandoned", "wrapped",     "dropped"};
    constexpr const char *Losses[] = {"never runs", "unseen", "cancelled",
                                      "unknown"};
    Text += (Text.empty() ? "" : "; ") + std::string(Kinds[D.K]) +
            (D.Var ? " " + D.Var->getNameAsString() : "") + ", " +
            Losses[unsigned(D.Loss)] +
            (D.Sure == Confidence::Maybe ? ", maybe" : "");
  }
  return Text;
}

TEST(DiscardedTask, StatementsLoseWhatTheyMake) {
  EXPECT_EQ(discarded("work();"), "statement, never runs");
  EXPECT_EQ(discarded("start();"), "statement, unseen");
  EXPECT_EQ(discarded("(void)work();"), "explicit, never runs");
  EXPECT_EQ(discarded("(void)start();"), "");
  EXPECT_EQ(discarded("coin() ? work() : work();"), "statement, never runs");
  EXPECT_EQ(discarded("({ coin(); work(); });"), "statement, never runs");
  EXPECT_EQ(discarded("co_await ({ coin(); work(); });"), "");
  EXPECT_EQ(discarded("if (coin()) work(); else co_await work();"),
            "statement, never runs");
}

TEST(DiscardedTask, ReturnObjectsThatTellNothingAreMadeToBeDropped) {
  EXPECT_EQ(discarded("forget();"), "");
  EXPECT_EQ(discarded("auto t = forget();"), "");
}

TEST(DiscardedTask, VariablesAreFollowed) {
  EXPECT_EQ(discarded("auto t = work();"), "variable t, never runs");
  EXPECT_EQ(discarded("auto t = work(); (void)t;"), "variable t, never runs");
  EXPECT_EQ(discarded("auto t = start(); t.available();"),
            "variable t, unseen, maybe");
  EXPECT_EQ(discarded("auto t = start(); co_await t;"), "");
  EXPECT_EQ(discarded("auto t = start(); give(std::move(t));"), "");
  EXPECT_EQ(discarded("auto t = start(); auto l = [&] { return &t; };"), "");
  EXPECT_EQ(discarded("auto t = start(); if (coin()) co_return; co_await t;"),
            "some path t, unseen");
  EXPECT_EQ(discarded("auto t = work(); if (coin()) co_return; co_await t;"),
            "some path t, never runs, maybe");
  EXPECT_EQ(discarded("auto t = start(); if (!t.available()) co_await t;"), "");
  EXPECT_EQ(discarded("auto t = start(); while (coin()) co_await t;"), "");
}

TEST(DiscardedTask, AThrowingAwaitLeavesOnlyWhatHasBegun) {
  EXPECT_EQ(discarded("auto t = start(); co_await work(); co_await t;"),
            "abandoned t, unseen, maybe");
  EXPECT_EQ(discarded("auto t = work(); co_await work(); co_await t;"), "");
}

TEST(DiscardedTask, OverwritingLosesTheFirst) {
  EXPECT_EQ(discarded("auto t = start(); t = start(); co_await t;"),
            "overwritten t, unseen");
  EXPECT_EQ(discarded("eager t; for (;;) { t = start(); if (coin()) break; } "
                      "co_await t;"),
            "overwritten t, unseen");
  EXPECT_EQ(discarded("eager t; for (;;) { if (coin()) t = start(); else "
                      "break; } co_await t;"),
            "");
}

} // namespace
} // namespace codrop::test
