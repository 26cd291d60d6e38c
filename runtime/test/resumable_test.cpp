// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "file_steps.hpp"

#include <codrop/asio_offload.hpp>
#include <codrop/resumable.hpp>
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace codrop {
namespace {

using testing::interruption;
using testing::run_report;
using testing::task;
using testing::temporary_directory;
using testing::yield;

struct sum {
  int next = 1;
  int total = 0;
};
constexpr int last = 5, whole = 15;

/// Adds one number, in two halves that belong together.
task<step_result> add(sum &state, cancellation_token token) {
  state.total += state.next;
  co_await yield(token);
  ++state.next;
  co_return state.next > last ? step_result::done : step_result::more;
}

template <class Store>
task<int> compute(std::shared_ptr<Store> store, cancellation_token token,
                  resumable_options options = {}) {
  resumable computation("sum 1", sum(), store, inline_offload(),
                        std::move(options));
  auto step = [token](sum &state) { return add(state, token); };
  const sum result = co_await computation.run(std::move(step), token);
  co_return result.total;
}

template <class Store>
std::optional<int> finish(std::shared_ptr<Store> store) {
  std::optional<int> result;
  auto work = [&](cancellation_token token) -> task<> {
    result = co_await compute(store, token);
  };
  testing::run_once(work);
  return result;
}

TEST(Resumable, Computes) {
  const auto store = std::make_shared<memory_checkpoint_store>();
  EXPECT_EQ(finish(store), whole);
  EXPECT_EQ(store->saves(), 5u);
}

TEST(Resumable, GivesItsResultAgainUntilForgotten) {
  const auto store = std::make_shared<memory_checkpoint_store>();
  auto work = [&](cancellation_token) -> task<> {
    resumable computation("sum", sum(), store);
    int steps = 0;
    auto step = [&steps](sum &state) {
      ++steps;
      return add(state, {});
    };
    EXPECT_EQ((co_await computation.run(step)).total, whole);
    EXPECT_EQ((co_await computation.run(step)).total, whole);
    EXPECT_EQ(steps, 5);
    co_await computation.forget();
    EXPECT_FALSE(store->load());
    EXPECT_EQ((co_await computation.run(step)).total, whole);
    EXPECT_EQ(steps, 10);
  };
  EXPECT_EQ(testing::run_once(work).end, run_report::returned);
}

TEST(Resumable, GoesOnWhereverItIsInterrupted) {
  auto store = std::make_shared<memory_checkpoint_store>();
  const std::size_t count = testing::interrupt_everywhere(
      [&](cancellation_token token) { return compute(store, token); },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        std::uint64_t resumed = 0, steps = 0;
        resumable_options options;
        options.on_progress = [&](const progress &at) {
          resumed = at.resumed;
          steps = at.steps;
        };
        std::optional<int> result;
        auto again = [&](cancellation_token token) -> task<> {
          result = co_await compute(store, token, options);
        };
        testing::run_once(again);
        EXPECT_EQ(result, whole) << run.describe();
        if (run.how != interruption::none) {
          EXPECT_EQ(resumed, run.at - 1) << run.describe();
          EXPECT_EQ(steps, 5u) << run.describe();
        }
        store = std::make_shared<memory_checkpoint_store>();
      });
  EXPECT_EQ(count, 5u);
}

TEST(Resumable, SavesSeldomButWhenItIsStopped) {
  for (const interruption how :
       {interruption::cancel, interruption::fail, interruption::destroy}) {
    const auto store = std::make_shared<memory_checkpoint_store>();
    resumable_options options;
    options.steps_between_checkpoints = 2;
    std::vector<bool> saved;
    options.on_progress = [&](const progress &at) {
      saved.push_back(at.saved);
    };
    testing::run_once(
        [&](cancellation_token token) {
          return compute(store, token, options);
        },
        how, 4);
    EXPECT_EQ(saved, (std::vector<bool>{false, true, false}));
    const std::optional<std::string> data = store->load();
    ASSERT_TRUE(data);
    EXPECT_EQ(detail::checkpoint::decode(*data, "sum 1").steps,
              how == interruption::destroy ? 2u : 3u);
    EXPECT_EQ(finish(store), whole);
  }
}

TEST(Resumable, RefusesWhatIsNotItsOwn) {
  const auto store = std::make_shared<memory_checkpoint_store>();
  testing::run_once(
      [&](cancellation_token token) { return compute(store, token); },
      interruption::cancel, 3);
  auto other = [&](cancellation_token) -> task<> {
    resumable computation("sum 2", sum(), store);
    co_await computation.run([](sum &state) { return add(state, {}); });
  };
  const run_report run = testing::run_once(other);
  ASSERT_EQ(run.end, run_report::threw);
  try {
    std::rethrow_exception(run.error);
  } catch (const checkpoint_error &error) {
    EXPECT_EQ(error.why(), checkpoint_error::foreign);
    EXPECT_STREQ(error.what(), "the checkpoint is of 'sum 1', not of 'sum 2'");
  }
  auto resized = [&](cancellation_token) -> task<> {
    resumable computation("sum 1", 'x', store);
    co_await computation.run(
        [](char &) -> task<step_result> { co_return step_result::done; });
  };
  EXPECT_THROW(std::rethrow_exception(testing::run_once(resized).error),
               checkpoint_error);
  EXPECT_EQ(finish(store), whole) << "the checkpoint is still there";
}

TEST(Resumable, RefusesWhatIsDamaged) {
  const auto store = std::make_shared<memory_checkpoint_store>();
  testing::run_once(
      [&](cancellation_token token) { return compute(store, token); },
      interruption::cancel, 3);
  const std::string good = *store->load();
  const auto refuses = [&](const std::string &data) {
    store->save(data);
    const run_report run = testing::run_once(
        [&](cancellation_token token) { return compute(store, token); });
    if (run.end != run_report::threw)
      return false;
    try {
      std::rethrow_exception(run.error);
    } catch (const checkpoint_error &error) {
      return error.why() == checkpoint_error::corrupt;
    } catch (...) {
      return false;
    }
  };
  EXPECT_TRUE(refuses(""));
  EXPECT_TRUE(refuses("something else"));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_TRUE(refuses(damaged)) << at;
    EXPECT_TRUE(refuses(good.substr(0, at))) << at;
  }
  EXPECT_TRUE(refuses(good + "x"));
}

