// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

// [example]
#include <codrop/asio.hpp>
#include <codrop/select.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <variant>

namespace {

using codrop::cancellation_token;
using codrop::detail::net::awaitable; // asio::awaitable
namespace asio = codrop::detail::net;

awaitable<std::string> ask(std::string server, std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
  co_return "answer of " + server;
}

/// The answer of the server that is faster today. When it is here the other
/// connection is not in use any more.
awaitable<std::string> ask_both() {
  const auto near = [](cancellation_token) {
    return ask("near", std::chrono::milliseconds(1));
  };
  const auto far = [](cancellation_token) {
    return ask("far", std::chrono::minutes(10));
  };
  auto first = co_await codrop::select(near, far);
  co_return std::visit([](auto &answer) { return std::move(answer); },
                       first.value);
}

} // namespace
// [end]

TEST(Example, Select) {
  asio::io_context context;
  std::string answer;
  asio::co_spawn(context, ask_both(),
                 [&](const std::exception_ptr &, std::string value) {
                   answer = std::move(value);
                 });
  context.run();
  EXPECT_EQ(answer, "answer of near");
}
