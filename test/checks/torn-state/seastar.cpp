// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/rwlock.hh"
#include "seastar/core/semaphore.hh"
#include "seastar/core/shared_mutex.hh"
#include "seastar/coroutine/maybe_yield.hh"
#include <map>
#include <memory>

using seastar::future;

future<int> load();
future<> log();
future<std::unique_ptr<int>> connect();

class service {
public:
  future<> bad_stale() {
    auto next = total_ + 1; // expected-note {{read here}}
    co_await log(); // expected-note {{suspends here; another task may change 'total_'}}
    total_ = next;
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  future<> bad_maybe_yield() {
    for (auto &[key, count] : counts_) {
      auto next = count + 1; // expected-note {{read here}}
      co_await seastar::coroutine::maybe_yield(); // expected-note {{suspends here; another task may change 'count'}}
      count = next;
      // expected-warning@-1 {{'count' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    }
  }
  future<> bad_check() {
    if (!conn_) // expected-note {{checked here}}
      conn_ = co_await connect();
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  // A gate lets others in.
  future<> bad_in_a_gate() {
    auto holder = gate_.hold();
    total_ = total_ + co_await load();
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'total_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  future<> bad_under_a_read_lock() {
    auto holder = co_await lock_.hold_read_lock();
    total_ = total_ + co_await load();
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'total_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  future<> bad_units_not_awaited() {
    auto units = seastar::get_units(sem_, 1);
    total_ = total_ + co_await load();
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'total_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  future<> bad_units_returned() {
    auto units = co_await seastar::get_units(sem_, 1);
    auto next = total_ + 1; // expected-note {{read here}}
    units.return_all();
    co_await log(); // expected-note {{suspends here; another task may change 'total_'}}
    total_ = next;
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }

  future<> ok_units() {
    auto units = co_await seastar::get_units(sem_, 1);
    total_ = total_ + co_await load();
  }
  future<> ok_double_checked() {
    if (!conn_) {
      auto units = co_await seastar::get_units(sem_, 1);
      if (!conn_)
        conn_ = co_await connect();
    }
  }
  future<> ok_by_hand() {
    co_await sem_.wait();
    total_ = total_ + co_await load();
    sem_.signal();
  }
  future<> ok_under_a_write_lock() {
    co_await lock_.write_lock();
    total_ = total_ + co_await load();
    lock_.write_unlock();
  }
  future<> ok_with_semaphore() {
    co_await seastar::with_semaphore(sem_, 1, [this]() -> future<> {
      total_ = total_ + co_await load();
    });
  }
  future<> ok_right_side_first() { total_ += co_await load(); }

private:
  std::map<int, int> counts_;
  std::unique_ptr<int> conn_;
  seastar::semaphore sem_{1};
  seastar::rwlock lock_;
  seastar::gate gate_;
  int total_ = 0;
};
