// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unchecked-wakeup %s --no-notes
//
// What is not seen, or seen wrongly, and known to be.

#include "seastar/core/condition-variable.hh"
#include <deque>
#include <map>

struct service {
  seastar::condition_variable changed;
  std::deque<int> queue;
  std::map<int, int> table;
  bool ready = false;
  bool done = false;
  void flush();
  void use(int);

  // An early way out in place of the `if` around the wait.
  seastar::future<> left_early_FN() {
    if (ready)
      co_return;
    co_await changed.wait();
    flush();
  }
  // Elements that are not taken by one of the standard names.
  seastar::future<> indexed_FN() {
    co_await changed.wait();
    use(queue[0]);
  }
  seastar::future<> by_iterator_FN() {
    co_await changed.wait();
    use(table.begin()->second);
  }
  // A predicate that has a name.
  seastar::future<> named_predicate_FN() {
    auto finished = [this] { return done; };
    while (!ready)
      co_await changed.wait(finished);
  }
  // Waits for one of many events; its caller looks for which, in a loop.
  seastar::future<> await_event_FP() {
    if (!done)
      co_await changed.wait(); // expected-warning {{the condition is not looked at again}}
  }
  seastar::future<> caller() {
    while (!ready)
      co_await await_event_FP();
  }
};
