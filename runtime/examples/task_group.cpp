// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

// [example]
#include <codrop/asio.hpp>
#include <codrop/task_group.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using codrop::cancellation_token;
using codrop::detail::net::awaitable; // asio::awaitable
namespace asio = codrop::detail::net;

awaitable<void> copy(std::string shard, std::vector<std::string> &copied) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::milliseconds(1));
  co_await timer.async_wait(asio::use_awaitable);
  if (shard.empty())
    throw std::runtime_error("a shard without a name");
  copied.push_back(shard);
}

/// All are copied, or it throws; either way nothing is being copied any more.
awaitable<void> copy_all(const std::vector<std::string> &shards,
                         std::vector<std::string> &copied) {
  const auto body = [&](codrop::task_group &group) -> awaitable<void> {
    for (const std::string &shard : shards)
      group.spawn(shard,
                  [&](cancellation_token) { return copy(shard, copied); });
    co_return;
  };
  co_await codrop::with_task_group(body);
}

} // namespace
// [end]

TEST(Example, TaskGroup) {
  const std::vector<std::string> good{"a", "b", "c"}, bad{"", "b"};
  asio::io_context context;
  std::vector<std::string> copied, ignored;
  bool failed = false;
  asio::co_spawn(context, copy_all(good, copied), asio::detached);
  asio::co_spawn(
      context, copy_all(bad, ignored),
      [&](const std::exception_ptr &error) { failed = error != nullptr; });
  context.run();
  EXPECT_EQ(copied, good);
  EXPECT_TRUE(failed);
}
