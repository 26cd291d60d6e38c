// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// threads
//
// What is handed over is awaited or told of: nothing is lost.
#include <codrop/cleanup_scope.hpp>

#include <codrop/must_close.hpp>
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace codrop {
namespace {

using testing::interruption;
using testing::run_report;
using testing::task;
using testing::yield;
namespace net = codrop::detail::net;

std::atomic<int> told = 0;
class CleanupScope : public ::testing::Test {
protected:
  CleanupScope()
      : before_(set_report_handler([](const report &what) noexcept {
          told += what.why == report::not_drained ? 1 : 100;
        })) {
    told = 0;
    closed.clear();
  }
  ~CleanupScope() override { set_report_handler(before_); }

public:
  static inline std::string closed;

private:
  report_handler before_;
};
using CleanupScopeAsio = CleanupScope;

/// Writes its name when it is closed; a capital letter throws.
struct part {
  char name;
  task<> close() const {
    co_await yield();
    CleanupScope::closed += name;
    if (name >= 'A' && name <= 'Z')
      throw std::runtime_error(std::string(1, name));
  }
};

/// Hands over when it is destroyed.
class hands_over {
public:
  hands_over(cleanup_scope<task<>> &scope, char name)
      : scope_(&scope), name_(name) {}
  hands_over(const hands_over &) = delete;
  hands_over &operator=(const hands_over &) = delete;
  ~hands_over() { scope_->hand_over(part{name_}); }

private:
  cleanup_scope<task<>> *scope_;
  char name_;
};

TEST_F(CleanupScope, DrainsInTheOrderOfHandingOver) {
  testing::run_once([](cancellation_token) -> task<> {
    cleanup_scope<task<>> scope;
    {
      const hands_over a(scope, 'a');
      const hands_over b(scope, 'b');
    }
    scope.hand_over(std::vector<part>(2, part{'v'}));
    const auto yields = [] { return yield(); };
    scope.add(yields);
    EXPECT_EQ(scope.size(), 4u);
    co_await scope.drain();
    EXPECT_EQ(scope.size(), 0u);
    EXPECT_EQ(closed, "bavv");
    co_await scope.drain();
    scope.hand_over(part{'c'});
    co_await scope.drain();
    EXPECT_EQ(closed, "bavvc") << "it may be drained again";
  });
  EXPECT_EQ(told, 0);
}

TEST_F(CleanupScope, DrainsWhatIsHandedOverMeanwhile) {
  testing::run_once([](cancellation_token) -> task<> {
    cleanup_scope<task<>> scope;
    auto closes = [&scope]() -> task<int> {
      const hands_over later(scope, 'b');
      co_await yield();
      closed += 'a';
      co_return 1;
    };
    scope.add(closes);
    co_await scope.drain();
  });
  EXPECT_EQ(closed, "ab");
  EXPECT_EQ(told, 0);
}

TEST_F(CleanupScope, KeepsEveryError) {
  std::string errors;
  testing::run_once([&](cancellation_token) -> task<> {
    cleanup_scope<task<>> scope;
    scope.hand_over(part{'A'});
    scope.hand_over(part{'b'});
    auto throws = []() -> task<> {
      co_await yield();
      throw std::runtime_error("function");
    };
    scope.add(throws);
    try {
      co_await scope.drain();
    } catch (const drop_errors &e) {
      errors = e.what();
    }
  });
  EXPECT_EQ(closed, "Ab");
  EXPECT_EQ(errors, "A; function");
}

TEST_F(CleanupScope, TellsWhatWasNotDrained) {
  {
    cleanup_scope<task<>> scope;
    scope.hand_over(part{'a'});
    scope.hand_over(part{'b'});
  }
  EXPECT_EQ(told, 2);
}

TEST_F(CleanupScope, TellsWhatComesTooLate) {
  auto scope = std::make_unique<cleanup_scope<task<>>>();
  {
    const must_close kept(part{'a'}, hand_over_to(*scope));
    scope.reset();
    EXPECT_EQ(told, 0);
  }
  EXPECT_EQ(told, 1);
}

TEST_F(CleanupScope, NothingIsLostByAnInterruption) {
  std::optional<cleanup_scope<task<>>> scope;
  const std::size_t suspensions = testing::interrupt_everywhere(
      [&](cancellation_token token) {
        closed.clear();
        scope.emplace();
        scope->hand_over(part{'a'});
        scope->hand_over(part{'b'});
        scope->hand_over(part{'c'});
        static_cast<void>(token);
        return scope->drain();
      },
      [&](const run_report &run) {
        const bool failed = run.how == interruption::fail;
        EXPECT_EQ(closed.size() + scope->size() + (failed ? 1 : 0), 3u)
            << "drained, there or thrown, " << run.describe();
        EXPECT_EQ(scope->size() != 0, run.how == interruption::destroy)
            << run.describe();
        testing::run_once([&](cancellation_token) { return scope->drain(); });
        EXPECT_EQ(closed.size() + (failed ? 1 : 0), 3u)
            << "the next one drains it, " << run.describe();
      });
  EXPECT_EQ(suspensions, 3u);
  EXPECT_EQ(told, 0);
}

// Asio

using asio_task = net::awaitable<void>;

struct asio_part {
  std::atomic<int> *count;
  asio_task close() const {
    co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
    co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
    ++*count;
  }
};

TEST_F(CleanupScopeAsio, NothingIsLostByAnInterruption) {
  std::atomic<int> count = 0;
  std::optional<cleanup_scope<asio_task>> scope;
  testing::interrupt_everywhere_in_asio(
      [&] {
        count = 0;
        scope.emplace();
        scope->hand_over(asio_part{&count});
        scope->hand_over(asio_part{&count});
        return scope->drain();
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_EQ(count + static_cast<int>(scope->size()), 2) << run.describe();
        testing::run_once_in_asio([&] { return scope->drain(); });
        EXPECT_EQ(count, 2) << run.describe();
      });
  EXPECT_EQ(told, 0);
}

TEST_F(CleanupScopeAsio, AFrameThatIsDestroyedWithTheContextHandsOver) {
  std::atomic<int> count = 0;
  cleanup_scope<asio_task> scope;
  testing::interrupt_everywhere_in_asio(
      [&]() -> asio_task {
        count = 0;
        // The scope closes it where an await throws.
        // NOLINTNEXTLINE(codrop-unawaited-close)
        must_close kept(asio_part{&count}, hand_over_to(scope));
        co_await net::post(co_await net::this_coro::executor,
                           net::use_awaitable);
        co_await kept.close();
      },
      [&](const run_report &run) {
        testing::run_once_in_asio([&] { return scope.drain(); });
        EXPECT_EQ(scope.size(), 0u);
        EXPECT_LE(count, 1) << run.describe();
        if (run.end == run_report::returned) {
          EXPECT_EQ(count, 1) << run.describe();
        }
      });
  EXPECT_EQ(told, 0);
}

TEST_F(CleanupScopeAsio, TakesFromManyThreadsWhileItDrains) {
  constexpr int threads = 4, each = 200;
  std::atomic<int> count = 0;
  cleanup_scope<asio_task> scope;
  std::vector<std::thread> producers;
  for (int i = 0; i < threads; ++i)
    producers.emplace_back([&] {
      for (int n = 0; n < each; ++n)
        const must_close dropped(asio_part{&count}, hand_over_to(scope));
    });
  net::thread_pool pool(2);
  const auto drain = [&] { net::co_spawn(pool, scope.drain(), net::detached); };
  drain();
  drain();
  for (std::thread &producer : producers)
    producer.join();
  drain();
  pool.join();
  EXPECT_EQ(count, threads * each);
  EXPECT_EQ(scope.size(), 0u);
  EXPECT_EQ(told, 0);
}

} // namespace
} // namespace codrop
