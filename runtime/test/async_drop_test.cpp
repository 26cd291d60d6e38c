// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// threads
//
// Closed in the order of destruction, all of it, with every error kept.
#include <codrop/async_drop.hpp>

#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>
#include <codrop/with_resource.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <forward_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace codrop {
namespace {

using testing::interruption;
using testing::run_report;
using testing::task;
using testing::yield;
namespace net = codrop::detail::net;

std::string closed;

/// Writes its name when it is closed; a capital letter throws.
struct part {
  char name;
  task<> close() {
    co_await yield();
    closed += name;
    if (name >= 'A' && name <= 'Z')
      throw std::runtime_error(std::string(1, name));
  }
};

template <class T>
std::string drop(T &&value, std::string *errors = nullptr) {
  closed.clear();
  const run_report run = testing::run_once([&](cancellation_token) -> task<> {
    try {
      co_await async_drop(std::forward<T>(value));
    } catch (const drop_errors &e) {
      if (errors != nullptr)
        *errors = std::to_string(e.errors().size()) + ": " + e.what();
    }
  });
  EXPECT_EQ(run.end, run_report::returned);
  return closed;
}

TEST(AsyncDrop, ClosesWhatIsHeldInReverseOrder) {
  EXPECT_EQ(drop(part{'a'}), "a");
  EXPECT_EQ(drop(std::tuple(part{'a'}, 1, part{'b'})), "ba");
  EXPECT_EQ(drop(std::pair(part{'a'}, part{'b'})), "ba");
  EXPECT_EQ(drop(std::vector{part{'a'}, part{'b'}, part{'c'}}), "cba");
  EXPECT_EQ(drop(std::forward_list{part{'a'}, part{'b'}}), "ba");
  EXPECT_EQ(drop(std::array{part{'a'}, part{'b'}}), "ba");
  EXPECT_EQ(drop(std::optional(part{'a'})), "a");
  EXPECT_EQ(drop(std::optional<part>()), "");
  EXPECT_EQ(drop(std::make_unique<part>(part{'a'})), "a");
  EXPECT_EQ(drop(std::unique_ptr<part>()), "");
  EXPECT_EQ(drop(std::variant<int, part>(part{'a'})), "a");
  EXPECT_EQ(drop(std::variant<int, part>(1)), "");
  EXPECT_EQ(drop(std::map<int, part>{{1, part{'a'}}, {2, part{'b'}}}), "ba");
  std::vector<std::optional<std::unique_ptr<part>>> nested(3);
  nested[0].emplace(std::make_unique<part>(part{'a'}));
  nested[2].emplace(std::make_unique<part>(part{'c'}));
  EXPECT_EQ(drop(std::move(nested)), "ca");
  part kept[] = {part{'a'}, part{'b'}};
  EXPECT_EQ(drop(kept), "ba");
}

TEST(AsyncDrop, LeavesAloneWhatIsNotOwned) {
  static_assert(!async_droppable<int>);
  static_assert(!async_droppable<std::string>);
  static_assert(!async_droppable<std::filesystem::path>);
  static_assert(!async_droppable<part *>);
  static_assert(!async_droppable<std::shared_ptr<part>>);
  static_assert(!async_droppable<std::span<part>>);
  static_assert(!async_droppable<const part>);
  static_assert(!async_droppable<const std::vector<part>>);
  static_assert(async_droppable<std::vector<part> &>);
}

/// Closes itself, then what it holds.
struct house {
  part self{'h'};
  part kitchen{'k'};
  std::vector<part> rooms;
  std::unique_ptr<house> annex;

  task<> async_close() {
    co_await self.close();
    rooms.push_back(part{'s'}); // Looked at after this.
  }
  auto async_drop_members() { return std::tie(kitchen, rooms, annex); }
};

house make_house() {
  house h;
  h.rooms = {part{'a'}, part{'b'}};
  h.annex = std::make_unique<house>();
  return h;
}

TEST(AsyncDrop, ClosesTheValueThenItsMembers) {
  // The annex is the last member.
  EXPECT_EQ(drop(make_house()), "hhsksbak");
}

struct foreign {
  part a{'a'}, b{'b'};
};

} // namespace

template <>
struct drop_members<foreign> {
  static auto of(foreign &value) { return std::tie(value.a, value.b); }
};

