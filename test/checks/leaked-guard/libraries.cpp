// RUN: %check leaked-guard %s
//
// What the knowledge files say of libraries.

#include "cppcoro/async_mutex.hpp"
#include "cppcoro/task.hpp"
#include "folly/coro/Mutex.h"
#include "folly/coro/SharedMutex.h"
#include "folly/coro/Task.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/rwlock.hh"
#include "seastar/core/semaphore.hh"
#include "seastar/core/shared_mutex.hh"
#include "seastar/coroutine/as_future.hh"
#include <mutex>
#include <utility>

namespace ss = seastar;

struct shard {
  ss::semaphore sem_{10};
  ss::gate gate_;
  ss::rwlock lock_;
  ss::shared_mutex mutex_;
  int writes_ = 0;

  ss::future<> write();
  ss::future<> write_with(ss::gate::holder);
  ss::future<bool> append();

  ss::future<> bad_wait_and_signal() {
    co_await sem_.wait(1);
    // expected-warning@-1 {{'sem_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{the semaphore's units: acquired here}}
    // expected-note@-3 {{hold it with seastar::get_units}}
    co_await write(); // expected-note {{if this co_await throws, the give-back is skipped}}
    sem_.signal(1); // expected-note {{given back here}}
  }

  ss::future<> bad_units_never_awaited() {
    auto units = ss::get_units(sem_, 1);
    // expected-warning@-1 {{'units' is a task that gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>' and is never awaited: nothing is protected}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it to hold the guard}}
    co_await write();
  }

  ss::future<> bad_units_dropped() {
    co_await ss::get_units(sem_, 1);
    // expected-warning@-1 {{guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    co_await write();
  }

  ss::future<> bad_units_task_dropped() {
    ss::get_units(sem_, 1);
    // expected-warning@-1 {{the task that gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>' is dropped without being awaited: nothing is protected}}
    // expected-note@-2 {{the task is made and dropped here}}
    // expected-note@-3 {{co_await it and give the guard a name}}
    co_await write();
  }

  ss::future<> bad_wait_never_awaited() {
    auto turn = sem_.wait(1);
    // expected-warning@-1 {{the task that acquires 'sem_' is dropped without being awaited: nobody waits for it}}
    // expected-note@-2 {{the task is made and dropped here}}
    // expected-note@-3 {{co_await it, and give back what it acquires in a guard such as codrop::scope_exit}}
    co_await write();
    sem_.signal(1);
  }

  ss::future<> bad_gate_by_hand() {
    gate_.enter();
    // expected-warning@-1 {{'gate_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{the gate: acquired here}}
    // expected-note@-3 {{hold it with seastar::gate::hold}}
    co_await write(); // expected-note {{if this co_await throws, the give-back is skipped}}
    gate_.leave(); // expected-note {{given back here}}
  }

  ss::future<> bad_read_lock_by_hand() {
    co_await lock_.read_lock();
    // expected-warning@-1 {{'lock_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{the read lock: acquired here}}
    // expected-note@-3 {{hold it with seastar::rwlock::hold_read_lock}}
    co_await write(); // expected-note {{if this co_await throws, the give-back is skipped}}
    lock_.read_unlock(); // expected-note {{given back here}}
  }

  ss::future<> bad_shared_mutex_by_hand() {
    co_await mutex_.lock_shared();
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired on some path}}
    // expected-note@-2 {{the shared lock: acquired here}}
    // expected-note@-3 {{hold it with seastar::get_shared_lock}}
    if (!co_await append())
      co_return; // expected-note {{the function is left here without it}}
    mutex_.unlock_shared(); // expected-note {{given back here}}
  }

  // A lazy task would not have begun; an eager one goes on.
  ss::future<> bad_holder_beside_task() {
    auto holder = gate_.hold();
    // expected-warning@-1 {{'holder' of type 'seastar::gate::holder' is given back before the returned task is done}}
    // expected-note@-2 {{acquired here}}
    return write();
    // expected-note@-1 {{the task that is returned here goes on after the guard has died}}
    // expected-note@-2 {{make this function a coroutine and co_return co_await the task}}
  }

  ss::future<> bad_units_released_without_signal() {
    auto units = co_await ss::get_units(sem_, 1); // expected-note {{acquired here}}
    units.release();
    // expected-warning@-1 {{'release()' gives up 'units' without giving back what it holds}}
    // expected-note@-2 {{nobody owns it after this; let the guard die instead, or give it back on every path}}
    co_await write();
  }

  // In stages: the next one may start while this one ends.
  ss::future<> ok_units_returned_early() {
    auto units = co_await ss::get_units(sem_, 1);
    units.return_all();
    co_await write();
  }

  ss::future<> ok_units() {
    auto units = co_await ss::get_units(sem_, 1);
    co_await write();
    units.return_all();
    co_await append();
  }

  ss::future<> ok_units_adopted() {
    co_await sem_.wait(1);
    ss::semaphore_units units(sem_, 1);
    co_await write();
  }

  ss::future<> ok_units_split() {
    auto units = co_await ss::get_units(sem_, 2);
    auto one = units.split(1);
    co_await write();
  }

  // Everybody else has given back when all units are there.
  ss::future<> ok_wait_for_all() {
    co_await write();
    co_await ss::get_units(sem_, 10);
  }

  ss::future<> ok_with_gate() {
    return ss::with_gate(gate_, [this] { return write(); });
  }

  ss::future<> ok_holder_passed() {
    auto holder = gate_.hold();
    return write_with(std::move(holder));
  }

  ss::future<> ok_holder_in_coroutine() {
    auto holder = gate_.hold();
    co_await write();
  }

  ss::future<> ok_holder_and_ready() {
    auto holder = gate_.hold();
    return ss::make_ready_future<>();
  }

  ss::future<> ok_units_released_and_signalled() {
    auto units = co_await ss::get_units(sem_, 1);
    units.release();
    sem_.signal(1);
    co_await write();
  }

  // The await gives the failed future; it does not throw.
  ss::future<> ok_as_future() {
    co_await sem_.wait(1);
    auto done = co_await ss::coroutine::as_future(write());
    sem_.signal(1);
    done.get();
  }

  ss::future<> ok_continuation_gives_back() {
    co_await sem_.wait(1);
    co_await write().finally([this] { sem_.signal(1); });
  }

  ss::future<> ok_wait_with_handler() {
    co_await sem_.wait(1);
    std::exception_ptr error;
    try {
      co_await write();
    } catch (...) {
      error = std::current_exception();
    }
    sem_.signal(1);
    if (error)
      std::rethrow_exception(error);
  }
};

