// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/cleanup_scope.hpp>
#include <codrop/must_close.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace {

namespace net = codrop::detail::net;

net::awaitable<void> pause() {
  net::steady_timer timer(co_await net::this_coro::executor,
                          std::chrono::milliseconds(1));
  co_await timer.async_wait(net::use_awaitable);
}

// [example]
struct session {
  int *open;
  explicit session(int &count) : open(&++count) {}
  net::awaitable<void> serve() { return pause(); }
  net::awaitable<void> close() {
    co_await pause(); // Says goodbye.
    --*open;
  }
};

class server {
public:
  net::awaitable<void> serve_one() {
    // The scope closes it where an await throws.
    // NOLINTNEXTLINE(codrop-unawaited-close)
    codrop::must_close peer(session(open), codrop::hand_over_to(cleanup_));
    co_await peer->serve();
    co_await peer.close();
  }
  // What cancelled and failed sessions have left.
  net::awaitable<void> shut_down() { return cleanup_.drain(); }

  int open = 0;

private:
  codrop::cleanup_scope<net::awaitable<void>> cleanup_;
};
// [end]

TEST(Example, CleanupScope) {
  server all;
  codrop::testing::interrupt_everywhere_in_asio(
      [&] { return all.serve_one(); },
      [&](const codrop::testing::run_report &run) {
        codrop::testing::run_once_in_asio([&] { return all.shut_down(); });
        EXPECT_EQ(all.open, 0) << run.describe();
      });
}

} // namespace
