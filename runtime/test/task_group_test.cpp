// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// threads
#include <codrop/async_mutex.hpp>
#include <codrop/task_group.hpp>
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <coroutine>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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

auto takes(int steps) {
  return [steps](cancellation_token token) -> task<> {
    const counts counting;
    for (int i = 0; i < steps; ++i)
      co_await yield(token);
    ++ran_to_end;
  };
}

auto fails_after(int steps, const char *what) {
  return [=](cancellation_token) -> task<> {
    const counts counting;
    for (int i = 0; i < steps; ++i)
      co_await yield();
    throw std::runtime_error(what);
  };
}

std::string what(const std::exception_ptr &error) {
  try {
    if (error)
      std::rethrow_exception(error);
  } catch (const std::exception &e) {
    return e.what();
  }
  return "nothing";
}

std::string describe(const std::vector<task_report> &reports) {
  static constexpr const char *ends[] = {"completed", "cancelled", "failed"};
  std::string text;
  for (const task_report &one : reports)
    text += one.name + " " + ends[one.end] + "; ";
  return text;
}

TEST(TaskGroup, WaitsForItsTasks) {
  ran_to_end = 0;
  const run_report run = testing::run_once([](cancellation_token) -> task<> {
    const auto body = [](task_group &group) -> task<std::unique_ptr<int>> {
      EXPECT_TRUE(group.spawn("a", takes(3)));
      EXPECT_TRUE(group.spawn("b", takes(0)));
      EXPECT_EQ(group.running(), 1u) << "b ended at once";
      co_return std::make_unique<int>(2);
    };
    std::vector<task_report> reports;
    const auto value = co_await with_task_group(body, {.reports = &reports});
    EXPECT_EQ(*value, 2);
    EXPECT_EQ(ran_to_end, 2);
    EXPECT_EQ(describe(reports), "b completed; a completed; ");
  });
  EXPECT_EQ(run.end, run_report::returned);
}

TEST(TaskGroup, AnEmptyOneReturns) {
  const run_report run = testing::run_once([](cancellation_token) -> task<> {
    static int referred = 1;
    const auto body = [](task_group &) -> task<int &> { co_return referred; };
    EXPECT_EQ(&co_await with_task_group(body), &referred);
  });
  EXPECT_EQ(run.end, run_report::returned);
}

TEST(TaskGroup, AFailureCancelsTheOthersAndTheBody) {
  const run_report run = testing::run_once([](cancellation_token) -> task<> {
    std::vector<task_report> reports;
    const auto body = [](task_group &group) -> task<> {
      group.spawn("slow", takes(9));
      group.spawn("bad", fails_after(1, "first"));
      group.spawn("worse", fails_after(2, "second"));
      co_await group.token().cancelled();
      EXPECT_FALSE(group.spawn("late", takes(0)));
    };
    try {
      co_await with_task_group(body, {.reports = &reports});
      ADD_FAILURE();
    } catch (const std::runtime_error &e) {
      EXPECT_STREQ(e.what(), "first");
    }
    EXPECT_EQ(running, 0);
    EXPECT_EQ(describe(reports), "bad failed; slow cancelled; worse failed; ");
    EXPECT_EQ(what(reports.at(2).error), "second");
  });
  EXPECT_EQ(run.end, run_report::returned);
}

TEST(TaskGroup, CollectsErrors) {
  ran_to_end = 0;
  const run_report run = testing::run_once([](cancellation_token) -> task<> {
    const auto body = [](task_group &group) -> task<> {
      group.spawn("one", fails_after(2, "one"));
      group.spawn("slow", takes(4));
      group.spawn("two", fails_after(1, "two"));
      co_return;
    };
    try {
      co_await with_task_group(body, {.on_failure = when_task_fails::collect});
      ADD_FAILURE();
    } catch (const task_errors &e) {
      EXPECT_EQ(e.errors().size(), 2u);
      EXPECT_EQ(what(e.errors().front()), "two");
    }
    EXPECT_EQ(ran_to_end, 1) << "the others went on";
  });
  EXPECT_EQ(run.end, run_report::returned);
}