struct folly_user {
  folly::coro::Mutex mutex_;
  folly::coro::SharedMutex shared_;
  folly::coro::Task<void> write();

  folly::coro::Task<void> bad_co_lock() {
    co_await mutex_.co_lock();
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{the mutex: acquired here}}
    // expected-note@-3 {{hold it with co_scoped_lock()}}
    co_await write(); // expected-note {{if this co_await throws, the give-back is skipped}}
    mutex_.unlock(); // expected-note {{given back here}}
  }

  folly::coro::Task<void> bad_dropped() {
    co_await mutex_.co_scoped_lock();
    // expected-warning@-1 {{guard 'std::unique_lock<folly::coro::Mutex>' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    co_await write();
  }

  folly::coro::Task<void> bad_never_awaited() {
    auto lock = mutex_.co_scoped_lock();
    // expected-warning@-1 {{'lock' is a task that gives the guard 'std::unique_lock<folly::coro::Mutex>' and is never awaited: nothing is protected}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it to hold the guard}}
    co_await write();
  }

  folly::coro::Task<void> bad_shared() {
    co_await shared_.co_lock_shared();
    // expected-warning@-1 {{'shared_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{the shared lock: acquired here}}
    // expected-note@-3 {{hold it with co_scoped_lock_shared()}}
    co_await write(); // expected-note {{if this co_await throws, the give-back is skipped}}
    shared_.unlock_shared(); // expected-note {{given back here}}
  }

  folly::coro::Task<void> bad_shared_dropped() {
    co_await shared_.co_scoped_lock_shared();
    // expected-warning@-1 {{guard 'folly::coro::SharedLock<folly::coro::SharedMutexFair>' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    co_await write();
  }

  folly::coro::Task<void> bad_try_lock() {
    if (!mutex_.try_lock())
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{the mutex: acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
      co_return;
    co_await write(); // expected-note {{if this co_await throws, the give-back is skipped}}
    mutex_.unlock(); // expected-note {{given back here}}
  }

  folly::coro::Task<void> ok_guard() {
    auto lock = co_await mutex_.co_scoped_lock();
    co_await write();
  }

  folly::coro::Task<void> ok_adopted() {
    co_await mutex_.co_lock();
    std::unique_lock<folly::coro::Mutex> lock(mutex_, std::adopt_lock);
    co_await write();
  }

  folly::coro::Task<std::unique_lock<folly::coro::Mutex>> ok_guard_returned() {
    auto lock = co_await mutex_.co_scoped_lock();
    co_await write();
    co_return lock;
  }
};

struct cppcoro_user {
  cppcoro::async_mutex mutex_;
  cppcoro::task<> write();

  cppcoro::task<> bad_lock_async() {
    co_await mutex_.lock_async();
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{the mutex: acquired here}}
    // expected-note@-3 {{hold it with scoped_lock_async()}}
    co_await write(); // expected-note {{if this co_await throws, the give-back is skipped}}
    mutex_.unlock(); // expected-note {{given back here}}
  }

  cppcoro::task<> bad_dropped() {
    co_await mutex_.scoped_lock_async();
    // expected-warning@-1 {{guard 'cppcoro::async_mutex_lock' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    co_await write();
  }

  cppcoro::task<> bad_never_awaited() {
    auto lock = mutex_.scoped_lock_async();
    // expected-warning@-1 {{'lock' is a task that gives the guard 'cppcoro::async_mutex_lock' and is never awaited: nothing is protected}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it to hold the guard}}
    co_await write();
  }

  cppcoro::task<> ok_guard() {
    auto lock = co_await mutex_.scoped_lock_async();
    co_await write();
  }

  cppcoro::task<> ok_adopted() {
    co_await mutex_.lock_async();
    cppcoro::async_mutex_lock lock(mutex_, std::adopt_lock);
    co_await write();
  }
};
