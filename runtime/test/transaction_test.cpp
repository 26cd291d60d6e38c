// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>
#include <codrop/transaction.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace codrop {
namespace {

using testing::interruption;
using testing::run_report;
using testing::task;
using testing::yield;
namespace net = codrop::detail::net;

/// What happened to a transaction, in the words of its calls.
struct journal {
  std::vector<std::string> log;
  bool commit_fails = false, rollback_fails = false;

  [[nodiscard]] bool has(const std::string &word) const {
    return std::find(log.begin(), log.end(), word) != log.end();
  }
};

struct fake {
  std::unique_ptr<int> only_moves = std::make_unique<int>(1);
  journal *to;

  explicit fake(journal &j) : to(&j) { to->log.emplace_back("begin"); }
  task<> commit() {
    to->log.emplace_back("commit");
    co_await yield();
    if (to->commit_fails)
      throw std::runtime_error("commit");
    to->log.emplace_back("committed");
  }
  task<> rollback() {
    to->log.emplace_back("rollback");
    co_await yield();
    if (to->rollback_fails)
      throw std::runtime_error("rollback");
    to->log.emplace_back("rolled back");
  }
  void abandon() noexcept { to->log.emplace_back("abandon"); }
};

using words = std::vector<std::string>;

task<int> changes(journal &j, cancellation_token token, bool throws = false) {
  auto begin = [&j]() -> task<fake> {
    co_await yield();
    co_return fake(j);
  };
  auto body = [&](fake &) -> task<int> {
    co_await yield(token);
    j.log.emplace_back("body");
    if (throws)
      throw std::logic_error("body");
    co_return 3;
  };
  co_return co_await with_transaction(std::move(begin), std::move(body));
}

TEST(Transaction, CommitsWhatReturns) {
  journal j;
  int result = 0;
  testing::run_once([&](cancellation_token token) -> task<> {
    result = co_await changes(j, token);
  });
  EXPECT_EQ(result, 3);
  EXPECT_EQ(j.log, (words{"begin", "body", "commit", "committed"}));
}

TEST(Transaction, RollsBackWhatThrows) {
  journal j;
  const run_report run = testing::run_once(
      [&](cancellation_token token) { return changes(j, token, true); });
  EXPECT_THROW(std::rethrow_exception(run.error), std::logic_error);
  EXPECT_EQ(j.log, (words{"begin", "body", "rollback", "rolled back"}));
}

TEST(Transaction, ARollbackThatFailsHidesNothing) {
  journal j;
  j.rollback_fails = true;
  const run_report run = testing::run_once(
      [&](cancellation_token token) { return changes(j, token, true); });
  EXPECT_THROW(std::rethrow_exception(run.error), std::logic_error);
  EXPECT_EQ(j.log, (words{"begin", "body", "rollback", "abandon"}));
}

TEST(Transaction, RollsBackWhenTheCommitFails) {
  journal j;
  j.commit_fails = true;
  const run_report run = testing::run_once(
      [&](cancellation_token token) { return changes(j, token); });
  try {
    std::rethrow_exception(run.error);
  } catch (const std::runtime_error &error) {
    EXPECT_STREQ(error.what(), "commit");
  }
  EXPECT_EQ(j.log,
            (words{"begin", "body", "commit", "rollback", "rolled back"}));
}

TEST(Transaction, SaysThatACommitIsUnknown) {
  journal j;
  j.commit_fails = j.rollback_fails = true;
  const run_report run = testing::run_once(
      [&](cancellation_token token) { return changes(j, token); });
  EXPECT_THROW(std::rethrow_exception(run.error), commit_unknown);
  EXPECT_EQ(j.log, (words{"begin", "body", "commit", "rollback", "abandon"}));
}

TEST(Transaction, EndsWhereverItIsInterrupted) {
  journal j;
  const std::size_t count = testing::interrupt_everywhere(
      [&](cancellation_token token) { return changes(j, token); },
      [&](const run_report &run) {
        if (!j.has("begin")) {
          EXPECT_NE(run.end, run_report::returned) << run.describe();
        } else {
          EXPECT_EQ(static_cast<int>(j.has("committed")) +
                        static_cast<int>(j.has("rolled back")) +
                        static_cast<int>(j.has("abandon")),
                    1)
              << run.describe();
          EXPECT_EQ(j.has("committed"), run.end == run_report::returned)
              << run.describe();
        }
        j = journal();
      });
  EXPECT_EQ(count, 3u);
}

TEST(Transaction, AGuardIsAbandonedUnlessCommitted) {
  journal j;
  const auto run = [&](bool commit, bool rollback) {
    j = journal();
    auto work = [&](cancellation_token) -> task<> {
      transaction_guard guard{fake(j)};
      EXPECT_EQ(*guard->only_moves, 1);
      co_await yield();
      if (commit)
        co_await guard.commit();
      if (rollback)
        co_await guard.rollback();
      EXPECT_EQ(guard.is_open(), !commit && !rollback);
    };
    testing::run_once(work);
    return j.log;
  };
  EXPECT_EQ(run(false, false), (words{"begin", "abandon"}));
  EXPECT_EQ(run(true, false), (words{"begin", "commit", "committed"}));
  EXPECT_EQ(run(false, true), (words{"begin", "rollback", "rolled back"}));
}

TEST(Transaction, IsHandedOverWhereNothingCanBeAwaited) {
  std::optional<fake> handed;
  journal j;
  auto work = [&](cancellation_token) -> task<> {
    auto take = [&handed](fake &&open) { handed.emplace(std::move(open)); };
    transaction_guard guard(fake(j), take);
    co_await yield();
    ADD_FAILURE() << "destroyed";
  };
  testing::run_once(work, interruption::destroy, 1);
  ASSERT_TRUE(handed);
  EXPECT_NE(handed->only_moves, nullptr);
  EXPECT_EQ(j.log, words{"begin"});
}

task<commit_outcome> tries(journal &j, cancellation_token token) {
  transaction_guard guard{fake(j)};
  co_return co_await try_commit_cancel(guard, token);
}

TEST(Transaction, TellsTheOutcomeOfACommit) {
  const auto outcome_of = [](journal j, bool cancelled) {
    commit_outcome result;
    const cancellation_source source;
    if (cancelled)
      source.request();
    auto work = [&](cancellation_token) -> task<> {
      result = co_await tries(j, source.token());
    };
    EXPECT_EQ(testing::run_once(work).end, run_report::returned);
    return result;
  };
  EXPECT_EQ(outcome_of({}, false).state, transaction_state::committed);
  EXPECT_EQ(outcome_of({}, true).state, transaction_state::rolled_back);
  EXPECT_EQ(outcome_of({}, true).error, nullptr);
  EXPECT_EQ(outcome_of({{}, true, false}, false).state,
            transaction_state::rolled_back);
  EXPECT_NE(outcome_of({{}, true, false}, false).error, nullptr);
  EXPECT_EQ(outcome_of({{}, true, true}, false).state,
            transaction_state::unknown);
  EXPECT_EQ(outcome_of({{}, false, true}, true).state,
            transaction_state::rolled_back);
}

struct knows : fake {
  using fake::fake;
  transaction_state state_after(const std::exception_ptr &) const noexcept {
    return transaction_state::unknown;
  }
};

TEST(Transaction, AsksTheTransactionWhatAFailedCommitMeans) {
  journal j;
  j.commit_fails = true;
  auto work = [&](cancellation_token) -> task<> {
    transaction_guard guard{knows(j)};
    const commit_outcome result = co_await try_commit_cancel(guard);
    EXPECT_EQ(result.state, transaction_state::unknown);
  };
  testing::run_once(work);
  EXPECT_EQ(j.log, (words{"begin", "commit", "abandon"}));
}

struct asio_fake {
  journal *to;
  explicit asio_fake(journal &j) : to(&j) { to->log.emplace_back("begin"); }
  static net::awaitable<void> wait() {
    net::steady_timer timer(co_await net::this_coro::executor,
                            std::chrono::milliseconds(1));
    co_await timer.async_wait(net::use_awaitable);
  }
  net::awaitable<void> commit() {
    co_await wait();
    to->log.emplace_back("committed");
  }
  net::awaitable<void> rollback() {
    co_await wait();
    to->log.emplace_back("rolled back");
  }
  void abandon() noexcept { to->log.emplace_back("abandon"); }
};

TEST(TransactionAsio, EndsWhereverItIsInterrupted) {
  journal j;
  testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        auto begin = [&]() -> net::awaitable<asio_fake> {
          co_await asio_fake::wait();
          co_return asio_fake(j);
        };
        auto body = [&](asio_fake &) -> net::awaitable<void> {
          co_await asio_fake::wait();
          co_await asio_fake::wait();
        };
        co_await with_transaction(std::move(begin), std::move(body));
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        if (j.has("begin")) {
          EXPECT_EQ(j.log.size(), 2u) << run.describe();
          if (run.end == run_report::returned) {
            EXPECT_TRUE(j.has("committed")) << run.describe();
          }
          if (run.how == interruption::cancel) {
            EXPECT_FALSE(j.has("abandon"))
                << "can be awaited: " << run.describe();
          }
        }
        j = journal();
      });
}

} // namespace
} // namespace codrop
