// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
#include "cppcoro/async_mutex.hpp"
#include "cppcoro/async_scope.hpp"
#include "cppcoro/task.hpp"

using cppcoro::task;

task<int> load();
task<> log();
task<int *> connect();

class service {
public:
  task<> bad_stale() {
    int next = total_ + 1; // expected-note {{read here}}
    co_await log(); // expected-note {{suspends here; another task may change 'total_'}}
    total_ = next;
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_check() {
    if (!conn_) // expected-note {{checked here}}
      conn_ = co_await connect();
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_lock_dropped() {
    co_await mutex_.scoped_lock_async();
    total_ = total_ + co_await load();
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'total_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  void bad_start() {
    if (!started_)
    // expected-warning@-1 {{'started_' is checked here but set only inside the task that is spawned}}
    // expected-note@-2 {{checked here}}
      scope_.spawn(run());
      // expected-note@-1 {{started here; until the task runs, others pass the same check}}
      // expected-note@-2 {{set it before the task is started}}
  }

  task<> ok_scoped_lock() {
    auto lock = co_await mutex_.scoped_lock_async();
    total_ = total_ + co_await load();
  }
  task<> ok_by_hand() {
    co_await mutex_.lock_async();
    total_ = total_ + co_await load();
    mutex_.unlock();
  }
  task<> ok_adopted() {
    co_await mutex_.lock_async();
    cppcoro::async_mutex_lock lock(mutex_, std::adopt_lock);
    total_ = total_ + co_await load();
  }

private:
  task<> run() {
    started_ = true; // expected-note {{set here, when the task runs}}
    co_await log();
  }
  cppcoro::async_mutex mutex_;
  cppcoro::async_scope scope_;
  int *conn_ = nullptr;
  bool started_ = false;
  int total_ = 0;
};
