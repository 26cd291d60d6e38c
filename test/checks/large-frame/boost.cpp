// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: boost
// RUN: %check large-frame %s --no-notes -pthread
//
// Boost.Asio and Beast, as they are installed.

#include <array>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <memory>

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

awaitable<void> bad_static_buffer(tcp::socket socket) {
  beast::flat_static_buffer<16384> buffer;
  // expected-warning@-1 {{'buffer' takes 16424 bytes of the coroutine's frame, whose estimated size is 16600 bytes}}
  for (;;)
    buffer.commit(co_await socket.async_read_some(buffer.prepare(512), use_awaitable));
}
awaitable<void> ok_flat_buffer(tcp::socket socket) {
  beast::flat_buffer buffer(16384);
  for (;;)
    buffer.commit(co_await socket.async_read_some(buffer.prepare(512), use_awaitable));
}
awaitable<void> bad_parameter(tcp::socket &socket, std::array<char, 8192> data) {
// expected-warning@-1 {{parameter 'data' takes 8192 bytes of the coroutine's frame, whose estimated size is 8288 bytes}}
  co_await asio::async_write(socket, asio::buffer(data), use_awaitable);
}
awaitable<void> ok_pointer(tcp::socket &socket, std::unique_ptr<std::array<char, 8192>> data) {
  co_await asio::async_write(socket, asio::buffer(*data), use_awaitable);
}
