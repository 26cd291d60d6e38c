// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/asio_offload.hpp>
#include <codrop/resumable.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace {

namespace net = codrop::detail::net;

net::awaitable<std::uint64_t> count_of_part(std::uint64_t part) {
  co_await net::post(net::use_awaitable);
  co_return part + 1;
}

// [example]
struct totals {
  std::uint64_t next_part = 0;
  std::uint64_t count = 0;
};

// Run again after a cancellation or a crash, it goes on with the part that was
// not counted yet.
net::awaitable<std::uint64_t> count_all(net::thread_pool &pool,
                                        std::filesystem::path checkpoint) {
  codrop::resumable counting(
      "count of the parts, version 1", totals(),
      std::make_shared<codrop::file_checkpoint_store>(checkpoint),
      codrop::asio_offload(pool.get_executor()));
  auto step = [](totals &now) -> net::awaitable<codrop::step_result> {
    now.count += co_await count_of_part(now.next_part);
    co_return ++now.next_part == 4 ? codrop::step_result::done
                                   : codrop::step_result::more;
  };
  const totals result = co_await counting.run(std::move(step));
  co_await counting.forget();
  co_return result.count;
}
// [end]

TEST(Example, Resumable) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / "codrop_count.checkpoint";
  net::thread_pool pool(1);
  std::uint64_t count = 0;
  const auto run = [&]() -> net::awaitable<void> {
    count = co_await count_all(pool, path);
  };
  codrop::testing::run_once_in_asio(run, codrop::testing::interruption::cancel,
                                    5);
  EXPECT_EQ(count, 0u);
  codrop::testing::run_once_in_asio(run);
  EXPECT_EQ(count, 10u);
  EXPECT_FALSE(std::filesystem::exists(path));
}

} // namespace
