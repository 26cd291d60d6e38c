// RUN: %check unawaited-close %s -Werror=return-type --no-notes
//
// Resources that are open while a generator is suspended at a co_yield: if its
// consumer stops early, the frame is destroyed there.

#include "cppcoro/generator.hpp"
#include "folly/coro/AsyncGenerator.h"
#include "folly/coro/Task.h"
#include "own/connection.h"

using own::connection;

namespace {

bool lucky();
void keep(connection);
void spawn_close(connection &c);

// --- A generator that nobody knows -------------------------------------------

own::generator<int> bad_unknown_generator() {
  connection c("host"); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when the suspended coroutine is destroyed}}
  for (int i = 0; i < 3; ++i)
    co_yield i;
  keep(std::move(c));
}

own::generator<int> bad_unknown_generator_never_closed(connection c) { // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_yield 1;
}

own::generator<int> ok_given_away_before() {
  connection c("host");
  keep(std::move(c));
  co_yield 1;
}

own::generator<int> ok_opened_after() {
  co_yield 1;
  connection c("host");
  keep(std::move(c));
}

own::generator<int> ok_of_somebody(connection &c) {
  co_yield 1;
  spawn_close(c);
}

// Its destructor lets the coroutine be: the rest of it runs some time.
template <class T> struct leaky_generator {
  struct promise_type {
    leaky_generator get_return_object() { return {}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(T) noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  ~leaky_generator() {}
};
leaky_generator<int> ok_destructor_destroys_nothing() {
  connection c("host");
  co_yield 1;
  keep(std::move(c));
}

/// Asynchronous: may await, and its frame is destroyed with it.
template <class T> struct stream {
  struct promise_type {
    stream get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(T) noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  ~stream() {
    if (frame)
      frame.destroy();
  }
  std::coroutine_handle<promise_type> frame;
};

stream<int> bad_stream() {
  auto c = co_await connection::connect("host"); // expected-warning {{when the suspended coroutine is destroyed}}
  for (int i = 0; i < 3; ++i)
    co_yield i;
  co_await c.close();
}

stream<int> bad_stream_read() {
  auto c = co_await connection::connect("host"); // expected-warning {{when a co_await throws}}
  while (lucky())
    co_yield co_await c.read();
  co_await c.close();
}

stream<int> ok_stream_closed_before_the_yield() {
  auto c = co_await connection::connect("host");
  co_await c.close();
  co_yield 1;
}

stream<int> ok_stream_closed_for_each() {
  for (int i = 0; i < 3; ++i) {
    auto c = co_await connection::connect("host");
    co_await c.close();
    co_yield i;
  }
}

// An await is no place where its consumer stops.
stream<int> ok_stream_over_an_await() {
  auto c = co_await connection::connect("host");
  co_await own::nothrow_yield();
  co_await c.close();
  co_yield 1;
}

// --- Generators of libraries -------------------------------------------------

folly::coro::AsyncGenerator<int> bad_async_generator() {
  auto c = co_await connection::connect("host"); // expected-warning {{when the suspended coroutine is destroyed}}
  co_yield 1;
  co_await c.close();
}

folly::coro::AsyncGenerator<int> ok_async_generator() {
  auto c = co_await connection::connect("host");
  co_await c.close();
  co_yield 1;
}

cppcoro::generator<int> bad_generator() {
  connection c("host"); // expected-warning {{when the suspended coroutine is destroyed}}
  co_yield 1;
  keep(std::move(c));
}

// A co_yield that ends the coroutine is no place to stop at.
folly::coro::Task<void> ok_error_yielded(std::exception_ptr error) {
  auto c = co_await connection::connect("host");
  co_await c.close();
  co_yield folly::coro::co_error(error);
}

} // namespace
