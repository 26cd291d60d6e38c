// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
#include "folly/coro/AsyncScope.h"
#include "folly/coro/Mutex.h"
#include "folly/coro/SharedMutex.h"
#include "folly/coro/Task.h"
#include <memory>
#include <mutex>

using folly::coro::Task;

Task<int> load();
Task<void> log();
Task<std::unique_ptr<int>> connect();

class service {
public:
  Task<void> bad_stale() {
    int next = total_ + 1; // expected-note {{read here}}
    co_await log(); // expected-note {{suspends here; another task may change 'total_'}}
    total_ = next;
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  Task<void> bad_check() {
    if (!conn_) // expected-note {{checked here}}
      conn_ = co_await connect();
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  Task<void> bad_lock_dropped() {
    co_await mutex_.co_scoped_lock();
    total_ = total_ + co_await load();
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'total_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  Task<void> bad_given_back_between() {
    auto lock = co_await mutex_.co_scoped_lock();
    int next = total_ + 1; // expected-note {{read here}}
    lock.unlock();
    co_await log(); // expected-note {{suspends here; another task may change 'total_'}}
    total_ = next;
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  Task<void> bad_shared_lock() {
    auto lock = co_await shared_.co_scoped_lock_shared();
    total_ = total_ + co_await load();
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'total_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  // One upgrade lock at a time, and the shared ones beside it only read.
  Task<void> ok_upgrade_lock() {
    auto lock = co_await shared_.co_scoped_lock_upgrade();
    if (total_ != 0)
      co_return;
    co_await log();
    total_ += 1;
  }
  Task<void> ok_upgrade_lock_stale() {
    auto lock = co_await shared_.co_scoped_lock_upgrade();
    int next = total_ + 1;
    co_await log();
    total_ = next;
  }
  void bad_start() {
    if (!started_)
    // expected-warning@-1 {{'started_' is checked here but set only inside the task that is spawned}}
    // expected-note@-2 {{checked here}}
      scope_.add(run());
      // expected-note@-1 {{started here; until the task runs, others pass the same check}}
      // expected-note@-2 {{set it before the task is started}}
  }

  Task<void> ok_scoped_lock() {
    auto lock = co_await mutex_.co_scoped_lock();
    total_ = total_ + co_await load();
    if (!conn_)
      conn_ = co_await connect();
  }
  Task<void> ok_by_hand() {
    co_await mutex_.co_lock();
    total_ = total_ + co_await load();
    mutex_.unlock();
  }
  Task<void> ok_adopted() {
    co_await mutex_.co_lock();
    std::unique_lock<folly::coro::Mutex> lock(mutex_, std::adopt_lock);
    total_ = total_ + co_await load();
  }
  Task<void> ok_exclusive_lock() {
    auto lock = co_await shared_.co_scoped_lock();
    total_ = total_ + co_await load();
  }

private:
  Task<void> run() {
    started_ = true; // expected-note {{set here, when the task runs}}
    co_await log();
  }
  folly::coro::Mutex mutex_;
  folly::coro::SharedMutexFair shared_;
  folly::coro::AsyncScope scope_;
  std::unique_ptr<int> conn_;
  bool started_ = false;
  int total_ = 0;
};
