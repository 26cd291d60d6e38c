// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: asio
// RUN: %check ignored-cancellation %s --no-notes -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE
//
// Asio hands the cancellation of an awaitable to what it awaits: nothing needs
// to be passed on, except what comes by another way.
#include <asio.hpp>
#include <asio/bind_cancellation_slot.hpp>

namespace net = asio;
using net::awaitable;
using net::use_awaitable;
using net::ip::tcp;

awaitable<void> handle(tcp::socket socket);

awaitable<void> ok_listen(tcp::acceptor &acceptor) {
  for (;;) {
    auto socket = co_await acceptor.async_accept(use_awaitable);
    net::co_spawn(acceptor.get_executor(), handle(std::move(socket)),
                  net::detached);
  }
}
awaitable<void> ok_ticks(net::steady_timer &timer) {
  auto state = co_await net::this_coro::cancellation_state;
  while (state.cancelled() == net::cancellation_type::none) {
    timer.expires_after(std::chrono::seconds(1));
    co_await timer.async_wait(use_awaitable);
  }
}
awaitable<void> ok_ticks_without_a_look(net::steady_timer &timer) {
  co_await net::this_coro::reset_cancellation_state(
      net::enable_total_cancellation());
  for (;;) {
    timer.expires_after(std::chrono::seconds(1));
    co_await timer.async_wait(use_awaitable);
  }
}

class session {
public:
  awaitable<void> ok_read() {
    char data[64];
    for (;;)
      co_await socket_.async_read_some(net::buffer(data), use_awaitable);
  }
  awaitable<void> ok_bound(net::cancellation_slot slot) {
    char data[64];
    co_await socket_.async_read_some(
        net::buffer(data), net::bind_cancellation_slot(slot, use_awaitable));
  }
  awaitable<void> bad_slot(net::cancellation_slot slot) {
  // expected-warning@-1 {{parameter 'slot' of type 'net::cancellation_slot' is never used in a coroutine that suspends}}
    char data[64];
    co_await socket_.async_read_some(net::buffer(data), use_awaitable);
  }
  void stop() { signal_.emit(net::cancellation_type::all); }

private:
  tcp::socket socket_;
  net::cancellation_signal signal_;
};
