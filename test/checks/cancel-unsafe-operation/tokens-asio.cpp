// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: asio
// RUN: %check cancel-unsafe-operation %s -pthread -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE
//
// Timeouts as completion tokens, which Asio has from 1.31 on: declared here as
// they are there, for the Asio that is packaged is older.

#include <asio.hpp>

namespace asio {
template <class Rep, class Period, class Token>
Token cancel_after(const std::chrono::duration<Rep, Period> &, Token token) {
  return token;
}
template <class Clock, class Duration, class Token>
Token cancel_at(const std::chrono::time_point<Clock, Duration> &, Token token) {
  return token;
}
} // namespace asio

using namespace std::chrono_literals;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

awaitable<void> bad_goes_on(tcp::socket &s, std::string hello) {
  try {
    co_await asio::async_write(s, asio::buffer(hello),
    // expected-warning@-1 {{'async_write' on 's' is cut short by 'cancel_after', and 's' is used again after it}}
    // expected-note@-2 {{part of the data may have been sent}}
                               asio::cancel_after(5s, use_awaitable));
                               // expected-note@-1 {{when 'cancel_after' runs out of time, it is cancelled at whatever co_await it is}}
                               // expected-note@-2 {{close 's' when it was cut, or let the operation finish, as codrop::shield does}}
  } catch (const std::system_error &) { // expected-note {{the coroutine goes on here}}
  }
  co_await asio::async_write(s, asio::buffer("bye"), use_awaitable); // expected-note {{'s' is used again here all the same}}
}
awaitable<void> ok_ends(tcp::socket &s, std::string hello) {
  co_await asio::async_write(
      s, asio::buffer(hello),
      asio::cancel_at(std::chrono::steady_clock::now(), use_awaitable));
  co_await asio::async_write(s, asio::buffer("bye"), use_awaitable);
}
awaitable<void> ok_closed(tcp::socket s, std::string hello) {
  try {
    co_await asio::async_write(s, asio::buffer(hello),
                               asio::cancel_after(5s, use_awaitable));
  } catch (const std::system_error &) {
    s.close();
    co_return;
  }
  co_await asio::async_write(s, asio::buffer("bye"), use_awaitable);
}
// Takes what is there, or nothing.
awaitable<void> ok_some(tcp::socket &s) {
  char buffer[64];
  for (;;)
    try {
      co_await s.async_read_some(asio::buffer(buffer),
                                 asio::cancel_after(5s, use_awaitable));
    } catch (const std::system_error &) {
    }
}
