// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// threads
#include <codrop/asio_offload.hpp>
#include <codrop/atomic_file.hpp>
#include <codrop/multi_file_transaction.hpp>
#include <codrop/offload.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace codrop {
namespace {

namespace net = codrop::detail::net;
using pool_offload = asio_offload<net::thread_pool::executor_type>;

TEST(AsioOffload, RunsElsewhereAndGoesOnHere) {
  net::thread_pool pool(1);
  net::io_context context;
  const pool_offload offload(pool.get_executor());
  bool ended = false;
  const auto run = [&]() -> net::awaitable<void> {
    const std::thread::id here = std::this_thread::get_id();
    auto ask = [] { return std::this_thread::get_id(); };
    const std::thread::id there = co_await offload(ask);
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
    ended = true;
  };
  net::co_spawn(context, run(), net::detached);
  context.run();
  EXPECT_TRUE(ended);
}

TEST(AsioOffload, HandsOnWhatIsThrownAndWhatOnlyMoves) {
  net::thread_pool pool(1);
  net::io_context context;
  const pool_offload offload(pool.get_executor());
  bool ended = false;
  const auto run = [&]() -> net::awaitable<void> {
    auto fail = [] { throw std::runtime_error("from there"); };
    bool thrown = false;
    try {
      co_await offload(fail);
    } catch (const std::runtime_error &) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    auto make = [value = std::make_unique<int>(3)]() mutable {
      return std::move(value);
    };
    const std::unique_ptr<int> value = co_await offload(std::move(make));
    EXPECT_EQ(*value, 3);
    ended = true;
  };
  net::co_spawn(context, run(), net::detached);
  context.run();
  EXPECT_TRUE(ended);
}

TEST(AsioOffload, TheFunctionOutlivesItsContext) {
  net::thread_pool pool(1);
  const auto flag = std::make_shared<std::atomic<int>>(0);
  {
    net::io_context context;
    const pool_offload offload(pool.get_executor());
    const auto run = [offload, flag]() -> net::awaitable<void> {
      auto slow = [flag] {
        flag->store(1);
        flag->notify_all();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        flag->store(2);
      };
      co_await offload(std::move(slow));
      ADD_FAILURE() << "the coroutine is gone";
    };
    net::co_spawn(context, run(), net::detached);
    context.poll();
    flag->wait(0);
  }
  pool.join();
  EXPECT_EQ(flag->load(), 2);
}

TEST(AsioOffload, RacesWithTheEndOfTheContext) {
  net::thread_pool pool(2);
  for (int round = 0; round < 300; ++round) {
    net::io_context context;
    const pool_offload offload(pool.get_executor());
    const auto run = [offload]() -> net::awaitable<void> {
      for (;;) {
        auto nothing = [] {};
        co_await offload(nothing);
      }
    };
    net::co_spawn(context, run(), net::detached);
    net::co_spawn(context, run(), net::detached);
    for (int i = 0; i < round % 7; ++i)
      context.run_one();
  }
}

struct scratch {
  scratch() {
    std::string name =
        (std::filesystem::temp_directory_path() / "codrop-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  scratch(const scratch &) = delete;
  scratch &operator=(const scratch &) = delete;
  ~scratch() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string content(const char *name) const {
    std::ifstream file(path / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void put(const char *name, const std::string &text) const {
    std::ofstream(path / name) << text;
  }
  [[nodiscard]] std::ptrdiff_t count() const {
    return std::distance(std::filesystem::directory_iterator(path), {});
  }
  std::filesystem::path path;
};

// A job that is under way when a run ends has to end before it is checked.
struct own_pool {
  std::unique_ptr<net::thread_pool> pool =
      std::make_unique<net::thread_pool>(1);
  pool_offload offload() { return pool_offload(pool->get_executor()); }
  void restart() {
    pool->join();
    pool = std::make_unique<net::thread_pool>(1);
  }
};

TEST(AsioOffload, AFileIsWholeWhereverItsCoroutineIsInterrupted) {
  const scratch in;
  own_pool pool;
  in.put("a", "old");
  const std::size_t count = testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        async_atomic_file_writer<pool_offload> file(pool.offload(),
                                                    in.path / "a");
        co_await file.write("n");
        co_await file.write("ew");
        co_await file.commit();
      },
      [&](const testing::run_report &run) {
        EXPECT_NE(run.end, testing::run_report::stuck) << run.describe();
        pool.restart();
        const std::string found = in.content("a");
        if (run.end == testing::run_report::returned)
          EXPECT_EQ(found, "new") << run.describe();
        else
          EXPECT_TRUE(found == "new" || found == "old") << run.describe();
        EXPECT_EQ(in.count(), 1) << run.describe();
        in.put("a", "old");
      });
  EXPECT_GE(count, 4u);
}

TEST(AsioOffload, FilesAreAllOrNoneWhereverTheirCoroutineIsInterrupted) {
  const scratch in;
  own_pool pool;
  in.put("a", "old");
  in.put("b", "old");
  testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        async_multi_file_transaction<pool_offload> transaction(pool.offload(),
                                                               in.path);
        co_await transaction.write("a", "new");
        co_await transaction.write("b", "new");
        co_await transaction.commit();
      },
      [&](const testing::run_report &run) {
        EXPECT_NE(run.end, testing::run_report::stuck) << run.describe();
        pool.restart();
        EXPECT_EQ(in.content("a"), in.content("b")) << run.describe();
        if (run.end == testing::run_report::returned)
          EXPECT_EQ(in.content("a"), "new") << run.describe();
        EXPECT_EQ(in.count(), 2) << run.describe();
        in.put("a", "old");
        in.put("b", "old");
      });
}

} // namespace
} // namespace codrop