TEST(TaskGroup, AnErrorOfTheBodyCancelsTheTasks) {
  const run_report run = testing::run_once([](cancellation_token) -> task<> {
    const auto body = [](task_group &group) -> task<int> {
      group.spawn("slow", takes(9));
      co_await yield();
      throw std::runtime_error("body");
    };
    EXPECT_THROW(static_cast<void>(co_await with_task_group(body)),
                 std::runtime_error);
    EXPECT_EQ(running, 0);
  });
  EXPECT_EQ(run.end, run_report::returned);
}

TEST(TaskGroup, TheBodyMayCancelItsTasks) {
  testing::run_once([](cancellation_token) -> task<> {
    std::vector<task_report> reports;
    const auto body = [](task_group &group) -> task<int> {
      group.spawn("background", takes(1000));
      co_await yield();
      group.cancel();
      EXPECT_FALSE(group.token().is_requested()) << "the body goes on";
      co_return 3;
    };
    EXPECT_EQ(co_await with_task_group(body, {.reports = &reports}), 3);
    EXPECT_EQ(describe(reports), "background cancelled; ");
  });
}

TEST(TaskGroup, ATaskMaySpawn) {
  ran_to_end = 0;
  testing::interrupt_everywhere(
      [](cancellation_token token) -> task<> {
        ran_to_end = 0;
        const auto body = [](task_group &group) -> task<> {
          const auto spawns = [&group](cancellation_token own) -> task<> {
            const counts counting;
            for (int i = 0; i < 3; ++i) {
              group.spawn("child", takes(i));
              co_await yield(own);
            }
          };
          group.spawn("spawns", spawns);
          co_return;
        };
        co_await with_task_group(token, body);
        EXPECT_EQ(running, 0);
        EXPECT_EQ(ran_to_end, 3);
      },
      [](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_EQ(running, 0) << run.describe();
      });
}

TEST(TaskGroup, ManyTasksDoNotPileUp) {
  ran_to_end = 0;
  testing::run_once([](cancellation_token) -> task<> {
    const auto body = [](task_group &group) -> task<> {
      const auto world = testing::detail::world::current();
      for (int i = 0; i < 1000; ++i) {
        group.spawn("short", takes(1));
        co_await yield();
        co_await yield();
        EXPECT_LT(world->frames, 20u) << "frames of those that ended are freed";
      }
    };
    co_await with_task_group(body);
  });
  EXPECT_EQ(ran_to_end, 1000);
}

TEST(TaskGroup, NoTaskOutlivesItWhereverItIsInterrupted) {
  async_mutex mutex;
  bool through = false;
  const std::size_t count = testing::interrupt_everywhere(
      [&](cancellation_token token) -> task<> {
        through = false;
        const auto locks = [&](cancellation_token own) -> task<> {
          const counts counting;
          const async_lock lock = co_await mutex.lock(own);
          co_await yield(own);
        };
        const auto body = [&](task_group &group) -> task<> {
          const counts counting;
          for (const char *name : {"a", "b", "c"})
            group.spawn(name, locks);
          co_await yield(group.token());
        };
        std::exception_ptr error;
        try {
          co_await with_task_group(token, body);
        } catch (...) {
          error = std::current_exception();
        }
        EXPECT_EQ(running, 0) << "all were awaited";
        EXPECT_FALSE(mutex.is_locked());
        through = true;
        if (error)
          std::rethrow_exception(error);
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_EQ(running, 0) << run.describe();
        EXPECT_FALSE(mutex.is_locked()) << run.describe();
        EXPECT_EQ(through, run.end != run_report::destroyed) << run.describe();
        if (run.how == testing::interruption::cancel) {
          EXPECT_TRUE(run.end == run_report::returned || run.was_cancelled())
              << run.describe();
        }
      });
  EXPECT_GE(count, 5u);
}

