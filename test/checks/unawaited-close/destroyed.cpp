// RUN: %check unawaited-close %s -Werror=return-type --no-notes
// RUN: %check unawaited-close %s --prefix always --checks-options codrop-unawaited-close.DestroyEdges=always
// RUN: %check unawaited-close %s --prefix never --no-notes --checks-options codrop-unawaited-close.DestroyEdges=never
//
// Frames that are destroyed while they are suspended.

#include "cppcoro/generator.hpp"
#include "own/connection.h"

using own::connection;
using own::task;

namespace {

task<connection> connect();

// Nothing is known of own::task: that its frame is destroyed has to be asked
// for.
task<> held_over_an_await() {
  auto c = co_await connect();
  // always-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when the suspended coroutine is destroyed}}
  // always-note@-2 {{it is open from here on}}
  // always-note@-3 {{co_await its 'close()' before, or let codrop::must_close hand it to a cleanup scope}}
  co_await own::nothrow_yield();
  // always-note@-1 {{if the frame is destroyed while the coroutine is suspended here, the close is never reached}}
  co_await c.close();
}

task<> ok_closed_at_once() {
  auto c = co_await connect();
  co_await c.close();
}

// Being dropped before it starts is another rule's matter.
task<> ok_parameter(connection c) { co_await c.close(); }

task<> ok_open_between_awaits() {
  co_await own::nothrow_yield();
  auto c = co_await connect();
  co_await own::ready();
  co_await c.close();
  co_await own::nothrow_yield();
}

// A generator's frame is destroyed when its consumer stops early.
void keep(connection);
cppcoro::generator<int> bad_open_over_a_yield() {
  connection c("host");
  // always-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when the suspended coroutine is destroyed}}
  // always-note@-2 {{it is open from here on}}
  // always-note@-3 {{co_await its 'close()' before, or let codrop::must_close hand it to a cleanup scope}}
  // expected-warning@-4 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when the suspended coroutine is destroyed}}
  co_yield 1; // always-note {{if the frame is destroyed while the coroutine is suspended here, the close is never reached}}
  keep(std::move(c));
}

cppcoro::generator<int> ok_closed_before_the_yield() {
  connection c("host");
  keep(std::move(c));
  co_yield 1;
}

} // namespace
