// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: asio
// RUN: %check large-frame %s --no-notes -pthread -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE
//
// Stand-alone Asio, as it is installed.

#include <array>
#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/coro.hpp>
#include <asio/experimental/use_coro.hpp>
#include <memory>
#include <vector>

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

awaitable<void> bad_echo(tcp::socket socket) {
  std::array<char, 65536> data;
  // expected-warning@-1 {{'data' takes 65536 bytes of the coroutine's frame, whose estimated size is 65704 bytes}}
  for (;;) {
    std::size_t n = co_await socket.async_read_some(asio::buffer(data), use_awaitable);
    co_await asio::async_write(socket, asio::buffer(data, n), use_awaitable);
  }
}
awaitable<void> ok_echo(tcp::socket socket) {
  char data[1024];
  for (;;) {
    std::size_t n = co_await socket.async_read_some(asio::buffer(data), use_awaitable);
    co_await asio::async_write(socket, asio::buffer(data, n), use_awaitable);
  }
}
awaitable<void> ok_heap(tcp::socket socket) {
  std::vector<char> data(65536);
  auto more = std::make_unique<std::array<char, 65536>>();
  co_await socket.async_read_some(asio::buffer(data), use_awaitable);
  co_await socket.async_read_some(asio::buffer(*more), use_awaitable);
}
awaitable<void> ok_scope(tcp::socket socket, const char *path) {
  {
    char name[8192];
    std::snprintf(name, sizeof name, "%s.log", path);
  }
  co_await socket.async_wait(tcp::socket::wait_read, use_awaitable);
}
awaitable<std::size_t> bad_in_expression(tcp::socket &socket) {
  char data[8192]; // expected-warning {{'data' takes 8192 bytes of the coroutine's frame, whose estimated size is 8296 bytes}}
  co_return co_await socket.async_read_some(asio::buffer(data), use_awaitable);
}
awaitable<void> bad_branch(tcp::socket &socket, bool large) {
  if (large) {
    std::array<char, 8192> data;
    // expected-warning@-1 {{'data' takes 8192 bytes of the coroutine's frame, whose estimated size is 8280 bytes}}
    co_await asio::async_read(socket, asio::buffer(data), use_awaitable);
  } else {
    std::array<char, 512> data;
    co_await asio::async_read(socket, asio::buffer(data), use_awaitable);
  }
}
// The executor is there at once: nothing suspends.
awaitable<void> ok_executor() {
  char name[8192];
  auto executor = co_await asio::this_coro::executor;
  std::snprintf(name, sizeof name, "%p", static_cast<void *>(&executor));
}
asio::experimental::coro<std::array<char, 8192>> bad_yields(asio::io_context &) {
  std::array<char, 8192> data{};
  // expected-warning@-1 {{'data' takes 8192 bytes of the coroutine's frame, whose estimated size is 16536 bytes}}
  for (;;) {
    std::snprintf(data.data(), data.size(), "%p", static_cast<void *>(&data));
    co_yield data;
  }
}
void spawned(asio::io_context &context, tcp::socket &socket) {
  auto bad_lambda = [&socket]() -> awaitable<void> {
    char data[8192];
    // expected-warning@-1 {{'data' takes 8192 bytes of the coroutine's frame, whose estimated size is 8280 bytes}}
    co_await socket.async_read_some(asio::buffer(data), use_awaitable);
  };
  co_spawn(context, bad_lambda, asio::detached);
  std::array<char, 8192> kept{};
  auto ok_captured = [&socket, kept]() mutable -> awaitable<void> {
    co_await socket.async_read_some(asio::buffer(kept), use_awaitable);
  };
  co_spawn(context, ok_captured, asio::detached);
}
