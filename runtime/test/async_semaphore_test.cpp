// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// threads
#include <codrop/async_mutex.hpp>
#include <codrop/async_semaphore.hpp>
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace codrop {
namespace {

namespace net = detail::net;

/// Runs at once, and nobody waits for it. It can be destroyed where it is
/// suspended.
struct started {
  struct promise_type {
    started get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };

  started(std::coroutine_handle<promise_type> h) noexcept : handle(h) {}
  started(started &&other) noexcept
      : handle(std::exchange(other.handle, nullptr)) {}
  started &operator=(started &&) = delete;
  ~started() { drop(); }
  void drop() {
    if (const auto h = std::exchange(handle, nullptr))
      h.destroy();
  }
  std::coroutine_handle<promise_type> handle;
};

static_assert(std::is_nothrow_move_constructible_v<async_permit> &&
              !std::is_copy_constructible_v<async_permit>);
static_assert(std::is_nothrow_move_constructible_v<async_lock> &&
              !std::is_copy_constructible_v<async_lock>);

TEST(AsyncSemaphore, GivesAndTakesBack) {
  async_semaphore semaphore(3);
  {
    async_permit two = semaphore.try_acquire(2);
    EXPECT_EQ(two.count(), 2u);
    EXPECT_EQ(semaphore.available(), 1u);
    EXPECT_FALSE(semaphore.try_acquire(2)) << "there is one";
    const async_permit moved = std::move(two);
    EXPECT_TRUE(moved);
    EXPECT_EQ(semaphore.available(), 1u) << "a move gives nothing back";
  }
  EXPECT_EQ(semaphore.available(), 3u);
  semaphore.add(2);
  EXPECT_EQ(semaphore.available(), 5u);
}

TEST(AsyncSemaphore, AnAssignedPermitGivesBackWhatItHad) {
  async_semaphore a(1), b(1);
  async_permit permit = a.try_acquire();
  permit = b.try_acquire();
  EXPECT_EQ(a.available(), 1u);
  EXPECT_EQ(b.available(), 0u);
  permit.give_back();
  permit.give_back();
  EXPECT_EQ(b.available(), 1u);
}

started take(async_semaphore &semaphore, std::size_t count, std::string name,
             std::vector<std::string> &log, cancellation_token token = {}) {
  try {
    const async_permit permit = co_await semaphore.acquire(count, token);
    log.push_back(name);
  } catch (const operation_cancelled &) {
    log.push_back(name + " cancelled");
  }
}

using names = std::vector<std::string>;

TEST(AsyncSemaphore, IsFair) {
  async_semaphore semaphore(0);
  names log;
  const started a = take(semaphore, 2, "a", log);
  const started b = take(semaphore, 1, "b", log);
  semaphore.add(1);
  EXPECT_EQ(log, names()) << "b does not overtake a";
  EXPECT_FALSE(semaphore.try_acquire()) << "nor does who does not wait";
  semaphore.add(1);
  EXPECT_EQ(log, (names{"a", "b"}));
  EXPECT_EQ(semaphore.available(), 2u);
}

TEST(AsyncSemaphore, ACancelledWaitThrowsAndLetsTheNextGo) {
  async_semaphore semaphore(1);
  const cancellation_source source;
  names log;
  const started a = take(semaphore, 2, "a", log, source.token());
  const started b = take(semaphore, 1, "b", log);
  source.request();
  EXPECT_EQ(log, (names{"a cancelled", "b"}));
  EXPECT_EQ(semaphore.available(), 1u);
  const started late = take(semaphore, 1, "late", log, source.token());
  EXPECT_EQ(log.back(), "late cancelled") << "although there is one";
  EXPECT_EQ(semaphore.available(), 1u);
}

TEST(AsyncSemaphore, AWaiterThatIsDestroyedLetsTheNextGo) {
  async_semaphore semaphore(1);
  names log;
  started a = take(semaphore, 2, "a", log);
  const started b = take(semaphore, 1, "b", log);
  a.drop();
  EXPECT_EQ(log, names{"b"});
  EXPECT_EQ(semaphore.available(), 1u);
}

TEST(AsyncSemaphore, APermitGrantedToWhoIsDestroyedGoesToTheNext) {
  async_semaphore semaphore(0);
  names log;
  std::optional<started> second;
  auto first = [](async_semaphore &s, std::optional<started> &other,
                  names &to) -> started {
    async_permit permit = co_await s.acquire();
    to.push_back("first");
    // Both have been granted theirs by the one call of add().
    other.reset();
  };
  const started a = first(semaphore, second, log);
  second.emplace(take(semaphore, 1, "second", log));
  const started c = take(semaphore, 2, "third", log);
  semaphore.add(2);
  EXPECT_EQ(log, (names{"first", "third"}));
  EXPECT_EQ(semaphore.available(), 2u) << "none is lost";
}

TEST(AsyncSemaphore, APermitGrantedToWhoIsCancelledIsNotLost) {
  async_semaphore semaphore(0);
  names log;
  const cancellation_source source;
  auto first = [](async_semaphore &s, cancellation_source cancels,
                  names &to) -> started {
    const async_permit permit = co_await s.acquire();
    to.push_back("first");
    cancels.request();
  };
  const started a = first(semaphore, source, log);
  const started b = take(semaphore, 1, "second", log, source.token());
  const started c = take(semaphore, 2, "third", log);
  semaphore.add(2);
  EXPECT_EQ(log, (names{"first", "second", "third"}))
      << "what was granted before the request is kept";
  EXPECT_EQ(semaphore.available(), 2u);
}

TEST(AsyncSemaphore, TheLastWaiterMayDestroyIt) {
  auto semaphore = std::make_unique<async_semaphore>(0);
  auto last = [](std::unique_ptr<async_semaphore> &s) -> started {
    async_permit permit = co_await s->acquire();
    permit.give_back();
    s.reset();
  };
  const started waits = last(semaphore);
  // The semaphore is gone when it returns.
  async_semaphore *const alias = semaphore.get();
  alias->add(1);
  EXPECT_EQ(semaphore, nullptr);
}

TEST(AsyncMutex, ALongLineNeedsNoDeepStack) {
  async_mutex mutex;
  std::size_t held = 0;
  auto hold = [](async_mutex &m, std::size_t &count) -> started {
    const async_lock lock = co_await m.lock();
    ++count;
  };
  constexpr std::size_t many = 50'000;
  std::vector<started> all;
  all.reserve(many);
  async_lock lock = mutex.try_lock();
  for (std::size_t i = 0; i < many; ++i)
    all.push_back(hold(mutex, held));
  EXPECT_EQ(held, 0u);
  lock.unlock();
  EXPECT_EQ(held, many);
  EXPECT_FALSE(mutex.is_locked());
}

TEST(AsyncMutex, LocksOnce) {
  async_mutex mutex;
  async_lock lock = mutex.try_lock();
  EXPECT_TRUE(lock.owns_lock());
  EXPECT_TRUE(mutex.is_locked());
  EXPECT_FALSE(mutex.try_lock());
  async_lock moved = std::move(lock);
  EXPECT_TRUE(mutex.is_locked());
  moved.unlock();
  EXPECT_TRUE(mutex.try_lock());
  EXPECT_FALSE(mutex.is_locked());
}

/// Two tasks of which each does a step in two halves under the mutex.
TEST(AsyncMutex, IsReleasedWhereverItIsInterrupted) {
  async_mutex mutex;
  bool inside = false;
  int ended = 0;
  testing::interrupt_everywhere(
      [&](cancellation_token token) -> testing::task<> {
        inside = false;
        ended = 0;
        const auto work = [&](cancellation_token own) -> testing::task<> {
          const async_lock lock = co_await mutex.lock(own);
          EXPECT_FALSE(std::exchange(inside, true)) << "two are inside";
          struct leave {
            bool &inside;
            ~leave() { inside = false; }
          } const leaving{inside};
          co_await testing::yield(own);
          ++ended;
        };
        using here_type = environment<testing::task<>>;
        here_type here(co_await here_type::here());
        const auto beside = here.start(work, token, [](outcome<void>) {});
        beside->begin();
        co_await work(token);
        co_await testing::yield();
      },
      [&](const testing::run_report &run) {
        EXPECT_NE(run.end, testing::run_report::stuck) << run.describe();
        if (run.how == testing::interruption::none) {
          EXPECT_EQ(ended, 2);
        }
        EXPECT_FALSE(mutex.is_locked()) << run.describe();
      });
}

TEST(AsyncSemaphore, IsWholeWhereverItIsInterrupted) {
  async_semaphore semaphore(2);
  testing::interrupt_everywhere(
      [&](cancellation_token token) -> testing::task<> {
        const auto work = [&](cancellation_token own) -> testing::task<> {
          const async_permit permit = co_await semaphore.acquire(2, own);
          co_await testing::yield(own);
        };
        using here_type = environment<testing::task<>>;
        here_type here(co_await here_type::here());
        const auto one = here.start(work, token, [](outcome<void>) {});
        const auto two = here.start(work, token, [](outcome<void>) {});
        one->begin();
        two->begin();
        const async_permit permit = co_await semaphore.acquire(token);
        co_await testing::yield(token);
      },
      [&](const testing::run_report &run) {
        EXPECT_NE(run.end, testing::run_report::stuck) << run.describe();
        EXPECT_EQ(semaphore.available(), 2u) << run.describe();
      });
}

net::awaitable<void> short_wait() {
  net::steady_timer timer(co_await net::this_coro::executor,
                          std::chrono::milliseconds(1));
  co_await timer.async_wait(net::use_awaitable);
}

TEST(AsyncMutex, WorksInAsio) {
  async_mutex mutex;
  int ended = 0;
  testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        ended = 0;
        const auto work = [&](cancellation_token) -> net::awaitable<void> {
          const auto take_lock = [&](cancellation_token token) {
            return mutex.lock(std::move(token));
          };
          const async_lock lock = co_await as_asio(take_lock);
          EXPECT_TRUE(mutex.is_locked());
          co_await short_wait();
          ++ended;
        };
        using here_type = environment<net::awaitable<void>>;
        here_type here(co_await here_type::here());
        const cancellation_source source;
        bool other_ended = false;
        const auto beside = here.start(
            work, source.token(), [&](outcome<void>) { other_ended = true; });
        beside->begin();
        std::exception_ptr error;
        try {
          co_await work({});
        } catch (...) {
          error = std::current_exception();
        }
        co_await here.throw_when_cancelled(false);
        if (error)
          source.request();
        while (!other_ended)
          co_await short_wait();
        if (error)
          std::rethrow_exception(error);
      },
      [&](const testing::run_report &run) {
        EXPECT_NE(run.end, testing::run_report::stuck) << run.describe();
        using here_type = environment<net::awaitable<void>>;
        EXPECT_EQ(run.end == testing::run_report::threw,
                  here_type::is_cancellation(run.error))
            << run.describe();
        if (run.end == testing::run_report::returned) {
          EXPECT_EQ(ended, 2) << run.describe();
        }
        EXPECT_FALSE(mutex.is_locked()) << run.describe();
      });
}

TEST(AsyncMutex, ExcludesCoroutinesOfManyThreads) {
  async_mutex mutex;
  int held = 0;
  std::atomic<int> cancelled = 0;
  auto work = [](async_mutex &m, int &count, std::atomic<int> &thrown,
                 cancellation_token token) -> started {
    try {
      const async_lock lock = co_await m.lock(std::move(token));
      ++count;
    } catch (const operation_cancelled &) {
      ++thrown;
    }
  };
  constexpr int rounds = 300, in_line = 8;
  // Frames are kept: another thread may be about to resume one.
  std::vector<std::vector<started>> kept(3);
  std::vector<std::thread> threads;
  for (std::vector<started> &own : kept)
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) {
        const cancellation_source source;
        for (int j = 0; j < in_line; ++j)
          own.push_back(work(mutex, held, cancelled, source.token()));
        source.request();
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(held + cancelled, 3 * rounds * in_line);
  EXPECT_FALSE(mutex.is_locked());
}

} // namespace
} // namespace codrop
