// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
//
// What keeps others out while a coroutine is suspended.
#include "own/sync.h"
#include "own/task.h"
#include <mutex>
#include <optional>
#include <utility>

using own::task;

task<int> load(int = 0);
task<> log();

/// A guard and a mutex that say what they are.
class [[clang::annotate("codrop::guard(unlock)"),
        clang::annotate("codrop::coroutine_safe")]] turn {
public:
  turn(turn &&) noexcept;
  ~turn();
  void unlock();
};
class gatekeeper {
public:
  task<turn> my_turn();
};
class upgradable {
public:
  task<own::async_lock> scoped_upgrade_lock();
  task<own::async_lock> upgrade(own::async_lock &from);
};
class [[clang::annotate("codrop::single_owner")]] actor_state {
public:
  int value = 0;
};

struct counted {
  int value = 0;
};
class [[clang::annotate("codrop::single_owner")]] owner : counted {
public:
  task<> ok_inherited() { value = value + co_await load(); }
};

class shared {
public:
  task<> ok_inferred_guard() {
    auto held = co_await mutex_.scoped_lock();
    int next = value_ + 1;
    co_await log();
    value_ = next;
  }
  task<> ok_annotated_guard() {
    auto mine = co_await keeper_.my_turn();
    value_ = value_ + co_await load();
  }
  task<> ok_annotated_guard_in_an_optional() {
    std::optional<turn> mine = co_await keeper_.my_turn();
    value_ = value_ + co_await load();
  }
  task<> ok_permit() {
    auto units = co_await semaphore_.get_permit();
    if (!ready_) {
      co_await log();
      ready_ = true;
    }
  }
  task<> ok_locked_by_hand() {
    co_await mutex_.lock();
    int next = value_ + 1;
    co_await log();
    value_ = next;
    mutex_.unlock();
  }
  task<> ok_acquired_by_hand() {
    co_await semaphore_.acquire();
    value_ = value_ + co_await load();
    semaphore_.release();
  }
  // What is wrong with it is lock-across-suspension's to say.
  task<> ok_std_lock() {
    std::lock_guard lock(std_mutex_);
    value_ = value_ + co_await load();
  }
  task<> ok_double_checked() {
    if (!ready_) {
      auto held = co_await mutex_.scoped_lock();
      if (!ready_) {
        co_await log();
        ready_ = true;
      }
    }
  }
  task<> bad_double_checked_once() {
    if (!ready_) { // expected-note {{checked here}}
      auto held = co_await mutex_.scoped_lock(); // expected-note {{suspends here; another task may pass the same check}}
      co_await log();
      ready_ = true;
      // expected-warning@-1 {{'ready_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_given_back_between() {
    auto mine = co_await keeper_.my_turn();
    int next = value_ + 1; // expected-note {{read here}}
    mine.unlock();
    co_await log(); // expected-note {{suspends here; another task may change 'value_'}}
    value_ = next;
    // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_held_twice() {
    int next;
    {
      auto mine = co_await keeper_.my_turn();
      next = value_ + 1; // expected-note {{read here}}
    }
    auto mine = co_await keeper_.my_turn(); // expected-note {{suspends here; another task may change 'value_'}}
    value_ = next;
    // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_given_back_by_hand_between() {
    co_await mutex_.lock();
    int next = value_ + 1; // expected-note {{read here}}
    mutex_.unlock();
    co_await log(); // expected-note {{suspends here; another task may change 'value_'}}
    co_await mutex_.lock();
    value_ = next;
    // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    mutex_.unlock();
  }
  task<> bad_dropped_at_once() {
    co_await keeper_.my_turn();
    value_ = value_ + co_await load();
    // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'value_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  task<> bad_held_for_the_write_only() {
    int next = value_ + 1; // expected-note {{read here}}
    auto mine = co_await keeper_.my_turn(); // expected-note {{suspends here; another task may change 'value_'}}
    value_ = next;
    // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_upgraded() {
    auto reading = co_await upgradable_.scoped_upgrade_lock();
    if (!ready_) {
      auto writing = co_await upgradable_.upgrade(reading);
      ready_ = true;
    }
  }
  task<> ok_moved_into_another() {
    auto mine = co_await keeper_.my_turn();
    int next = value_ + 1;
    auto still_mine = std::move(mine);
    co_await log();
    value_ = next;
  }
  task<> ok_lock_handed_in(std::unique_lock<own::async_mutex> &lock) {
    value_ = value_ + co_await load();
  }
  task<> ok_turn_handed_in(turn mine) { value_ = value_ + co_await load(); }
  task<> ok_says_that_it_is_locked_add_locked() { co_await add_locked(); }
  task<> add_locked() { value_ = value_ + co_await load(); }

  task<> deposit() {
    auto mine = co_await keeper_.my_turn();
    co_await ok_called_under_lock();
    co_await bad_called_now_and_then();
  }
  task<> withdraw() {
    auto mine = co_await keeper_.my_turn();
    co_await log();
    co_await ok_called_under_lock();
  }
  task<> forget() { co_await bad_called_now_and_then(); }

  task<> lambda_under_lock() {
    auto mine = co_await keeper_.my_turn();
    auto ok_called_here = [this]() -> task<> {
      value_ = value_ + co_await load();
    };
    co_await ok_called_here();
    co_await [this]() -> task<> { value_ = value_ + co_await load(1); }();
  }
  template <class F> static task<> with(own::async_mutex &m, F f) {
    co_await f();
  }
  task<> lambda_given_to_the_mutex() {
    co_await with(mutex_, [this]() -> task<> {
      value_ = value_ + co_await load(2);
    });
  }
  task<> ok_single_owner() {
    state_.value = state_.value + co_await load();
  }

private:
  task<> ok_called_under_lock() {
    int next = value_ + 1;
    co_await log();
    value_ = next;
    co_await ok_called_by_one_called_under_lock();
  }
  task<> ok_called_by_one_called_under_lock() {
    value_ = value_ + co_await load(3);
  }
  task<> bad_called_now_and_then() {
    value_ = value_ + co_await load(4);
    // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'value_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }

  own::async_mutex mutex_;
  own::semaphore semaphore_{1};
  gatekeeper keeper_;
  upgradable upgradable_;
  std::mutex std_mutex_;
  actor_state state_;
  int value_ = 0;
  bool ready_ = false;
};
