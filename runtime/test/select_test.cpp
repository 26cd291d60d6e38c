// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// threads
#include <codrop/async_semaphore.hpp>
#include <codrop/select.hpp>
#include <codrop/shield.hpp>
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <coroutine>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace codrop {
namespace {

namespace net = detail::net;
using testing::run_report;
using testing::task;
using testing::yield;

int running = 0;
int ran_to_end = 0;
struct counts {
  counts() { ++running; }
  counts(const counts &) = delete;
  counts &operator=(const counts &) = delete;
  ~counts() { --running; }
};

/// A task of so many steps.
auto takes(int steps) {
  return [steps](cancellation_token token) -> task<int> {
    const counts counting;
    for (int i = 0; i < steps; ++i)
      co_await yield(token);
    ++ran_to_end;
    co_return steps;
  };
}

TEST(Select, GivesTheFirst) {
  const run_report run = testing::run_once([](cancellation_token) -> task<> {
    const auto slow = takes(3), fast = takes(1);
    const auto result = co_await select(slow, fast);
    EXPECT_EQ(result.index, 1u);
    EXPECT_EQ(std::get<1>(result.value), 1);
    EXPECT_TRUE(result.errors.empty()) << "being cancelled is no error";
    EXPECT_EQ(running, 0) << "the loser has ended";
  });
  EXPECT_EQ(run.end, run_report::returned);
}

TEST(Select, TasksOfManyTypes) {
  static int referred = 4;
  testing::run_once([](cancellation_token) -> task<> {
    const auto nothing = [](cancellation_token) -> task<> { co_return; };
    const auto only = [](cancellation_token) -> task<std::unique_ptr<int>> {
      co_return std::make_unique<int>(5);
    };
    const auto reference = [](cancellation_token) -> task<int &> {
      co_return referred;
    };
    auto first = co_await select(only, nothing, reference);
    EXPECT_EQ(*std::get<0>(first.value), 5);
    const auto second = co_await select(nothing, only);
    EXPECT_EQ(second.index, 0u);
    const auto third = co_await select(reference);
    EXPECT_EQ(&std::get<0>(third.value).get(), &referred);
  });
}

TEST(Select, WhatIsDecidedIsNotBegunAnyMore) {
  ran_to_end = 0;
  testing::run_once([](cancellation_token) -> task<> {
    const auto at_once = takes(0);
    const auto result = co_await select(at_once, at_once);
    EXPECT_EQ(result.index, 0u);
  });
  EXPECT_EQ(ran_to_end, 1);
}

auto fails_after(int steps, const char *what, bool when_cancelled = false) {
  return [=](cancellation_token token) -> task<int> {
    const counts counting;
    for (int i = 0; i < steps; ++i) {
      co_await yield();
      if (token.is_requested())
        break;
    }
    if (when_cancelled && !token.is_requested())
      co_return 0;
    throw std::runtime_error(what);
  };
}

TEST(Select, TheErrorOfTheWinnerIsThrown) {
  const run_report run = testing::run_once([](cancellation_token) -> task<> {
    const auto bad = fails_after(1, "bad");
    const auto slow = takes(3);
    try {
      co_await select(slow, bad);
      ADD_FAILURE();
    } catch (const std::runtime_error &e) {
      EXPECT_STREQ(e.what(), "bad");
    }
    EXPECT_EQ(running, 0);
  });
  EXPECT_EQ(run.end, run_report::returned);
}

TEST(Select, TheErrorOfALoserIsNotLost) {
  testing::run_once([](cancellation_token) -> task<> {
    const auto fast = takes(1);
    const auto bad = fails_after(5, "late", true);
    const auto result = co_await select(fast, bad);
    EXPECT_EQ(result.index, 0u);
    EXPECT_EQ(result.errors.size(), 1u);
  });
  testing::run_once([](cancellation_token) -> task<> {
    const auto first = fails_after(1, "first"), late = fails_after(5, "late");
    try {
      co_await select(late, first);
      ADD_FAILURE();
    } catch (const task_errors &e) {
      EXPECT_EQ(e.errors().size(), 2u);
      try {
        std::rethrow_exception(e.errors().front());
      } catch (const std::runtime_error &winner) {
        EXPECT_STREQ(winner.what(), "first");
      }
    }
  });
}

TEST(Select, LeavesNothingBehindWhereverItIsInterrupted) {
  std::optional<std::size_t> index;
  const std::size_t count = testing::interrupt_everywhere(
      [&](cancellation_token token) -> task<> {
        index.reset();
        const auto a = takes(3), b = takes(2), c = takes(4);
        const auto result = co_await select(token, a, b, c);
        EXPECT_EQ(running, 0) << "all have ended";
        index = result.index;
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_EQ(running, 0) << run.describe();
        if (run.how == testing::interruption::none) {
          EXPECT_EQ(index, 1u);
        }
        if (run.end == run_report::threw &&
            run.how == testing::interruption::cancel) {
          EXPECT_TRUE(run.was_cancelled()) << run.describe();
        }
      });
  EXPECT_GE(count, 4u);
}

TEST(Select, ACallerThatIsCancelledIsTold) {
  const run_report run = testing::run_once(
      [](cancellation_token token) -> task<> {
        const auto slow = takes(3);
        co_await select(token, slow, slow);
      },
      testing::interruption::cancel, 1);
  EXPECT_TRUE(run.was_cancelled());
}

TEST(Select, BeginsNothingForACallerThatIsCancelled) {
  ran_to_end = 0;
  const cancellation_source source;
  source.request();
  const run_report run = testing::run_once([&](cancellation_token) -> task<> {
    const auto at_once = takes(0);
    co_await select(source.token(), at_once);
  });
  EXPECT_TRUE(run.was_cancelled());
  EXPECT_EQ(ran_to_end, 0);
}

TEST(Select, APermitOfTheLoserIsGivenBack) {
  async_semaphore semaphore(1);
  testing::interrupt_everywhere(
      [&](cancellation_token token) -> task<> {
        const auto acquires =
            [&](cancellation_token own) -> task<async_permit> {
          async_permit permit = co_await semaphore.acquire(own);
          co_await yield();
          co_return std::move(permit);
        };
        const auto both = co_await select(token, acquires, acquires);
        EXPECT_EQ(both.index, 0u);
        EXPECT_EQ(semaphore.available(), 0u) << "the winner's is here";
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_EQ(semaphore.available(), 1u) << run.describe();
      });
}

net::awaitable<void> waits(int ms) {
  const counts counting;
  net::steady_timer timer(co_await net::this_coro::executor,
                          std::chrono::milliseconds(ms));
  co_await timer.async_wait(net::use_awaitable);
}

TEST(Select, InAsio) {
  bool returned = false;
  const std::size_t count = testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        returned = false;
        const auto slow = [](cancellation_token) -> net::awaitable<void> {
          co_await waits(100'000);
        };
        const auto fast =
            [](cancellation_token) -> net::awaitable<std::string> {
          co_await waits(1);
          co_return "fast";
        };
        const auto listens = [](cancellation_token token) {
          return as_asio(
              [token](cancellation_token) { return token.cancelled(); });
        };
        std::exception_ptr error;
        try {
          const auto result = co_await select(slow, fast, listens);
          EXPECT_EQ(result.index, 1u);
          EXPECT_EQ(std::get<1>(result.value), "fast");
          returned = true;
        } catch (...) {
          error = std::current_exception();
        }
        EXPECT_EQ(running, 0) << "all were awaited";
        if (error)
          std::rethrow_exception(error);
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_EQ(running, 0) << run.describe();
        EXPECT_EQ(run.end == run_report::returned, returned) << run.describe();
        if (run.how == testing::interruption::cancel) {
          EXPECT_TRUE(returned || run.was_cancelled()) << run.describe();
        }
      });
  EXPECT_GE(count, 3u);
}

TEST(Select, InAsioHearsAToken) {
  const cancellation_source source;
  const run_report run =
      testing::run_once_in_asio([&]() -> net::awaitable<void> {
        const auto slow = [](cancellation_token) { return waits(100'000); };
        const auto cancels =
            [&](cancellation_token token) -> net::awaitable<void> {
          co_await waits(1);
          source.request();
          EXPECT_TRUE(token.is_requested());
          co_await waits(100'000);
        };
        co_await select(source.token(), slow, cancels);
      });
  EXPECT_TRUE(run.was_cancelled());
}

struct alive {
  explicit alive(std::atomic<int> &n) : count(n) { ++count; }
  alive(const alive &) = delete;
  alive &operator=(const alive &) = delete;
  ~alive() { --count; }
  std::atomic<int> &count;
};

/// Goes on in another thread.
struct hop {
  net::thread_pool &pool;
  static bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const {
    net::post(pool, [handle] { handle.resume(); });
  }
  static void await_resume() noexcept {}
};

TEST(Select, InManyThreads) {
  for (int round = 0; round < 100; ++round) {
    net::thread_pool pool(3);
    std::atomic<int> live = 0;
    const auto hops = [&](cancellation_token token) -> task<int> {
      const alive living(live);
      co_await hop{pool};
      if (!token.is_requested())
        co_await hop{pool};
      co_return 1;
    };
    const auto listens = [&](cancellation_token token) -> task<int> {
      const alive living(live);
      co_await token.cancelled();
      co_return 2;
    };
    const cancellation_source source;
    const auto main = [&]() -> task<> {
      try {
        const auto result =
            co_await select(source.token(), hops, listens, hops);
        EXPECT_LT(result.index, 3u);
      } catch (const operation_cancelled &) {
        EXPECT_TRUE(source.is_requested());
      }
      EXPECT_EQ(live, 0);
    };
    task<> root = main();
    root.begin();
    if (round % 2 == 1)
      source.request();
    pool.join();
    EXPECT_TRUE(root.done());
  }
}

TEST(Shield, RunsToItsEnd) {
  int begun = 0, committed = 0;
  testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        begun = committed = 0;
        const auto commit = [&]() -> net::awaitable<int> {
          ++begun;
          co_await waits(1);
          co_await waits(1);
          co_return ++committed;
        };
        const int value = co_await shield(commit);
        EXPECT_EQ(value, 1);
        co_await waits(1);
      },
      [&](const run_report &run) {
        using here_type = environment<net::awaitable<void>>;
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        if (run.how == testing::interruption::cancel) {
          EXPECT_EQ(committed, begun) << run.describe();
          EXPECT_TRUE(run.end == run_report::returned ||
                      here_type::is_cancellation(run.error))
              << run.describe();
        }
      });
}

TEST(Shield, TellsTheCallerAfterIt) {
  bool after = false, next = false;
  net::cancellation_signal signal;
  net::io_context context;
  const auto work = [&]() -> net::awaitable<void> {
    const auto commit = [&]() -> net::awaitable<void> {
      signal.emit(net::cancellation_type::terminal);
      co_await waits(1);
    };
    co_await shield(commit);
    after = true;
    co_await waits(1);
    next = true;
  };
  std::exception_ptr error;
  net::co_spawn(context, work(),
                net::bind_cancellation_slot(
                    signal.slot(), [&](std::exception_ptr e) { error = e; }));
  context.run();
  EXPECT_TRUE(after);
  EXPECT_FALSE(next);
  EXPECT_TRUE(environment<net::awaitable<void>>::is_cancellation(error));
}

TEST(Shield, OfAnyCoroutine) {
  int begun = 0, ended = 0;
  testing::interrupt_everywhere(
      [&](cancellation_token token) -> task<> {
        begun = ended = 0;
        const auto commit = [&]() -> task<std::unique_ptr<int>> {
          ++begun;
          co_await yield();
          ++ended;
          co_return std::make_unique<int>(1);
        };
        EXPECT_EQ(*co_await shield(commit), 1);
        co_await yield(token);
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        if (run.how == testing::interruption::cancel) {
          EXPECT_EQ(ended, begun) << run.describe();
        }
      });
}

TEST(Shield, AnErrorComesOut) {
  testing::run_once([](cancellation_token) -> task<> {
    const auto bad = []() -> task<> {
      co_await yield();
      throw std::runtime_error("bad");
    };
    EXPECT_THROW(co_await shield(bad), std::runtime_error);
  });
}

} // namespace
} // namespace codrop
