// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: asio
// RUN: %check swallowed-cancellation %s -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE --no-notes
// RUN: %check swallowed-cancellation %s -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE --no-notes --prefix definite --checks-options codrop-swallowed-cancellation.Confidence=definite
//
// Cancellation that arrives as an error code.
#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <chrono>
#include <iostream>
#include <system_error>
#include <vector>

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
constexpr auto as_tuple = asio::experimental::as_tuple(use_awaitable);

class server {
public:
  explicit server(asio::any_io_executor ex) : acceptor_(ex), timer_(ex) {}

  awaitable<void> bad_accept() {
    for (;;) {
      auto [ec, socket] = co_await acceptor_.async_accept(as_tuple);
      if (ec) {
        // expected-warning@-1 {{loop takes an operation that was cancelled for one that failed, and starts it again}}
        // definite-warning@-2 {{loop takes an operation that was cancelled for one that failed, and starts it again}}
        std::cerr << ec.message() << '\n';
        continue;
      }
      serve(std::move(socket));
    }
  }
  awaitable<void> bad_accept_with_pause() {
    for (;;) {
      std::error_code ec;
      auto socket =
          co_await acceptor_.async_accept(redirect_error(use_awaitable, ec));
      if (!ec) {
        // expected-warning@-1 {{loop takes an operation that was cancelled for one that failed, and starts it again}}
        // definite-warning@-2 {{loop takes an operation that was cancelled for one that failed, and starts it again}}
        serve(std::move(socket));
      } else {
        timer_.expires_after(std::chrono::seconds(1));
        co_await timer_.async_wait(use_awaitable);
      }
    }
  }
  awaitable<void> bad_next_peer(const std::vector<tcp::endpoint> &peers) {
    tcp::socket socket(timer_.get_executor());
    for (const tcp::endpoint &peer : peers) {
      auto [ec] = co_await socket.async_connect(peer, as_tuple);
      if (!ec)
        // expected-warning@-1 {{loop takes an operation that was cancelled for one that failed, and starts it again}}
        break;
    }
  }
  awaitable<void> ok_left() {
    for (;;) {
      auto [ec, socket] = co_await acceptor_.async_accept(as_tuple);
      if (ec)
        break;
      serve(std::move(socket));
    }
  }
  awaitable<void> ok_told_apart() {
    for (;;) {
      auto [ec, socket] = co_await acceptor_.async_accept(as_tuple);
      if (ec == asio::error::operation_aborted)
        co_return;
      if (ec)
        continue;
      serve(std::move(socket));
    }
  }
  awaitable<void> ok_told_apart_after() {
    for (;;) {
      auto [ec, socket] = co_await acceptor_.async_accept(as_tuple);
      if (ec) {
        if (ec == asio::error::operation_aborted)
          break;
        continue;
      }
      serve(std::move(socket));
    }
  }
  awaitable<void> ok_judged() {
    for (;;) {
      auto [ec, socket] = co_await acceptor_.async_accept(as_tuple);
      if (ec && !may_go_on(ec))
        break;
      if (ec)
        continue;
      serve(std::move(socket));
    }
  }
  awaitable<void> ok_open() {
    while (acceptor_.is_open()) {
      auto [ec, socket] = co_await acceptor_.async_accept(as_tuple);
      if (ec)
        continue;
      serve(std::move(socket));
    }
  }
  awaitable<void> ok_stopping() {
    while (!stopping_) {
      auto [ec, socket] = co_await acceptor_.async_accept(as_tuple);
      if (ec)
        continue;
      serve(std::move(socket));
    }
  }
  // Set to another time, the timer wakes whoever waits with an error.
  awaitable<void> ok_woken() {
    for (;;) {
      auto [ec] = co_await timer_.async_wait(as_tuple);
      if (ec)
        continue;
      work();
    }
  }
  awaitable<void> ok_counted() {
    int failures = 0;
    for (;;) {
      auto [ec, socket] = co_await acceptor_.async_accept(as_tuple);
      if (ec) {
        last_ = ec;
        if (++failures > 3)
          break;
        continue;
      }
      serve(std::move(socket));
    }
  }

private:
  void serve(tcp::socket socket);
  void work();
  bool may_go_on(const std::error_code &ec);
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  std::error_code last_;
  bool stopping_ = false;
};
