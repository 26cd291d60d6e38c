// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

// [example]
#include <codrop/asio.hpp>
#include <codrop/async_mutex.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace {

using codrop::detail::net::awaitable; // asio::awaitable
namespace asio = codrop::detail::net;

class token_cache {
public:
  awaitable<std::string> get() {
    // Others wait here and not for the server, and then find it made.
    const auto take_lock = [this](codrop::cancellation_token token) {
      return mutex_.lock(std::move(token));
    };
    const codrop::async_lock lock = co_await codrop::as_asio(take_lock);
    if (value_.empty())
      value_ = co_await fetch();
    co_return value_;
  }
  [[nodiscard]] int fetched() const { return fetched_; }

private:
  awaitable<std::string> fetch() {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(std::chrono::milliseconds(1));
    co_await timer.async_wait(asio::use_awaitable);
    ++fetched_;
    co_return "token";
  }

  codrop::async_mutex mutex_;
  std::string value_;
  int fetched_ = 0;
};

} // namespace
// [end]

TEST(Example, AsyncMutex) {
  asio::io_context context;
  token_cache cache;
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(context, cache.get(),
                   [](std::exception_ptr error, const std::string &value) {
                     EXPECT_FALSE(error);
                     EXPECT_EQ(value, "token");
                   });
  context.run();
  EXPECT_EQ(cache.fetched(), 1);
}
