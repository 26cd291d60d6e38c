// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unchecked-wakeup %s
// RUN: %check unchecked-wakeup %s --prefix sure --checks-options codrop-unchecked-wakeup.Confidence=definite
//
// What is said, step by step. Nothing of it is certain: whoever notifies may
// keep a promise.

#include "cppcoro/async_auto_reset_event.hpp"
#include "cppcoro/task.hpp"
#include "seastar/core/condition-variable.hh"
#include <deque>

struct service {
  seastar::condition_variable changed;
  cppcoro::async_auto_reset_event pulse;
  std::deque<int> queue;
  bool ready = false;
  int running = 0;

  seastar::future<> bad_if() {
    if (!ready) // expected-note {{it is looked at here, once}}
      co_await changed.wait();
      // expected-warning@-1 {{the condition is not looked at again after 'wait()' has been awaited}}
      // expected-note@-2 {{a notification only says that something has changed}}
      // expected-note@-3 {{wait in a loop, 'while (...) co_await ...', or with a predicate}}
  }
  cppcoro::task<int> bad_taken() {
    if (queue.empty()) // expected-note {{it is looked at here, once}}
      co_await pulse;
      // expected-warning@-1 {{the condition is not looked at again after 'async_auto_reset_event' has been awaited}}
      // expected-note@-2 {{the event may have been set for something that another coroutine has taken since}}
      // expected-note@-3 {{wait in a loop, 'while (...) co_await ...', or with a predicate}}
    co_return queue.front(); // expected-note {{'queue' is taken from here as if it held}}
  }
  seastar::future<int> bad_no_look() {
    co_await changed.when();
    // expected-warning@-1 {{'queue' is taken from without a look after 'when()' has been awaited}}
    // expected-note@-2 {{a notification only says that something has changed}}
    // expected-note@-3 {{wait in a loop that asks whether there is something, or with a predicate}}
    co_return queue.back(); // expected-note {{it may be empty here}}
  }
  seastar::future<> bad_predicate() {
    while (running > 0) // expected-note {{the loop asks this, too}}
      co_await changed.wait([this] { return ready; });
      // expected-warning@-1 {{'wait()' waits for something else than the loop around it asks}}
      // expected-note@-2 {{the wait's predicate does not, so a notification about it wakes nobody}}
      // expected-note@-3 {{await without a predicate and let the loop ask, or ask all of it in the predicate}}
  }
};
