// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The limits, alone and together, and that an interrupted call gives back all.
#include <codrop/limited_client.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>

namespace codrop {
namespace {

namespace net = codrop::detail::net;
using namespace std::chrono_literals;
using testing::interruption;
using testing::run_report;

net::awaitable<void> pause(std::chrono::milliseconds time) {
  net::steady_timer timer(co_await net::this_coro::executor, time);
  co_await timer.async_wait(net::use_awaitable);
}

/// Spawns `n` calls and runs them to their end; what each has thrown.
template <class F>
std::vector<std::exception_ptr> run_calls(limited_client &client, int n, F f) {
  net::io_context context(1);
  std::vector<std::exception_ptr> errors;
  for (int i = 0; i < n; ++i)
    net::co_spawn(context, client.call(f), [&](std::exception_ptr e) {
      errors.push_back(std::move(e));
    });
  context.run();
  return errors;
}

template <class Error>
std::ptrdiff_t count(const std::vector<std::exception_ptr> &errors) {
  return std::count_if(errors.begin(), errors.end(), [](const auto &error) {
    if (!error)
      return false;
    try {
      std::rethrow_exception(error);
    } catch (const Error &) {
      return true;
    } catch (...) {
      return false;
    }
  });
}

TEST(LimitedClient, SoManyAtATime) {
  limited_client client({.calls = 2});
  int now = 0, most = 0;
  const auto errors =
      run_calls(client, 7, [&](cancellation_token) -> net::awaitable<void> {
        const struct inside {
          int &count;
          ~inside() { --count; }
        } leave{++now};
        most = std::max(most, now);
        co_await pause(1ms);
      });
  EXPECT_EQ(errors.size(), 7u);
  EXPECT_EQ(count<std::exception>(errors), 0);
  EXPECT_EQ(most, 2);
  EXPECT_EQ(client.available(), 2u);
}

TEST(LimitedClient, SoManyWait) {
  limited_client client({.calls = 1, .waiting = 2});
  const auto errors =
      run_calls(client, 5, [](cancellation_token) { return pause(1ms); });
  EXPECT_EQ(count<too_many_waiting>(errors), 2);
  EXPECT_EQ(client.available(), 1u);
}

TEST(LimitedClient, ACallThatTakesTooLongIsAFailure) {
  limited_client client(
      {.time_limit = 5ms, .breaker = {.failures = 1, .open_for = 1h}});
  bool left = false;
  const auto errors =
      run_calls(client, 1, [&](cancellation_token) -> net::awaitable<void> {
        struct leaves {
          bool &left;
          ~leaves() { left = true; }
        } const leaving{left};
        co_await pause(1h);
      });
  EXPECT_EQ(count<timed_out>(errors), 1);
  EXPECT_TRUE(left) << "it was awaited";
  EXPECT_EQ(client.breaker().state(), circuit_state::open);
  int made = 0;
  const auto more =
      run_calls(client, 3, [&](cancellation_token) -> net::awaitable<void> {
        ++made;
        co_return;
      });
  EXPECT_EQ(count<circuit_open>(more), 3);
  EXPECT_EQ(made, 0);
  EXPECT_EQ(client.available(), 8u);
}

TEST(LimitedClient, WhoHasWaitedFindsItOpen) {
  limited_client client({.calls = 1, .breaker = {.failures = 1}});
  int made = 0;
  const auto errors =
      run_calls(client, 3, [&](cancellation_token) -> net::awaitable<void> {
        ++made;
        co_await pause(1ms);
        throw std::runtime_error("refused");
      });
  EXPECT_EQ(made, 1);
  EXPECT_EQ(count<circuit_open>(errors), 2);
}

TEST(LimitedClient, GivesResultsThatOnlyMove) {
  limited_client client;
  testing::run_once_in_asio([&]() -> net::awaitable<void> {
    const auto f =
        [](cancellation_token) -> net::awaitable<std::unique_ptr<int>> {
      co_await pause(1ms);
      co_return std::make_unique<int>(3);
    };
    const std::unique_ptr<int> p = co_await client.call(f);
    EXPECT_EQ(*p, 3);
  });
}

TEST(LimitedClient, InterruptedEverywhere) {
  std::unique_ptr<limited_client> client;
  testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        client = std::make_unique<limited_client>(limited_client_options{
            .calls = 1, .breaker = {.failures = 1, .open_for = 1h}});
        const auto f = [](cancellation_token) -> net::awaitable<int> {
          co_await pause(1ms);
          co_return 3;
        };
        EXPECT_EQ(co_await client->call(f), 3);
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_EQ(client->available(), 1u) << run.describe();
        EXPECT_EQ(client->breaker().state(), circuit_state::closed)
            << run.describe();
      });
}

TEST(LimitedClient, InterruptedWhileItWaits) {
  std::unique_ptr<limited_client> client;
  testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        client = std::make_unique<limited_client>(
            limited_client_options{.calls = 1, .waiting = 1});
        const auto f = [](cancellation_token) { return pause(1ms); };
        net::co_spawn(co_await net::this_coro::executor, client->call(f),
                      [](const std::exception_ptr &) {});
        co_await net::post(net::use_awaitable);
        co_await client->call(f);
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_EQ(client->available(), 1u) << run.describe();
        const auto errors = run_calls(
            *client, 2, [](cancellation_token) { return pause(1ms); });
        EXPECT_EQ(count<std::exception>(errors), 0)
            << run.describe() << ": its place in the line is free";
      });
}

} // namespace
} // namespace codrop
