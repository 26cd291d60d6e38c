// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/asio.hpp>
#include <codrop/testing_asio.hpp>
#include <codrop/with_resource.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace {

namespace net = codrop::detail::net;

/// What passes on the line, in order.
std::string line;

net::awaitable<void> say(char c) {
  net::steady_timer timer(co_await net::this_coro::executor,
                          std::chrono::milliseconds(1));
  co_await timer.async_wait(net::use_awaitable);
  line += c;
}

// [example]
struct connection {
  static net::awaitable<connection> open() {
    co_await say('(');
    co_return connection();
  }
  net::awaitable<void> send(char message) { return say(message); }
  net::awaitable<void> close() { return say(')'); }
};

net::awaitable<void> greet() {
  const auto talk = [](connection &peer) -> net::awaitable<void> {
    co_await peer.send('h');
    co_await peer.send('i');
  };
  co_await codrop::with_resource(connection::open, talk);
}
// [end]

TEST(Example, WithResource) {
  codrop::testing::interrupt_everywhere_in_asio(
      [] {
        line.clear();
        return greet();
      },
      [](const codrop::testing::run_report &run) {
        if (run.end == codrop::testing::run_report::destroyed)
          return; // Nobody is left to await the close.
        EXPECT_EQ(line.find('(') == line.npos, line.find(')') == line.npos)
            << line << ", " << run.describe();
      });
}

} // namespace
