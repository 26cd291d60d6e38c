// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check resume-under-lock %s --no-notes --prefix maybe
// RUN: %check resume-under-lock %s --no-notes --prefix sure --checks-options codrop-resume-under-lock.Confidence=definite
//
// What is known to run the coroutines that wait, or callbacks, and what only
// schedules them.

#include "coro/coro.hpp"
#include "cppcoro/async_auto_reset_event.hpp"
#include "cppcoro/async_mutex.hpp"
#include "cppcoro/single_consumer_event.hpp"
#include "folly/CancellationToken.h"
#include "folly/Synchronized.h"
#include "folly/futures/Promise.h"
#include <asio/cancellation_signal.hpp>
#include <coroutine>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

std::mutex mutex;

void of_std(std::stop_source stop, std::jthread &thread,
            std::coroutine_handle<> h) {
  std::lock_guard lock(mutex);
  stop.request_stop(); // maybe-warning {{'request_stop()' runs the stop callbacks while 'lock' holds its lock}}
  h.resume();
}
void of_std_handle(std::coroutine_handle<> h) {
  std::lock_guard lock(mutex);
  h.resume(); // maybe-warning {{a coroutine is resumed while 'lock' holds its lock}} sure-warning {{a coroutine is resumed}}
}
// Wakes a thread that waits for the future.
void ok_std_promise(std::promise<int> p) {
  std::lock_guard lock(mutex);
  p.set_value(1);
}

void of_cppcoro(cppcoro::single_consumer_event &e) {
  std::lock_guard lock(mutex);
  e.set(); // maybe-warning {{'set()' resumes the coroutines that wait for the event while 'lock' holds its lock}}
}
void of_auto_reset(cppcoro::async_auto_reset_event &e) {
  std::unique_lock lock(mutex);
  e.set(); // maybe-warning {{'set()' resumes the coroutines that wait for the event}}
}
void of_async_mutex(cppcoro::async_mutex &m) {
  std::lock_guard lock(mutex);
  m.unlock(); // maybe-warning {{'unlock()' resumes the coroutine that waits for the mutex}}
}

void of_libcoro(coro::event &e, coro::latch &l) {
  std::lock_guard lock(mutex);
  e.set(); // maybe-warning {{'set()' resumes the coroutines that wait for the event}}
  l.count_down();
}
// Resumed on the pool.
void ok_libcoro_executor(coro::event &e,
                         std::unique_ptr<coro::thread_pool> &pool) {
  std::lock_guard lock(mutex);
  e.set(pool);
}

void of_folly(folly::Promise<int> &p) {
  std::lock_guard lock(mutex);
  p.setValue(1); // maybe-warning {{'setValue()' runs the callbacks of the future that have no other executor}}
}
void of_folly_cancel(folly::CancellationSource &source) {
  std::lock_guard lock(mutex);
  source.requestCancellation(); // maybe-warning {{'requestCancellation()' runs the callbacks of the cancellation}}
}
struct pending {
  std::vector<folly::Promise<int>> promises;
};
void of_synchronized(folly::Synchronized<pending> &all) {
  auto locked = all.wlock();
  for (auto &p : locked->promises)
    p.setValue(1); // maybe-warning {{while 'locked' holds its lock}}
}
void ok_taken_out(folly::Synchronized<pending> &all) {
  std::vector<folly::Promise<int>> promises;
  {
    auto locked = all.wlock();
    promises.swap(locked->promises);
  }
  for (auto &p : promises)
    p.setValue(1);
}

// The mutex is made for coroutines: whoever is resumed may wait for it.
coro::task<> ok_coroutine_mutex(coro::mutex &m, coro::event &e) {
  auto lock = co_await m.scoped_lock();
  e.set();
}

// The handler of the operation that is cancelled runs before emit() returns.
struct operation {
  std::mutex mutex;
  asio::cancellation_signal signal;
  void cancel() {
    std::unique_lock lock(mutex);
    signal.emit(asio::cancellation_type::all); // maybe-warning {{'emit()' runs the handler of the cancellation while 'lock' holds its lock}}
  }
};

struct bus {
  [[clang::annotate("codrop::resumer")]] void publish();
};
void of_annotated(bus &b) {
  std::lock_guard lock(mutex);
  b.publish(); // maybe-warning {{'publish()' runs what others wrote while 'lock' holds its lock}}
}
