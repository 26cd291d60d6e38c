// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The harness itself: it finds what is wrong, and is silent where nothing is.
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace codrop::testing {
namespace {

task<int> inner(cancellation_token token) {
  co_await yield(token);
  co_return 3;
}

task<> outer(cancellation_token token, std::vector<std::string> &log) {
  struct leaves {
    std::vector<std::string> &log;
    ~leaves() { log.emplace_back("left"); }
  } const leaving{log};
  log.emplace_back("entered");
  if (co_await inner(token) == 3)
    log.emplace_back("inner");
  co_await yield(token);
}

TEST(Testing, InterruptsAtEverySuspension) {
  std::vector<std::string> log, runs;
  const std::size_t count = interrupt_everywhere(
      [&](cancellation_token token) { return outer(token, log); },
      [&](const run_report &run) { runs.push_back(run.describe()); });
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(runs, (std::vector<std::string>{
                      "not interrupted: returned",
                      "cancelled at suspension 1: threw",
                      "cancelled at suspension 2: threw",
                      "thrown into at suspension 1: threw",
                      "thrown into at suspension 2: threw",
                      "destroyed at suspension 1: destroyed",
                      "destroyed at suspension 2: destroyed",
                  }));
  EXPECT_EQ(std::count(log.begin(), log.end(), "entered"), 7);
  EXPECT_EQ(std::count(log.begin(), log.end(), "left"), 7);
  EXPECT_EQ(std::count(log.begin(), log.end(), "inner"), 4);
}

TEST(Testing, TellsACancellationFromAFailure) {
  interrupt_everywhere(inner, [](const run_report &run) {
    EXPECT_EQ(run.was_cancelled(), run.how == interruption::cancel)
        << run.describe();
  });
}

TEST(Testing, FindsWhatNeverEnds) {
  const run_report run = run_once([](cancellation_token) -> task<> {
    co_await cancellation_token().cancelled();
  });
  EXPECT_EQ(run.end, run_report::stuck);
}

TEST(Testing, FindsFramesThatAreLeftOver) {
  std::vector<task<int>> kept;
  EXPECT_THROW(run_once([&](cancellation_token token) -> task<> {
                 kept.push_back(inner(token));
                 co_return;
               }),
               std::logic_error);
}

TEST(Testing, RunsTasksBesideACoroutine) {
  interrupt_everywhere(
      [](cancellation_token token) -> task<> {
        using here_type = environment<task<>>;
        here_type here(co_await here_type::here(), token);
        bool ended = false;
        const auto beside =
            here.start(inner, token, [&](outcome<int>) { ended = true; });
        beside->begin();
        co_await yield();
        co_await yield();
        EXPECT_TRUE(ended);
      },
      [](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
      });
}

namespace net = codrop::detail::net;

net::awaitable<void> waits() {
  net::steady_timer timer(co_await net::this_coro::executor,
                          std::chrono::milliseconds(1));
  co_await timer.async_wait(net::use_awaitable);
}

TEST(TestingAsio, InterruptsAfterEveryHandler) {
  std::vector<std::string> runs;
  const std::size_t count = interrupt_everywhere_in_asio(
      waits, [&](const run_report &run) { runs.push_back(run.describe()); });
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(runs, (std::vector<std::string>{
                      "not interrupted: returned",
                      "cancelled at suspension 1: threw",
                      "cancelled at suspension 2: returned",
                      "destroyed at suspension 1: destroyed",
                      "destroyed at suspension 2: returned",
                  }));
}

TEST(TestingAsio, AsAsioLeavesWhatItAwaits) {
  std::size_t ended = 0;
  interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        cancellation_source never;
        const auto cancelled = [&](cancellation_token token) {
          return token.cancelled();
        };
        co_await net::post(net::use_awaitable);
        net::steady_timer timer(co_await net::this_coro::executor,
                                std::chrono::milliseconds(1));
        timer.async_wait([never](std::error_code) { never.request(); });
        const auto waits = [&](cancellation_token) {
          return never.token().cancelled();
        };
        co_await as_asio(waits);
        ++ended;
        static_cast<void>(cancelled);
      },
      [](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
      });
  EXPECT_GE(ended, 1u);
}

TEST(TestingAsio, ShieldedIsNotCancelled) {
  interrupt_everywhere_in_asio(
      []() -> net::awaitable<void> {
        using here_type = environment<net::awaitable<void>>;
        here_type here(co_await here_type::here());
        co_await here.throw_when_cancelled(false);
        bool ended = false;
        const auto finish = [&]() -> net::awaitable<void> {
          co_await waits();
          ended = true;
        };
        co_await here.shielded(finish);
        EXPECT_TRUE(ended);
      },
      [](const run_report &run) {
        if (run.how == interruption::cancel) {
          EXPECT_EQ(run.end, run_report::returned) << run.describe();
        }
      });
}

} // namespace
} // namespace codrop::testing
