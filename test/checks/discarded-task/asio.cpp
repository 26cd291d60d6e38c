// REQUIRES: asio
// RUN: %check discarded-task %s -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE
//
// The real headers: what an operation returns depends on its last argument.

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

class session : public std::enable_shared_from_this<session> {
  tcp::socket socket_;
  asio::steady_timer timer_;
  char data_[64];

  awaitable<void> write();
  awaitable<void> read();

  awaitable<void> bad_operation() {
    timer_.expires_after(1s);
    timer_.async_wait(use_awaitable);
    // expected-warning@-1 {{the task of 'async_wait' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    socket_.async_read_some(asio::buffer(data_), use_awaitable);
    // expected-warning@-1 {{the task of 'async_read_some' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    co_return;
  }
  awaitable<void> bad_coroutine() {
    write();
    // expected-warning@-1 {{the task of 'write' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    co_await read();
  }
  awaitable<void> bad_both() {
    read() && write();
    // expected-warning@-1 {{the task is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    co_return;
  }
  awaitable<void> bad_spawned_to_await() {
    co_spawn(socket_.get_executor(), write(), use_awaitable);
    // expected-warning@-1 {{the task of 'co_spawn' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    co_return;
  }
  void posted_FN() {
    asio::post(socket_.get_executor(),
               [self = shared_from_this()]() -> awaitable<void> {
                 co_await self->write();
               });
  }
  void bad_handler(std::function<void()> &handler) {
    handler = [self = shared_from_this()] { return self->write(); };
    // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
    // expected-note@-2 {{'std::function<void ()>' calls it and expects nothing}}
    // expected-note@-3 {{take a callable that returns a task, and co_await what it returns}}
  }

  awaitable<void> ok_awaited() {
    timer_.expires_after(1s);
    co_await timer_.async_wait(use_awaitable);
    co_await (read() && write());
    auto reading = read();
    co_await std::move(reading);
  }
  void ok_spawned() {
    co_spawn(socket_.get_executor(), write(), asio::detached);
    co_spawn(socket_.get_executor(), write(), [](std::exception_ptr) {});
    co_spawn(
        socket_.get_executor(),
        [self = shared_from_this()] { return self->read(); }, asio::detached);
    co_spawn(
        socket_.get_executor(),
        [self = shared_from_this()]() -> awaitable<void> {
          co_await self->read();
        },
        asio::detached);
    auto done = co_spawn(socket_.get_executor(), write(), asio::use_future);
    timer_.async_wait([](asio::error_code) {});
    timer_.async_wait(asio::detached);
  }
  void ok_posted() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      co_spawn(self->socket_.get_executor(), self->write(), asio::detached);
    });
  }
};