struct words {
  std::string text;
  [[nodiscard]] std::string encode() const { return text; }
  static words decode(std::string_view data) {
    if (data.find('!') != std::string_view::npos)
      throw std::invalid_argument("not words");
    return {std::string(data)};
  }
};

TEST(Resumable, AStateSaysHowItIsSaved) {
  const auto store = std::make_shared<memory_checkpoint_store>();
  auto work = [&](cancellation_token token) -> task<> {
    resumable computation("words", words(), store);
    auto step = [token](words &state) -> task<step_result> {
      state.text += "ab";
      co_await yield(token);
      co_return state.text.size() == 6 ? step_result::done : step_result::more;
    };
    EXPECT_EQ((co_await computation.run(step, token)).text, "ababab");
  };
  EXPECT_TRUE(testing::run_once(work, interruption::cancel, 2).was_cancelled());
  EXPECT_EQ(detail::checkpoint::decode(*store->load(), "words").state, "ab");
  EXPECT_EQ(testing::run_once(work).end, run_report::returned);
}

TEST(Resumable, GoesOnWhereverTheProcessIsKilled) {
  const temporary_directory in;
  const auto store =
      std::make_shared<file_checkpoint_store>(in / "sum.checkpoint");
  bool resumed = false;
  const int kills = testing::kill_everywhere(
      [&] { store->clear(); },
      [&] {
        if (finish(store) != whole)
          ::_exit(2);
      },
      [&](int at) {
        remove_leftovers(in.path());
        EXPECT_LE(in.names().size(), 1u) << "step " << at;
        resumed = resumed || store->load();
        EXPECT_EQ(finish(store), whole) << "step " << at;
      });
  EXPECT_GE(kills, 25);
  EXPECT_TRUE(resumed);
}

TEST(Resumable, AFailedSaveIsTold) {
  const temporary_directory in;
  const auto store =
      std::make_shared<file_checkpoint_store>(in / "none/sum.checkpoint");
  const run_report run = testing::run_once(
      [&](cancellation_token token) { return compute(store, token); });
  EXPECT_THROW(std::rethrow_exception(run.error), std::system_error);
}

namespace net = codrop::detail::net;

TEST(ResumableAsio, GoesOnWhereverItIsInterrupted) {
  const temporary_directory in;
  auto pool = std::make_unique<net::thread_pool>(1);
  const auto store =
      std::make_shared<file_checkpoint_store>(in / "sum.checkpoint");
  std::uint64_t resumed = 0;
  int total = 0;
  const auto run = [&]() -> net::awaitable<void> {
    resumable_options options;
    options.on_progress = [&resumed](const progress &at) {
      resumed = at.resumed;
    };
    resumable computation("sum", sum(), store,
                          asio_offload(pool->get_executor()), options);
    auto step = [](sum &state) -> net::awaitable<step_result> {
      state.total += state.next;
      co_await net::post(net::use_awaitable);
      ++state.next;
      co_return state.next > 3 ? step_result::done : step_result::more;
    };
    total = (co_await computation.run(step)).total;
  };
  bool went_on = false;
  testing::interrupt_everywhere_in_asio(run, [&](const run_report &report) {
    EXPECT_NE(report.end, run_report::stuck) << report.describe();
    pool->join();
    pool = std::make_unique<net::thread_pool>(1);
    resumed = 0;
    total = 0;
    EXPECT_EQ(testing::run_once_in_asio(run).end, run_report::returned)
        << report.describe();
    EXPECT_EQ(total, 6) << report.describe();
    went_on = went_on || resumed != 0;
    store->clear();
  });
  EXPECT_TRUE(went_on);
}

} // namespace
} // namespace codrop