namespace {

TEST(AsyncDrop, TakesForeignTypes) { EXPECT_EQ(drop(foreign{}), "ba"); }

TEST(AsyncDrop, KeepsEveryErrorAndGoesOn) {
  std::string errors;
  EXPECT_EQ(
      drop(std::vector{part{'a'}, part{'B'}, part{'c'}, part{'D'}}, &errors),
      "DcBa");
  EXPECT_EQ(errors, "2: D; B");
  house h = make_house();
  h.self.name = 'H';
  h.kitchen.name = 'K';
  EXPECT_EQ(drop(h, &errors), "HhskbaK")
      << "what holds others and cannot be closed does not keep them open";
  EXPECT_EQ(errors, "2: H; K");
}

TEST(AsyncDrop, IsAllDoneUnlessItsFrameIsDestroyed) {
  const std::size_t suspensions = testing::interrupt_everywhere(
      [](cancellation_token) {
        closed.clear();
        return async_drop(make_house());
      },
      [](const run_report &run) {
        if (run.how == interruption::none || run.how == interruption::cancel)
          EXPECT_EQ(closed, "hhsksbak") << run.describe();
        else if (run.how == interruption::destroy)
          EXPECT_EQ(closed.size(), run.at - 1) << run.describe();
        else
          EXPECT_GE(closed.size(), 6u)
              << "one close has failed, " << run.describe();
        EXPECT_EQ(run.end == run_report::threw, run.how == interruption::fail)
            << run.describe();
      });
  EXPECT_EQ(suspensions, 8u);
}

TEST(AsyncDrop, Concurrently) {
  part a{'a'}, b{'B'}, c{'c'};
  std::vector<part> many{part{'x'}, part{'Y'}, part{'z'}};
  std::string errors;
  EXPECT_EQ(drop(concurrently(a, b, c), &errors), "aBc");
  EXPECT_EQ(errors, "1: B");
  EXPECT_EQ(drop(concurrently(a, many), &errors), "axYz");
  EXPECT_EQ(drop(in_order(a, concurrently(b, c), many), &errors), "zYxBca");
  EXPECT_EQ(errors, "2: Y; B");
}

TEST(AsyncDrop, ConcurrentlyTakesOneSuspensionEach) {
  std::vector<part> many{part{'x'}, part{'y'}, part{'z'}};
  const std::size_t suspensions = testing::interrupt_everywhere(
      [&](cancellation_token) {
        closed.clear();
        return async_drop(concurrently(many));
      },
      [](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        if (run.how == interruption::none || run.how == interruption::cancel)
          EXPECT_EQ(closed, "xyz") << run.describe();
        else if (run.how == interruption::destroy)
          EXPECT_LT(closed.size(), 3u) << run.describe();
      });
  EXPECT_EQ(suspensions, 4u) << "one each, and the wait for them";
}

TEST(AsyncDrop, IsTheCloseOfAResource) {
  closed.clear();
  testing::run_once([&](cancellation_token) -> task<> {
    const auto body = [](std::vector<part> &) -> task<> { co_await yield(); };
    co_await with_resource(std::vector{part{'a'}, part{'b'}}, body, async_drop);
  });
  EXPECT_EQ(closed, "ba");
}

TEST(AsyncDrop, TheCoroutineTypeCanBeNamed) {
  struct only_an_awaiter {
    static yield close() {
      closed += 'x';
      return yield();
    }
  };
  closed.clear();
  testing::run_once([&](cancellation_token) -> task<> {
    co_await async_drop_as<task<>>(std::vector<only_an_awaiter>(2));
  });
  EXPECT_EQ(closed, "xx");
}

// Asio

struct asio_part {
  std::atomic<int> *count;
  std::chrono::milliseconds time{1};
  net::awaitable<void> close() {
    net::steady_timer timer(co_await net::this_coro::executor, time);
    co_await timer.async_wait(net::use_awaitable);
    ++*count;
  }
};

net::awaitable<void> drops_in_asio(std::atomic<int> &count) {
  asio_part a{&count}, b{&count}, c{&count};
  co_await async_drop(in_order(a, concurrently(b, c)));
}

TEST(AsyncDropAsio, IsAllDoneUnlessItsFrameIsDestroyed) {
  std::atomic<int> count = 0;
  testing::interrupt_everywhere_in_asio(
      [&] {
        count = 0;
        return drops_in_asio(count);
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        if (run.end == run_report::destroyed)
          return;
        // Cancelled before it has begun: that is the await of the caller.
        const bool begun = run.end == run_report::returned || count != 0;
        EXPECT_EQ(count, begun ? 3 : 0) << run.describe();
      });
}

TEST(AsyncDropAsio, ConcurrentlyInSeveralThreads) {
  std::atomic<int> count = 0;
  net::thread_pool pool(4);
  std::atomic<bool> done = false;
  auto drops = [&]() -> net::awaitable<void> {
    for (int i = 0; i < 20; ++i) {
      std::vector<asio_part> many(
          8, asio_part{&count, std::chrono::milliseconds(0)});
      co_await async_drop(concurrently(many));
      EXPECT_EQ(count, 8 * (i + 1));
    }
    done = true;
  };
  net::co_spawn(pool, drops, net::detached);
  pool.join();
  EXPECT_TRUE(done);
}

} // namespace
} // namespace codrop
