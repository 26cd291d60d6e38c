// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

// [example]
#include <codrop/asio.hpp>
#include <codrop/shield.hpp>

#include <chrono>

namespace {

using codrop::detail::net::awaitable; // asio::awaitable
namespace asio = codrop::detail::net;

struct account {
  int booked = 0;
  int confirmed = 0;
};

awaitable<void> round_trip() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::milliseconds(1));
  co_await timer.async_wait(asio::use_awaitable);
}

awaitable<void> pay(account &to) {
  co_await round_trip(); // may be cancelled: nothing has happened yet
  const auto commit = [&]() -> awaitable<void> {
    ++to.booked;
    co_await round_trip();
    ++to.confirmed;
  };
  co_await codrop::shield(commit);
  co_await round_trip(); // a cancellation that came meanwhile is thrown here
}

} // namespace
// [end]

TEST(Example, Shield) {
  account to;
  codrop::testing::interrupt_everywhere_in_asio(
      [&] {
        to = {};
        return pay(to);
      },
      [&](const codrop::testing::run_report &run) {
        if (run.how == codrop::testing::interruption::cancel) {
          EXPECT_EQ(to.booked, to.confirmed) << run.describe();
        }
      });
}
