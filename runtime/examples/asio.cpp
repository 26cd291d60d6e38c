// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/asio.hpp>

#include <gtest/gtest.h>

namespace {

namespace net = codrop::detail::net;

// [example]
/// Lasts until the component is told to stop; the coroutine goes on on its own
/// executor, and may itself be cancelled meanwhile.
net::awaitable<void> until_stopped(codrop::cancellation_token component) {
  const auto stopped = [&](codrop::cancellation_token) {
    return component.cancelled();
  };
  co_await codrop::as_asio(stopped);
}
// [end]

TEST(Example, Asio) {
  net::io_context context;
  const codrop::cancellation_source component;
  bool ended = false;
  net::co_spawn(context, until_stopped(component.token()),
                [&](std::exception_ptr) { ended = true; });
  context.poll();
  EXPECT_FALSE(ended);
  component.request();
  context.poll();
  EXPECT_TRUE(ended);
}

} // namespace
