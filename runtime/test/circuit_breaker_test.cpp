// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// threads
//
// The states of a breaker, and that a call which is cancelled or dropped leaves
// it as it was.
#include <codrop/circuit_breaker.hpp>
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace codrop {
namespace {

using namespace std::chrono_literals;
using testing::interruption;
using testing::run_report;
using testing::task;
using testing::yield;
using time_point = std::chrono::steady_clock::time_point;

struct refused : std::runtime_error {
  refused() : std::runtime_error("refused") {}
};

// A breaker with a clock that is set by hand.
struct fixture {
  explicit fixture(circuit_breaker_options o = {}) : breaker(with(o)) {}
  circuit_breaker_options with(circuit_breaker_options o) {
    o.now = [this] { return time; };
    o.on_change = [this](circuit_state to) {
      changes.push_back(to);
      EXPECT_EQ(breaker.state(), to);
    };
    return o;
  }
  /// True if the call was made.
  bool call(bool well) {
    bool made = false;
    testing::run_once([&](cancellation_token) -> task<> {
      auto f = [&]() -> task<> {
        made = true;
        if (!well)
          throw refused();
        co_return;
      };
      co_await breaker.call(f);
    });
    return made;
  }

  time_point time{};
  std::vector<circuit_state> changes;
  circuit_breaker breaker;
};

circuit_breaker_options two_failures() {
  return {.failures = 2, .window = 10s, .open_for = 5s};
}

TEST(CircuitBreaker, OpensAfterFailuresAndClosesAfterAProbe) {
  fixture f(two_failures());
  EXPECT_TRUE(f.call(false));
  EXPECT_EQ(f.breaker.state(), circuit_state::closed);
  EXPECT_TRUE(f.call(true));
  EXPECT_TRUE(f.call(false));
  EXPECT_EQ(f.breaker.state(), circuit_state::open);
  EXPECT_FALSE(f.call(true)) << "no call is made while it is open";
  f.time += 4s;
  EXPECT_FALSE(f.call(true));
  f.time += 1s;
  EXPECT_EQ(f.breaker.state(), circuit_state::half_open);
  EXPECT_TRUE(f.call(true));
  EXPECT_EQ(f.breaker.state(), circuit_state::closed);
  EXPECT_TRUE(f.call(false)) << "the failures of before are forgotten";
  EXPECT_EQ(f.breaker.state(), circuit_state::closed);
  EXPECT_EQ(f.changes,
            (std::vector{circuit_state::open, circuit_state::half_open,
                         circuit_state::closed}));
}

TEST(CircuitBreaker, AFailedProbeOpensItAgain) {
  fixture f(two_failures());
  f.call(false);
  f.call(false);
  f.time += 5s;
  EXPECT_TRUE(f.call(false));
  EXPECT_EQ(f.breaker.state(), circuit_state::open);
  EXPECT_FALSE(f.call(true));
  f.time += 5s;
  EXPECT_TRUE(f.call(true));
  EXPECT_EQ(f.breaker.state(), circuit_state::closed);
}

TEST(CircuitBreaker, CountsOnlyWithinTheWindow) {
  fixture f(two_failures());
  f.call(false);
  f.time += 11s;
  f.call(false);
  EXPECT_EQ(f.breaker.state(), circuit_state::closed);
  f.time += 10s;
  f.call(false);
  EXPECT_EQ(f.breaker.state(), circuit_state::open);
}

TEST(CircuitBreaker, MayWantSeveralSuccesses) {
  auto o = two_failures();
  o.successes = 2;
  fixture f(o);
  f.call(false);
  f.call(false);
  f.time += 5s;
  f.call(true);
  EXPECT_EQ(f.breaker.state(), circuit_state::half_open);
  f.call(true);
  EXPECT_EQ(f.breaker.state(), circuit_state::closed);
}

TEST(CircuitBreaker, TellsHowLongItIsOpen) {
  fixture f(two_failures());
  f.call(false);
  f.call(false);
  f.time += 2s;
  const run_report run = testing::run_once([&](cancellation_token) -> task<> {
    auto never = []() -> task<> { co_return; };
    co_await f.breaker.call(never);
  });
  try {
    std::rethrow_exception(run.error);
  } catch (const circuit_open &e) {
    EXPECT_EQ(e.retry_after(), 3s);
  }
}

TEST(CircuitBreaker, OtherErrorsAreAnswers) {
  auto o = two_failures();
  o.failures = 1;
  o.is_failure = [](const std::exception_ptr &error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::invalid_argument &) {
      return false;
    } catch (...) {
      return true;
    }
  };
  fixture f(o);
  const auto answers = [&] {
    return testing::run_once([&](cancellation_token) -> task<> {
             auto no = []() -> task<> {
               throw std::invalid_argument("no such thing");
               co_return;
             };
             co_await f.breaker.call(no);
           })
        .end;
  };
  EXPECT_EQ(answers(), run_report::threw);
  EXPECT_EQ(f.breaker.state(), circuit_state::closed);
  f.call(false);
  EXPECT_EQ(f.breaker.state(), circuit_state::open);
  f.time += 5s;
  EXPECT_EQ(answers(), run_report::threw);
  EXPECT_EQ(f.breaker.state(), circuit_state::closed);
}

TEST(CircuitBreaker, OnlySoManyProbesAtATime) {
  fixture f(two_failures());
  f.call(false);
  f.call(false);
  f.time += 5s;
  auto slow = [](cancellation_token token) -> task<> { co_await yield(token); };
  testing::run_once([&](cancellation_token token) -> task<> {
    using here_type = environment<task<>>;
    here_type here(co_await here_type::here(), token);
    const auto probe = here.start(
        [&](cancellation_token t) {
          return f.breaker.call([&slow, t] { return slow(t); });
        },
        token, [](outcome<void>) {});
    probe->begin();
    EXPECT_FALSE(f.call(true)) << "the probe is on its way";
    co_await yield();
    co_await yield();
    EXPECT_EQ(f.breaker.state(), circuit_state::closed);
  });
}

TEST(CircuitBreaker, ACallFromBeforeSaysNothingAboutAProbe) {
  fixture f(two_failures());
  testing::run_once([&](cancellation_token token) -> task<> {
    using here_type = environment<task<>>;
    here_type here(co_await here_type::here(), token);
    auto old = [](cancellation_token) -> task<> {
      co_await yield();
      throw refused();
    };
    const auto before = here.start(
        [&](cancellation_token t) {
          return f.breaker.call([&old, t] { return old(t); });
        },
        token, [](outcome<void>) {});
    before->begin();
    f.breaker.reset();
    co_await yield();
    co_await yield();
    f.call(false);
    EXPECT_EQ(f.breaker.state(), circuit_state::closed)
        << "one failure since the reset, not two";
    f.call(false);
    EXPECT_EQ(f.breaker.state(), circuit_state::open);
  });
}

TEST(CircuitBreaker, GivesResultsOfAnyKind) {
  fixture f;
  int there = 0;
  testing::run_once([&](cancellation_token) -> task<> {
    auto pointer = []() -> task<std::unique_ptr<int>> {
      co_await yield();
      co_return std::make_unique<int>(3);
    };
    auto reference = [&]() -> task<int &> { co_return there; };
    const std::unique_ptr<int> p = co_await f.breaker.call(pointer);
    EXPECT_EQ(*p, 3);
    int &r = co_await f.breaker.call(reference);
    EXPECT_EQ(&r, &there);
  });
}

TEST(CircuitBreaker, InterruptedWhileClosed) {
  // One failure opens it: whatever is counted shows.
  auto o = two_failures();
  o.failures = 1;
  std::unique_ptr<fixture> f;
  testing::interrupt_everywhere(
      [&](cancellation_token token) -> task<> {
        f = std::make_unique<fixture>(o);
        auto work = [token]() -> task<> {
          co_await yield(token);
          co_await yield(token);
        };
        co_await f->breaker.call(work);
      },
      [&](const run_report &run) {
        EXPECT_EQ(f->breaker.state(), run.how == interruption::fail
                                          ? circuit_state::open
                                          : circuit_state::closed)
            << run.describe();
      });
}

TEST(CircuitBreaker, AnInterruptedProbeGivesItsSlotBack) {
  std::unique_ptr<fixture> f;
  const std::size_t count = testing::interrupt_everywhere(
      [&](cancellation_token token) -> task<> {
        f = std::make_unique<fixture>(two_failures());
        f->call(false);
        f->call(false);
        f->time += 5s;
        auto work = [token]() -> task<> { co_await yield(token); };
        co_await f->breaker.call(work);
      },
      [&](const run_report &run) {
        switch (run.how) {
        case interruption::none:
          EXPECT_EQ(f->breaker.state(), circuit_state::closed);
          break;
        case interruption::fail:
          EXPECT_EQ(f->breaker.state(), circuit_state::open);
          break;
        default:
          EXPECT_EQ(f->breaker.state(), circuit_state::half_open)
              << run.describe();
          EXPECT_TRUE(f->call(true)) << run.describe();
          EXPECT_EQ(f->breaker.state(), circuit_state::closed);
        }
      });
  EXPECT_EQ(count, 1u);
}

TEST(CircuitBreaker, InAsio) {
  namespace net = codrop::detail::net;
  std::unique_ptr<fixture> f;
  testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        auto o = two_failures();
        o.failures = 1;
        f = std::make_unique<fixture>(o);
        auto work = []() -> net::awaitable<int> {
          net::steady_timer timer(co_await net::this_coro::executor, 1ms);
          co_await timer.async_wait(net::use_awaitable);
          co_return 3;
        };
        EXPECT_EQ(co_await f->breaker.call(work), 3);
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_EQ(f->breaker.state(), circuit_state::closed)
            << run.describe() << ": a cancelled call is no failure";
      });
}

TEST(CircuitBreaker, FromSeveralThreads) {
  circuit_breaker breaker({.failures = 3, .window = 1h, .open_for = 0s});
  std::atomic<int> made{0}, refusals{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const run_report run =
            testing::run_once([&](cancellation_token) -> task<> {
              auto f = [&]() -> task<> {
                ++made;
                co_await yield();
                if ((i + t) % 3 == 0)
                  throw refused();
              };
              co_await breaker.call(f);
            });
        if (run.end == run_report::threw)
          ++refusals;
      }
    });
  for (auto &thread : threads)
    thread.join();
  EXPECT_GT(made, 0);
  EXPECT_LE(made, 8000);
  // Whatever has happened, all slots are there.
  testing::run_once([&](cancellation_token) -> task<> {
    auto f = []() -> task<> { co_return; };
    co_await breaker.call(f);
  });
  EXPECT_EQ(breaker.state(), circuit_state::closed);
}

} // namespace
} // namespace codrop
