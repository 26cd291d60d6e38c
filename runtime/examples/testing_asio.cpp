// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace {

namespace net = codrop::detail::net;

net::awaitable<void> count_while_waiting(int &waiting) {
  const std::shared_ptr<void> leave((++waiting, nullptr),
                                    [&](void *) { --waiting; });
  net::steady_timer timer(co_await net::this_coro::executor,
                          std::chrono::milliseconds(1));
  co_await timer.async_wait(net::use_awaitable);
}

// [example]
TEST(CountWhileWaiting, GivesTheCountBack) {
  int waiting = 0;
  codrop::testing::interrupt_everywhere_in_asio(
      [&] { return count_while_waiting(waiting); },
      [&](const codrop::testing::run_report &run) {
        EXPECT_EQ(waiting, 0) << run.describe();
      });
}
// [end]

} // namespace
