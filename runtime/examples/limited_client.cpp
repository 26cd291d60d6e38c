// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/limited_client.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

// [example]
namespace net = codrop::detail::net;
using namespace std::chrono_literals;

class weather {
public:
  // Never more than 4 requests at a time, each at most 20 ms long, and none for
  // a while after 3 failures.
  net::awaitable<std::string> ask(std::string city) {
    const auto request = [&city](codrop::cancellation_token) {
      return send_request(city);
    };
    co_return co_await client_.call(request);
  }

private:
  static net::awaitable<std::string> send_request(std::string city) {
    net::steady_timer answer(co_await net::this_coro::executor);
    answer.expires_after(city == "Atlantis" ? 1h : 1ms);
    co_await answer.async_wait(net::use_awaitable);
    co_return "sunny";
  }

  codrop::limited_client client_{
      {.calls = 4, .time_limit = 20ms, .breaker = {.failures = 3}}};
};

TEST(Example, LimitedClient) {
  weather service;
  const auto run =
      codrop::testing::run_once_in_asio([&service]() -> net::awaitable<void> {
        EXPECT_EQ(co_await service.ask("Lisbon"), "sunny");
        bool late = false;
        try {
          co_await service.ask("Atlantis");
        } catch (const codrop::timed_out &) {
          late = true;
        }
        EXPECT_TRUE(late);
      });
  EXPECT_FALSE(run.error);
}
// [end]

} // namespace
