// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What runs on which way out, in functions and in coroutines.
#include <codrop/scope.hpp>
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <utility>

namespace codrop {
namespace {

using testing::interruption;
using testing::run_report;
using testing::task;
using testing::yield;
namespace net = codrop::detail::net;

TEST(Scope, ExitRunsAtTheEndAndAfterAnException) {
  int ran = 0;
  {
    scope_exit guard([&] { ++ran; });
  }
  EXPECT_EQ(ran, 1);
  try {
    scope_exit guard([&] { ++ran; });
    throw std::runtime_error("left");
  } catch (const std::runtime_error &) {
    ++ran;
  }
  EXPECT_EQ(ran, 3) << "once by the guard, once by the handler";
}

TEST(Scope, DisarmedGuardsDoNothing) {
  int ran = 0;
  {
    scope_exit exit([&] { ++ran; });
    scope_fail fail([&] { ++ran; });
    scope_success success([&] { ++ran; });
    success.succeed();
    exit.disarm();
    fail.disarm();
    success.disarm();
  }
  EXPECT_EQ(ran, 0);
}

TEST(Scope, TheLastIsTheFirstToRun) {
  int order = 0;
  {
    scope_exit first([&] { order = order * 10 + 1; });
    scope_exit second([&] { order = order * 10 + 2; });
  }
  EXPECT_EQ(order, 21);
}

TEST(Scope, MovedGuardsRunOnce) {
  int ran = 0;
  {
    scope_exit guard([&, kept = std::make_unique<int>(1)] { ran += *kept; });
    const scope_exit moved(std::move(guard));
    EXPECT_EQ(ran, 0);
  }
  EXPECT_EQ(ran, 1) << "by the one it was moved to";
}

int counted = 0;
void count_up() { ++counted; }

TEST(Scope, TakesFunctionsAndWhatTheyGive) {
  counted = 0;
  {
    scope_exit guard(count_up);
  }
  {
    scope_exit guard([] { return ++counted; });
  }
  EXPECT_EQ(counted, 2);
}

TEST(Scope, AFailureInADestructorIsNoFailureOfTheScope) {
  // What std::uncaught_exceptions() would take for one.
  int undone = 0, done = 0;
  struct works_while_unwinding {
    int &undone, &done;
    ~works_while_unwinding() {
      scope_fail undo([this] { ++undone; });
      scope_success count([this] { ++done; });
      undo.succeed();
      count.succeed();
    }
  };
  try {
    const works_while_unwinding works{undone, done};
    throw std::runtime_error("left");
  } catch (const std::runtime_error &) {
    EXPECT_EQ(undone, 0);
    EXPECT_EQ(done, 1);
  }
}

struct counts {
  int entered = 0, left = 0, undone = 0, done = 0;
};

task<> guarded(cancellation_token token, counts &count) {
  co_await yield(token);
  ++count.entered;
  scope_exit leave([&] { ++count.left; });
  scope_fail undo([&] { ++count.undone; });
  scope_success finish([&] { ++count.done; });
  co_await yield(token);
  co_await yield(token);
  undo.succeed();
  finish.succeed();
}

TEST(Scope, EveryWayOutOfACoroutine) {
  counts count;
  const std::size_t suspensions = testing::interrupt_everywhere(
      [&](cancellation_token token) {
        count = {};
        return guarded(token, count);
      },
      [&](const run_report &run) {
        EXPECT_EQ(count.left, count.entered)
            << "what was entered is left, " << run.describe();
        const bool succeeded = run.end == run_report::returned;
        EXPECT_EQ(count.done, succeeded ? 1 : 0)
            << "only a success is one, " << run.describe();
        EXPECT_EQ(count.undone + count.done, count.entered)
            << "undone exactly where not done, " << run.describe();
      });
  EXPECT_EQ(suspensions, 3u);
}

net::awaitable<void> wait() {
  net::steady_timer timer(co_await net::this_coro::executor,
                          std::chrono::milliseconds(1));
  co_await timer.async_wait(net::use_awaitable);
}

net::awaitable<void> guarded_in_asio(counts &count) {
  ++count.entered;
  scope_exit leave([&] { ++count.left; });
  scope_fail undo([&] { ++count.undone; });
  scope_success finish([&] { ++count.done; });
  co_await wait();
  co_await wait();
  undo.succeed();
  finish.succeed();
}

TEST(ScopeAsio, EveryWayOutOfACoroutine) {
  counts count;
  int destroyed = 0;
  testing::interrupt_everywhere_in_asio(
      [&] {
        count = {};
        return guarded_in_asio(count);
      },
      [&](const run_report &run) {
        destroyed += run.end == run_report::destroyed ? 1 : 0;
        EXPECT_EQ(count.left, count.entered) << run.describe();
        EXPECT_EQ(count.done, run.end == run_report::returned ? 1 : 0)
            << run.describe();
        EXPECT_EQ(count.undone + count.done, count.entered) << run.describe();
      });
  EXPECT_GE(destroyed, 1);
}

} // namespace
} // namespace codrop
