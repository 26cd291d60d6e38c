// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/application.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

namespace {

// [example]
namespace net = codrop::detail::net;
using namespace std::chrono_literals;

struct message_queue {
  std::vector<std::string> sent, pending;
};

// Sends what is pending every now and then, and the rest before it ends.
net::awaitable<void> send_messages(message_queue &queue,
                                   codrop::cancellation_token token) {
  net::steady_timer timer(co_await net::this_coro::executor);
  // The token says when to stop; an await that throws would lose the rest.
  co_await net::this_coro::throw_if_cancelled(false);
  while (!token.is_requested()) {
    timer.expires_after(10ms);
    try {
      co_await timer.async_wait(net::use_awaitable);
    } catch (const std::exception &) {
      break; // Cancelled.
    }
  }
  queue.sent.swap(queue.pending);
}

net::awaitable<void> produce(message_queue &queue) {
  net::steady_timer timer(co_await net::this_coro::executor);
  for (int i = 1;; ++i) {
    queue.pending.push_back("message " + std::to_string(i));
    if (i == 3)
      std::raise(SIGTERM); // In earnest it comes from outside.
    timer.expires_after(1ms);
    co_await timer.async_wait(net::use_awaitable);
  }
}

TEST(Example, Application) {
  message_queue queue;
  codrop::application app({.stop_within = 10s});
  app.add("sender",
          [&queue](auto token) { return send_messages(queue, token); });
  // Stopped before the sender, so nothing is produced that is not sent.
  app.add("producer", [&queue](auto) { return produce(queue); },
          {.after = {"sender"}, .stop_within = 1s});
  const codrop::application_report report = app.run();

  EXPECT_EQ(report.exit_code(), 0) << report.describe();
  EXPECT_EQ(report.signal, SIGTERM);
  EXPECT_GE(queue.sent.size(), 3u);
  EXPECT_TRUE(queue.pending.empty());
}
// [end]

} // namespace
