// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/staged.hpp>
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace codrop {
namespace {

struct account {
  std::string name;
  int balance = 0;
  std::vector<int> history;
  friend bool operator==(const account &, const account &) = default;
};
struct opaque {
  std::vector<int> values;
};
struct plain {
  int a = 0, b = 0;
};

TEST(Staged, CommitsTheCopy) {
  account original{"a", 1, {}};
  staged next(original);
  next->balance = 5;
  (*next).history.push_back(4);
  EXPECT_EQ(original, (account{"a", 1, {}}));
  EXPECT_TRUE(next.is_current());
  next.commit();
  EXPECT_EQ(original, (account{"a", 5, {4}}));
}

TEST(Staged, DropsTheCopy) {
  account original{"a", 1, {}};
  {
    staged next(original);
    next->balance = 5;
  }
  EXPECT_EQ(original.balance, 1);
}

TEST(Staged, TellsThatTheOriginalHasChanged) {
  account original{"a", 1, {}};
  staged next(original);
  next->balance = 5;
  original.name = "b";
  EXPECT_FALSE(next.is_current());
  EXPECT_FALSE(next.commit_if_unchanged());
  EXPECT_THROW(next.commit(), stale_original);
  EXPECT_EQ(original, (account{"b", 1, {}}));
  next.rebase();
  next->balance = 6;
  next.commit();
  EXPECT_EQ(original, (account{"b", 6, {}}));
}

TEST(Staged, OverwritesWhenTold) {
  account original{"a", 1, {}};
  staged next(original);
  next->balance = 5;
  original.balance = 2;
  next.overwrite();
  EXPECT_EQ(original.balance, 5);
}

TEST(Staged, CommitsOnce) {
  account original{"a", 1, {}};
  staged next(original);
  next.commit();
  EXPECT_THROW(next.commit(), stale_original);
  next.overwrite();
  EXPECT_EQ(original.name, "a") << "the copy has been moved away";
}

TEST(Staged, ComparesWhatHasNoOperator) {
  plain original;
  staged next(original);
  next->a = 3;
  original.b = 1;
  EXPECT_FALSE(next.commit_if_unchanged());
  next.rebase();
  next->a = 3;
  EXPECT_TRUE(next.commit_if_unchanged());
  EXPECT_EQ(original.a, 3);
}

TEST(Staged, ANumberMayBeStaged) {
  int original = 1;
  staged next(original);
  *next = 2;
  next.commit();
  EXPECT_EQ(original, 2);
}

TEST(Staged, AVersionTellsWhatHasChangedBack) {
  versioned<opaque> original;
  staged next(original);
  next->values = {1};
  original.set(opaque());
  EXPECT_FALSE(next.commit_if_unchanged());
  next.rebase();
  next->values = {2};
  next.commit();
  EXPECT_EQ(original->values, std::vector<int>{2});
  EXPECT_EQ(original.version(), 2u);
  EXPECT_EQ(original.modify([](opaque &o) { return o.values.size(); }), 1u);
  EXPECT_EQ(original.version(), 3u);
}

TEST(Staged, TwoCoroutinesDoNotLoseAnUpdate) {
  versioned<account> original;
  int retries = 0;
  const auto deposit = [&](int amount) -> testing::task<> {
    staged next(original);
    for (;;) {
      next->balance += amount;
      co_await testing::yield();
      if (next.commit_if_unchanged())
        break;
      ++retries;
      next.rebase();
    }
  };
  const auto both = [&](cancellation_token) -> testing::task<> {
    using here_type = environment<testing::task<>>;
    here_type here(co_await here_type::here());
    bool ended = false;
    auto first = [&](cancellation_token) { return deposit(10); };
    const auto beside =
        here.start(first, {}, [&ended](outcome<void>) { ended = true; });
    beside->begin();
    co_await deposit(1);
    while (!ended)
      co_await testing::yield();
  };
  EXPECT_EQ(testing::run_once(both).end, testing::run_report::returned);
  EXPECT_EQ(original->balance, 11);
  EXPECT_EQ(retries, 1);
}

TEST(Staged, IsWholeWhereverItsCoroutineIsInterrupted) {
  account original;
  const std::size_t count = testing::interrupt_everywhere(
      [&](cancellation_token token) -> testing::task<> {
        staged next(original);
        next->balance += 1;
        co_await testing::yield(token);
        next->history.push_back(1);
        co_await testing::yield(token);
        next.commit();
      },
      [&](const testing::run_report &run) {
        const account expected = run.end == testing::run_report::returned
                                     ? account{"", 1, {1}}
                                     : account();
        EXPECT_EQ(original, expected) << run.describe();
        original = account();
      });
  EXPECT_EQ(count, 2u);
}

namespace net = codrop::detail::net;

TEST(Staged, IsWholeInAsioToo) {
  account original;
  testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        staged next(original);
        next->balance += 1;
        net::steady_timer timer(co_await net::this_coro::executor,
                                std::chrono::milliseconds(1));
        co_await timer.async_wait(net::use_awaitable);
        next->history.push_back(1);
        co_await net::post(net::use_awaitable);
        next.commit();
      },
      [&](const testing::run_report &run) {
        const account expected = run.end == testing::run_report::returned
                                     ? account{"", 1, {1}}
                                     : account();
        EXPECT_EQ(original, expected) << run.describe();
        original = account();
      });
}

} // namespace
} // namespace codrop