net::awaitable<void> waits(int ms) {
  const counts counting;
  net::steady_timer timer(co_await net::this_coro::executor,
                          std::chrono::milliseconds(ms));
  co_await timer.async_wait(net::use_awaitable);
}

TEST(TaskGroup, InAsio) {
  using here_type = environment<net::awaitable<void>>;
  for (const bool fails : {false, true}) {
    std::vector<task_report> reports;
    testing::interrupt_everywhere_in_asio(
        [&]() -> net::awaitable<void> {
          reports.clear();
          const auto body = [&](task_group &group) -> net::awaitable<int> {
            group.spawn("short", [](cancellation_token) { return waits(1); });
            group.spawn("bad",
                        [fails](cancellation_token) -> net::awaitable<int> {
                          co_await waits(2);
                          if (fails)
                            throw std::runtime_error("bad");
                          co_return 3;
                        });
            group.spawn("long", [fails](cancellation_token) {
              return waits(fails ? 100'000 : 4);
            });
            co_await waits(fails ? 100'000 : 1);
            co_return 7;
          };
          std::exception_ptr error;
          try {
            const int value =
                co_await with_task_group(body, {.reports = &reports});
            EXPECT_EQ(value, 7);
          } catch (...) {
            error = std::current_exception();
          }
          EXPECT_EQ(running, 0) << "all were awaited";
          EXPECT_LE(reports.size(), 3u);
          if (error)
            std::rethrow_exception(error);
        },
        [&](const run_report &run) {
          EXPECT_NE(run.end, run_report::stuck) << run.describe();
          EXPECT_EQ(running, 0) << run.describe();
          if (run.how == testing::interruption::none) {
            EXPECT_EQ(run.end,
                      fails ? run_report::threw : run_report::returned);
            EXPECT_EQ(describe(reports),
                      fails ? "short completed; bad failed; long cancelled; "
                            : "short completed; bad completed; long "
                              "completed; ");
          }
          if (run.how == testing::interruption::cancel && !fails) {
            EXPECT_TRUE(run.end == run_report::returned ||
                        here_type::is_cancellation(run.error))
                << run.describe();
          }
        });
  }
}

TEST(TaskGroup, InThreadsOfAsio) {
  net::thread_pool pool(3);
  int ended = 0;
  const auto main = [&]() -> net::awaitable<void> {
    const auto body = [&](task_group &group) -> net::awaitable<void> {
      for (int i = 0; i < 200; ++i)
        group.spawn("one", [&](cancellation_token) -> net::awaitable<void> {
          co_await net::post(net::use_awaitable);
          ++ended;
        });
      co_return;
    };
    co_await with_task_group(body);
    EXPECT_EQ(ended, 200);
  };
  net::co_spawn(net::make_strand(pool), main(), net::detached);
  pool.join();
  EXPECT_EQ(ended, 200);
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

TEST(TaskGroup, InManyThreads) {
  for (int round = 0; round < 100; ++round) {
    const bool fails = round % 2 == 1;
    net::thread_pool pool(3);
    std::atomic<int> live = 0, completed = 0;
    bool threw = false;
    const auto hops = [&](cancellation_token token) -> task<> {
      const alive living(live);
      for (int i = 0; i < 5 && !token.is_requested(); ++i)
        co_await hop{pool};
      ++completed;
    };
    const auto bad = [&](cancellation_token) -> task<> {
      co_await hop{pool};
      throw std::runtime_error("bad");
    };
    const auto body = [&](task_group &group) -> task<> {
      for (int i = 0; i < 6; ++i) {
        group.spawn("hops", hops);
        co_await hop{pool};
      }
      if (fails)
        group.spawn("bad", bad);
    };
    const auto main = [&]() -> task<> {
      try {
        co_await with_task_group(body);
      } catch (const std::runtime_error &) {
        threw = true;
      }
      EXPECT_EQ(live, 0);
    };
    task<> root = main();
    root.begin();
    pool.join();
    EXPECT_TRUE(root.done());
    EXPECT_EQ(completed, 6);
    EXPECT_EQ(threw, fails);
  }
}

} // namespace
} // namespace codrop
