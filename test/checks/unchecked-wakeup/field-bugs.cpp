// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unchecked-wakeup %s --no-notes --names
//
// Shapes of bugs that were fixed in the field, before and after.

#include "seastar/core/condition-variable.hh"
#include <chrono>

using namespace std::chrono_literals;
using seastar::future;

/// redpanda 80dd3cf774ad: looks whether there is something to send, and sleeps
/// until signalled if not; the caller calls it again and again.
struct status_sender {
  seastar::condition_variable changed;
  long sent = 0, latest = 0;
  bool should_send() const { return sent != latest; }
  future<bool> send(long version);

  future<> bad_reconcile() {
    bool failed = false;
    if (should_send())
      failed = !co_await send(latest);
    try {
      if (failed || should_send()) {
        co_await changed.wait(5s);
      } else {
        co_await changed.wait(); // expected-warning {{the condition is not looked at again after 'wait()' has been awaited}}
      }
    } catch (const seastar::condition_variable_timed_out &) {
    }
  }
  future<> ok_reconcile() {
    bool failed = false;
    if (should_send())
      failed = !co_await send(latest);
    try {
      if (failed || should_send()) {
        co_await changed.wait(5s);
      } else {
        co_await changed.wait([this] { return should_send(); });
      }
    } catch (const seastar::condition_variable_timed_out &) {
    }
  }
};

/// scylladb bb57b0f3b748: the number of files can only be asked by awaiting, so
/// the loop asks it; the predicate asks for the other half alone.
struct backpressure {
  struct state {
    seastar::condition_variable done;
  };
  state &state_of(int table);
  bool enabled(int table) const;
  future<unsigned> count(int table);
  unsigned limit = 32;

  future<> bad_slow_down(int table) {
    auto &s = state_of(table);
    try {
      while (enabled(table) && co_await count(table) > limit) {
        co_await s.done.wait([this, table] { return !enabled(table); }); // expected-warning {{'wait()' waits for something else than the loop around it asks}}
      }
    } catch (const seastar::broken_condition_variable &) {
      co_return;
    }
  }
  future<> ok_slow_down(int table) {
    auto &s = state_of(table);
    try {
      while (enabled(table) && co_await count(table) > limit) {
        co_await s.done.wait();
      }
    } catch (const seastar::broken_condition_variable &) {
      co_return;
    }
  }
};
