// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: asio
// RUN: %check swallowed-cancellation %s -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE --no-notes
#include <asio.hpp>
#include <chrono>
#include <iostream>
#include <string>

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using namespace std::chrono_literals;

class server {
public:
  explicit server(asio::any_io_executor ex) : acceptor_(ex), timer_(ex) {}
  awaitable<void> serve(tcp::socket socket);
  awaitable<void> connect();

  // Spins when the acceptor is closed.
  awaitable<void> bad_accept() {
    for (;;) {
      try {
        auto socket = co_await acceptor_.async_accept(use_awaitable);
        co_await serve(std::move(socket));
      } catch (const std::exception &e) {
        // expected-warning@-1 {{handler of 'std::exception' takes a cancellation for any other failure, and the loop goes on}}
        std::cerr << e.what() << '\n';
      }
    }
  }
  awaitable<void> bad_accept_carrier() {
    for (;;) {
      try {
        auto socket = co_await acceptor_.async_accept(use_awaitable);
        co_await serve(std::move(socket));
      } catch (const std::system_error &e) {
        // expected-warning@-1 {{handler of 'std::system_error' takes a cancellation for any other failure, and the loop goes on}}
        std::cerr << e.code().message() << '\n';
      }
    }
  }
  awaitable<void> ok_accept_code() {
    for (;;) {
      try {
        auto socket = co_await acceptor_.async_accept(use_awaitable);
        co_await serve(std::move(socket));
      } catch (const std::system_error &e) {
        if (e.code() == asio::error::operation_aborted)
          co_return;
        std::cerr << e.what() << '\n';
      }
    }
  }
  awaitable<void> ok_accept_is_open() {
    while (acceptor_.is_open()) {
      try {
        auto socket = co_await acceptor_.async_accept(use_awaitable);
        co_await serve(std::move(socket));
      } catch (const std::exception &e) {
        std::cerr << e.what() << '\n';
      }
    }
  }
  awaitable<void> ok_accept_outside() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(use_awaitable);
      try {
        co_await serve(std::move(socket));
      } catch (const std::exception &e) {
        std::cerr << e.what() << '\n';
      }
    }
  }
  awaitable<void> bad_reconnect() {
    for (int attempt = 0; attempt < 5; ++attempt) {
      try {
        co_await connect();
        co_return;
      } catch (...) {
        // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
        std::cerr << "attempt " << attempt << " failed\n";
      }
      timer_.expires_after(100ms);
      co_await timer_.async_wait(use_awaitable);
    }
  }
  awaitable<void> ok_reconnect() {
    for (int attempt = 0; attempt < 5; ++attempt) {
      try {
        co_await connect();
        co_return;
      } catch (const std::system_error &e) {
        if (e.code() == asio::error::operation_aborted)
          throw;
      }
    }
  }
  awaitable<void> ok_asks_the_state() {
    for (;;) {
      try {
        co_await connect();
      } catch (...) {
        auto state = co_awaitable_state_;
        if (state.cancelled() != asio::cancellation_type::none)
          throw;
      }
    }
  }
  // Cancelling the timer is how it is woken.
  awaitable<void> ok_woken() {
    for (;;) {
      try {
        timer_.expires_at(std::chrono::steady_clock::time_point::max());
        co_await timer_.async_wait(use_awaitable);
      } catch (const std::system_error &) {
      }
      work();
    }
  }
  awaitable<void> ok_session(tcp::socket socket) {
    try {
      std::string text;
      for (;;)
        co_await asio::async_read(socket, asio::dynamic_buffer(text),
                                  use_awaitable);
    } catch (const std::exception &e) {
      std::cerr << e.what() << '\n';
    }
  }
  // Read by the one who asked, who is cancelled himself at the next await.
  awaitable<bool> ok_answer() {
    try {
      co_await connect();
      co_return true;
    } catch (const std::exception &) {
      co_return false;
    }
  }

private:
  void work();
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  asio::cancellation_state co_awaitable_state_;
};
