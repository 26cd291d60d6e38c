// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: asio
// RUN: %check dangling-task %s --no-notes -pthread -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE
//
// Stand-alone Asio, as it is installed.

#include <asio.hpp>
#include <memory>
#include <string>

using asio::awaitable;
using asio::co_spawn;
using asio::detached;
using asio::use_awaitable;
using tcp = asio::ip::tcp;

awaitable<void> serve(tcp::socket &socket);
awaitable<void> serve_own(tcp::socket socket);
void use(int);

void bad_local(asio::any_io_executor executor) {
  tcp::socket socket(executor);
  co_spawn(executor, serve(socket), detached);
  // expected-warning@-1 {{detached task refers to local variable 'socket'}}
}
awaitable<void> bad_accept(tcp::acceptor &acceptor) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    co_spawn(acceptor.get_executor(), serve(socket), detached);
    // expected-warning@-1 {{detached task refers to local variable 'socket'}}
  }
}
awaitable<void> ok_accept(tcp::acceptor &acceptor) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    co_spawn(acceptor.get_executor(), serve_own(std::move(socket)), detached);
  }
}
awaitable<void> ok_waited(asio::any_io_executor executor) {
  tcp::socket socket(executor);
  co_await co_spawn(executor, serve(socket), use_awaitable);
}
void ok_runs() {
  asio::io_context context;
  tcp::socket socket(context);
  co_spawn(context, serve(socket), detached);
  context.run();
}
void bad_lambda_called(asio::any_io_executor executor, int n) {
  co_spawn(
      executor,
      [n]() -> awaitable<void> {
        co_await asio::post(use_awaitable);
        use(n);
      }(),
      detached);
  // expected-warning@-7 {{detached task refers to a capture, which dies with the lambda}}
}
void ok_lambda(asio::any_io_executor executor, int n) {
  co_spawn(
      executor,
      [n]() -> awaitable<void> {
        co_await asio::post(use_awaitable);
        use(n);
      },
      detached);
}
void bad_lambda_captures(asio::any_io_executor executor) {
  int n = 0;
  co_spawn(
      executor,
      [&n]() -> awaitable<void> {
        co_await asio::post(use_awaitable);
        use(n);
      },
      detached);
  // expected-warning@-7 {{detached task refers to local variable 'n'}}
}
awaitable<void> bad_returned() {
  tcp::socket socket(asio::system_executor{});
  return serve(socket);
  // expected-warning@-1 {{returned task refers to local variable 'socket'}}
}

class session : public std::enable_shared_from_this<session> {
public:
  explicit session(tcp::socket socket) : socket_(std::move(socket)) {}
  void bad_start() {
    co_spawn(socket_.get_executor(), [this] { return run(); }, detached);
    // expected-warning@-1 {{task is started that uses 'this' after a suspension, and nothing keeps the object alive}}
  }
  void ok_start() {
    co_spawn(
        socket_.get_executor(),
        [self = shared_from_this()] { return self->run(); }, detached);
  }

private:
  awaitable<void> run() {
    char buffer[16];
    for (;;) {
      co_await socket_.async_read_some(asio::buffer(buffer), use_awaitable);
      use(buffer[0]);
    }
  }
  tcp::socket socket_;
};
