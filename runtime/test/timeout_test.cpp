// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/async_mutex.hpp>
#include <codrop/testing_asio.hpp>
#include <codrop/timeout.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>

namespace codrop {
namespace {

namespace net = detail::net;
using namespace std::chrono_literals;
using here_type = environment<net::awaitable<void>>;
using testing::run_report;

int running = 0;
net::awaitable<void> waits(std::chrono::milliseconds time) {
  struct counts {
    counts() { ++running; }
    counts(const counts &) = delete;
    counts &operator=(const counts &) = delete;
    ~counts() { --running; }
  } const counting;
  net::steady_timer timer(co_await net::this_coro::executor, time);
  co_await timer.async_wait(net::use_awaitable);
}

auto gives_after(std::chrono::milliseconds time) {
  return [time](cancellation_token) -> net::awaitable<std::unique_ptr<int>> {
    co_await waits(time);
    co_return std::make_unique<int>(7);
  };
}

TEST(Timeout, GivesTheValueInTime) {
  const run_report run =
      testing::run_once_in_asio([]() -> net::awaitable<void> {
        const auto fast = gives_after(1ms);
        EXPECT_EQ(*co_await timeout(10min, fast), 7);
      });
  EXPECT_EQ(run.end, run_report::returned);
}

TEST(Timeout, GivesWhatIsReadyAtOnce) {
  testing::run_once_in_asio([]() -> net::awaitable<void> {
    const auto nothing = [](cancellation_token) -> net::awaitable<void> {
      co_return;
    };
    co_await timeout(0ms, nothing);
  });
}

TEST(Timeout, ThrowsWhenTheTimeIsOver) {
  const run_report run =
      testing::run_once_in_asio([]() -> net::awaitable<void> {
        const auto slow = gives_after(10min);
        EXPECT_THROW(static_cast<void>(co_await timeout(1ms, slow)), timed_out);
        EXPECT_EQ(running, 0) << "the loser was awaited";
        // The caller was not asked to stop.
        co_await waits(1ms);
      });
  EXPECT_EQ(run.end, run_report::returned);
}

TEST(Timeout, AwaitsTheCleanUpOfTheLoser) {
  bool cleaned_up = false;
  testing::run_once_in_asio([&]() -> net::awaitable<void> {
    const auto stubborn = [&](cancellation_token) -> net::awaitable<void> {
      try {
        co_await waits(10min);
      } catch (...) {
      }
      co_await net::this_coro::reset_cancellation_state();
      co_await waits(2ms);
      cleaned_up = true;
    };
    co_await timeout(1ms, stubborn);
  });
  EXPECT_TRUE(cleaned_up) << "what ends well in spite of it is no timeout";
}

TEST(Timeout, RequestsTheToken) {
  async_mutex mutex;
  testing::run_once_in_asio([&]() -> net::awaitable<void> {
    const async_lock held = mutex.try_lock();
    const auto locks = [&](cancellation_token) {
      return as_asio([&](cancellation_token token) {
        return mutex.lock(std::move(token));
      });
    };
    EXPECT_THROW(static_cast<void>(co_await timeout(1ms, locks)), timed_out);
    const auto listens = [&](cancellation_token token) {
      return as_asio([token](cancellation_token) { return token.cancelled(); });
    };
    co_await timeout(1ms, listens);
  });
  EXPECT_FALSE(mutex.is_locked());
}

TEST(Timeout, ItsErrorsComeOut) {
  testing::run_once_in_asio([]() -> net::awaitable<void> {
    const auto bad = [](cancellation_token) -> net::awaitable<void> {
      co_await waits(1ms);
      throw std::runtime_error("bad");
    };
    EXPECT_THROW(co_await timeout(10min, bad), std::runtime_error);
    const auto bad_when_cancelled =
        [](cancellation_token) -> net::awaitable<void> {
      try {
        co_await waits(10min);
      } catch (...) {
        throw std::runtime_error("bad clean-up");
      }
    };
    EXPECT_THROW(co_await timeout(1ms, bad_when_cancelled), std::runtime_error);
  });
}

TEST(Timeout, CanBeNested) {
  testing::run_once_in_asio([]() -> net::awaitable<void> {
    bool outer = false;
    const auto inner = [&](cancellation_token) -> net::awaitable<void> {
      const auto slow = gives_after(10min);
      try {
        static_cast<void>(co_await timeout(5min, slow));
      } catch (const timed_out &) {
        ADD_FAILURE() << "it is the time of the outer one that is over";
      } catch (...) {
        outer = true;
        throw;
      }
    };
    EXPECT_THROW(co_await timeout(1ms, inner), timed_out);
    EXPECT_TRUE(outer);
  });
}

TEST(Timeout, LeavesNothingBehindWhereverItIsInterrupted) {
  for (const auto limit : {std::chrono::milliseconds(10min), 2ms}) {
    bool ended = false;
    testing::interrupt_everywhere_in_asio(
        [&]() -> net::awaitable<void> {
          ended = false;
          std::exception_ptr error;
          const auto work = [](cancellation_token) -> net::awaitable<void> {
            co_await waits(1ms);
            co_await waits(4ms);
          };
          try {
            co_await timeout(limit, work);
          } catch (...) {
            error = std::current_exception();
          }
          EXPECT_EQ(running, 0) << "it was awaited";
          ended = true;
          if (error)
            std::rethrow_exception(error);
          co_await waits(1ms);
        },
        [&](const run_report &run) {
          EXPECT_NE(run.end, run_report::stuck) << run.describe();
          EXPECT_EQ(running, 0) << run.describe();
          if (run.how == testing::interruption::none) {
            EXPECT_EQ(run.end,
                      limit == 2ms ? run_report::threw : run_report::returned);
          }
          if (run.how == testing::interruption::cancel) {
            EXPECT_TRUE(run.end == run_report::returned ||
                        here_type::is_cancellation(run.error) || limit == 2ms)
                << run.describe();
          }
        });
  }
}

} // namespace
} // namespace codrop
