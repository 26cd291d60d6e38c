// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

// [example]
#include <codrop/asio.hpp>
#include <codrop/timeout.hpp>

#include <chrono>
#include <string>

namespace {

using codrop::detail::net::awaitable; // asio::awaitable
namespace asio = codrop::detail::net;
using namespace std::chrono_literals;

awaitable<std::string> read_line(asio::ip::tcp::socket &socket) {
  std::string line;
  const std::size_t size = co_await asio::async_read_until(
      socket, asio::dynamic_buffer(line), '\n', asio::use_awaitable);
  line.resize(size - 1);
  co_return line;
}

awaitable<std::string> greeting(asio::ip::tcp::socket &socket) {
  const auto read = [&](codrop::cancellation_token) {
    return read_line(socket);
  };
  try {
    co_return co_await codrop::timeout(1ms, read);
  } catch (const codrop::timed_out &) {
    // The read has ended: the socket may be used again, or closed.
  }
  co_return "no greeting";
}

} // namespace
// [end]

TEST(Example, Timeout) {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(
      context, {asio::ip::address_v4::loopback(), asio::ip::port_type(0)});
  asio::ip::tcp::socket here(context);
  here.connect(acceptor.local_endpoint());
  asio::ip::tcp::socket silent = acceptor.accept();
  std::string said;
  asio::co_spawn(context, greeting(here),
                 [&](const std::exception_ptr &, std::string value) {
                   said = std::move(value);
                 });
  context.run();
  EXPECT_EQ(said, "no greeting");
}
