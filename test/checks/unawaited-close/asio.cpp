// REQUIRES: asio
// RUN: %check unawaited-close %s -Werror=return-type --no-notes -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <memory>
#include <optional>
#include <string>

using asio::awaitable;
using asio::experimental::as_tuple;
using asio::use_awaitable;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;

/// Says goodbye before it hangs up.
class client {
public:
  explicit client(tcp::socket socket) : socket(std::move(socket)) {}
  static awaitable<client> connect(tcp::endpoint to);
  awaitable<void> send(std::string line);
  awaitable<bool> ping();
  awaitable<void> close();

  tcp::socket socket;
};

namespace {

bool lucky();

awaitable<void> bad_client(tcp::endpoint to) {
  auto c = co_await client::connect(to); // expected-warning {{'c' of type 'client' is destroyed without an awaited 'close()'}}
  co_await c.send("hello");
}

awaitable<void> bad_await_between(tcp::endpoint to) {
  auto c = co_await client::connect(to); // expected-warning {{when a co_await throws}}
  co_await c.send("hello");
  co_await c.close();
}

awaitable<bool> bad_temporary(tcp::endpoint to) {
  co_return co_await (co_await client::connect(to)).ping(); // expected-warning {{temporary 'client' is destroyed}}
}

awaitable<void> bad_socket_taken_from(tcp::socket socket) {
  client c(std::move(socket)); // expected-warning {{'c' of type 'client'}}
  co_await asio::async_write(c.socket, asio::buffer("x", 1), use_awaitable);
}

awaitable<void> bad_pointer(tcp::endpoint to) {
  auto c = std::make_unique<client>(co_await client::connect(to)); // expected-warning {{'c' of type 'client'}}
  co_await c->ping();
}

awaitable<void> bad_awaited_in_parallel(tcp::endpoint to) {
  auto c = co_await client::connect(to); // expected-warning {{when a co_await throws}}
  co_await (c.send("a") && c.send("b"));
  co_await c.close();
}

awaitable<void> ok_closed(tcp::endpoint to) {
  auto c = co_await client::connect(to);
  co_await c.close();
}

awaitable<void> ok_closed_together(tcp::endpoint to) {
  auto c = co_await client::connect(to);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  co_await (c.close() || timer.async_wait(use_awaitable));
}

awaitable<void> ok_executor_between(tcp::endpoint to) {
  auto c = co_await client::connect(to);
  auto executor = co_await asio::this_coro::executor;
  co_await c.close();
}

awaitable<void> ok_close_after_catch(tcp::endpoint to) {
  auto c = co_await client::connect(to);
  std::exception_ptr error;
  try {
    co_await c.send("hello");
  } catch (...) {
    error = std::current_exception();
  }
  co_await c.close();
  if (error)
    std::rethrow_exception(error);
}

awaitable<void> ok_close_in_background(tcp::endpoint to) {
  auto c = co_await client::connect(to);
  asio::co_spawn(co_await asio::this_coro::executor, c.close(), asio::detached);
}

awaitable<void> ok_moved_into_a_coroutine(tcp::endpoint to) {
  auto c = co_await client::connect(to);
  asio::co_spawn(
      co_await asio::this_coro::executor,
      [c = std::move(c)]() mutable -> awaitable<void> { co_await c.close(); },
      asio::detached);
}

awaitable<client> ok_returned(tcp::endpoint to) {
  auto c = co_await client::connect(to);
  co_return c;
}

// --- Asio's own objects close themselves -------------------------------------

awaitable<void> ok_socket(tcp::endpoint to) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(to, use_awaitable);
  co_await asio::async_write(socket, asio::buffer("x", 1), use_awaitable);
}

awaitable<void> ok_acceptor(tcp::endpoint at) {
  tcp::acceptor acceptor(co_await asio::this_coro::executor, at);
  tcp::socket peer = co_await acceptor.async_accept(use_awaitable);
}

awaitable<void> ok_timer() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  co_await timer.async_wait(use_awaitable);
}

// --- Errors that are values --------------------------------------------------

class link {
public:
  explicit link(tcp::socket socket);
  link(link &&) noexcept;
  ~link();
  awaitable<asio::error_code> open(tcp::endpoint to);
  awaitable<void> send(std::string line);
  awaitable<void> close();
};

awaitable<void> ok_opening_failed(tcp::socket socket, tcp::endpoint to) {
  link l(std::move(socket));
  if (auto ec = co_await l.open(to))
    co_return;
  co_await l.close();
}

awaitable<void> ok_timer_that_does_not_throw(tcp::endpoint to) {
  auto c = co_await client::connect(to);
  asio::steady_timer timer(c.socket.get_executor());
  auto [ec] = co_await timer.async_wait(as_tuple(use_awaitable));
  asio::error_code failed;
  co_await timer.async_wait(asio::redirect_error(use_awaitable, failed));
  co_await c.close();
}

awaitable<void> bad_left_on_error(tcp::socket socket, tcp::endpoint to) {
  link l(std::move(socket)); // expected-warning {{on some path}}
  if (auto ec = co_await l.open(to))
    co_return;
  if (lucky())
    co_return;
  co_await l.close();
}

} // namespace
