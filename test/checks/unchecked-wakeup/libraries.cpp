// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unchecked-wakeup %s --no-notes --names
//
// Condition variables and events of libraries.

#include "coro/coro.hpp"
#include "cppcoro/async_auto_reset_event.hpp"
#include "cppcoro/single_consumer_event.hpp"
#include "cppcoro/task.hpp"
#include "seastar/core/condition-variable.hh"
#include <deque>

struct service {
  seastar::condition_variable changed;
  coro::mutex mutex;
  coro::condition_variable filled;
  cppcoro::async_auto_reset_event pulse;
  cppcoro::single_consumer_event once;
  std::deque<int> queue;
  bool ready = false;
  void use(int);
  void flush();

  seastar::future<> bad_seastar() {
    if (!ready)
      co_await changed.wait(); // expected-warning {{the condition is not looked at again after 'wait()' has been awaited}}
    flush();
  }
  seastar::future<> bad_seastar_when() {
    if (queue.empty())
      co_await changed.when(); // expected-warning {{after 'when()' has been awaited}}
    use(queue.front());
  }
  seastar::future<> ok_seastar() {
    while (!ready)
      co_await changed.when();
    co_await changed.wait([this] { return !queue.empty(); });
    use(queue.front());
  }
  coro::task<> bad_libcoro() {
    auto lock = co_await mutex.scoped_lock();
    if (queue.empty())
      co_await filled.wait(lock); // expected-warning {{the condition is not looked at again}}
    use(queue.front());
  }
  coro::task<> ok_libcoro() {
    auto lock = co_await mutex.scoped_lock();
    co_await filled.wait(lock, [this] { return !queue.empty(); });
    use(queue.front());
  }
  cppcoro::task<> bad_cppcoro() {
    if (queue.empty())
      co_await pulse; // expected-warning {{the condition is not looked at again after 'async_auto_reset_event' has been awaited}}
    use(queue.front());
  }
  cppcoro::task<> bad_pulse_only() {
    for (;;) {
      co_await pulse;
      use(queue.front()); // Several elements, one pulse.
      queue.pop_front();
    } // expected-warning@-3 {{'queue' is taken from without a look after 'async_auto_reset_event' has been awaited}}
  }
  cppcoro::task<> ok_cppcoro() {
    while (queue.empty())
      co_await pulse;
    use(queue.front());
  }
  // Set once, for good.
  cppcoro::task<> ok_one_shot() {
    if (!ready)
      co_await once;
    use(queue.front());
  }
};
