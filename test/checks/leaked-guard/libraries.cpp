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
    co_await write();
    sem_.signal(1);
  }

  ss::future<> bad_units_never_awaited() {
    auto units = ss::get_units(sem_, 1);
    co_await write();
  }

  ss::future<> bad_units_dropped() {
    co_await ss::get_units(sem_, 1);
    co_await write();
  }

  ss::future<> bad_units_task_dropped() {
    ss::get_units(sem_, 1);
    co_await write();
  }

  ss::future<> bad_wait_never_awaited() {
    auto turn = sem_.wait(1);
    co_await write();
    sem_.signal(1);
  }

  ss::future<> bad_gate_by_hand() {
    gate_.enter();
    co_await write();
    gate_.leave();
  }

  ss::future<> bad_read_lock_by_hand() {
    co_await lock_.read_lock();
    co_await write();
    lock_.read_unlock();
  }

  ss::future<> bad_shared_mutex_by_hand() {
    co_await mutex_.lock_shared();
    if (!co_await append())
      co_return;
    mutex_.unlock_shared();
  }

  // A lazy task would not have begun; an eager one goes on.
  ss::future<> bad_holder_beside_task() {
    auto holder = gate_.hold();
    return write();
  }

  ss::future<> bad_units_released_without_signal() {
    auto units = co_await ss::get_units(sem_, 1);
    units.release();
    co_await write();
  }

  ss::future<> bad_units_returned_early() {
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
    co_await write();
    mutex_.unlock();
  }

  folly::coro::Task<void> bad_dropped() {
    co_await mutex_.co_scoped_lock();
    co_await write();
  }

  folly::coro::Task<void> bad_never_awaited() {
    auto lock = mutex_.co_scoped_lock();
    co_await write();
  }

  folly::coro::Task<void> bad_shared() {
    co_await shared_.co_lock_shared();
    co_await write();
    shared_.unlock_shared();
  }

  folly::coro::Task<void> bad_shared_dropped() {
    co_await shared_.co_scoped_lock_shared();
    co_await write();
  }

  folly::coro::Task<void> bad_try_lock() {
    if (!mutex_.try_lock())
      co_return;
    co_await write();
    mutex_.unlock();
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
    co_await write();
    mutex_.unlock();
  }

  cppcoro::task<> bad_dropped() {
    co_await mutex_.scoped_lock_async();
    co_await write();
  }

  cppcoro::task<> bad_never_awaited() {
    auto lock = mutex_.scoped_lock_async();
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
