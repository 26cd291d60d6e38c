// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check resume-under-lock %s --no-notes --names
//
// What is run under locks of the standard library and under one of one's own.

#include <condition_variable>
#include <coroutine>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <utility>
#include <vector>

struct executor {
  void schedule(std::coroutine_handle<> h);
  void post(std::function<void()> work);
};

struct spin_lock {
  void lock();
  void unlock();
};

struct waiter {
  std::coroutine_handle<> handle;
  waiter *next = nullptr;
};

class event {
  std::mutex mutex;
  std::shared_mutex shared;
  std::recursive_mutex recursive;
  spin_lock spin;
  std::vector<std::coroutine_handle<>> waiting;
  std::coroutine_handle<> one;
  std::stop_source stop;
  executor *on;

  void bad_guard() {
    std::lock_guard<std::mutex> lock(mutex);
    one.resume(); // expected-warning {{a coroutine is resumed while 'lock' holds its lock}}
  }
  void bad_deduced() {
    std::lock_guard lock(mutex);
    one(); // expected-warning {{a coroutine is resumed}}
  }
  void bad_scoped() {
    std::scoped_lock lock(mutex, recursive);
    for (auto h : waiting)
      h.resume(); // expected-warning {{a coroutine is resumed}}
  }
  void bad_unique() {
    std::unique_lock lock{mutex};
    std::exchange(one, nullptr).resume(); // expected-warning {{a coroutine is resumed}}
  }
  void bad_shared() {
    std::shared_lock lock(shared);
    one.resume(); // expected-warning {{a coroutine is resumed}}
  }
  void bad_taken_again() {
    std::unique_lock lock(mutex);
    lock.unlock();
    on->schedule(one);
    lock.lock();
    one.resume(); // expected-warning {{a coroutine is resumed}}
  }
  void bad_on_one_way(bool done) {
    std::unique_lock lock(mutex);
    if (done)
      lock.unlock();
    one.resume(); // expected-warning {{a coroutine is resumed}}
  }
  void bad_by_hand() {
    mutex.lock();
    auto h = one;
    h.resume(); // expected-warning {{a coroutine is resumed while 'mutex' is locked}}
    mutex.unlock();
  }
  void bad_spin() {
    spin.lock();
    one.resume(); // expected-warning {{a coroutine is resumed while 'spin' is locked}}
    spin.unlock();
  }
  void bad_stop() {
    std::lock_guard lock(mutex);
    stop.request_stop(); // expected-warning {{'request_stop()' runs the stop callbacks while 'lock' holds its lock}}
  }
  void bad_handed_over(std::unique_lock<std::mutex> lock) {
    one.resume(); // expected-warning {{a coroutine is resumed while 'lock' holds its lock}}
  }
  void bad_optional() {
    std::optional<std::unique_lock<std::mutex>> lock(mutex);
    one.resume(); // expected-warning {{a coroutine is resumed}}
  }

  // Through functions whose bodies are visible.
  void wake() { one.resume(); }
  void wake_all() { wake(); }
  void bad_helper() {
    std::lock_guard lock(mutex);
    wake(); // expected-warning {{a coroutine is resumed}}
  }
  void bad_two_calls() {
    std::lock_guard lock(mutex);
    wake_all(); // expected-warning {{a coroutine is resumed}}
  }
  void bad_closure() {
    std::lock_guard lock(mutex);
    auto run = [this] { one.resume(); };
    run(); // expected-warning {{a coroutine is resumed}}
  }

  void ok_no_lock() { one.resume(); }
  void ok_unlocked() {
    std::unique_lock lock(mutex);
    auto h = std::exchange(one, nullptr);
    lock.unlock();
    h.resume();
  }
  void ok_scope() {
    std::coroutine_handle<> h;
    {
      std::lock_guard lock(mutex);
      h = std::exchange(one, nullptr);
    }
    h.resume();
  }
  void ok_taken_out() {
    std::vector<std::coroutine_handle<>> ready;
    {
      std::lock_guard lock(mutex);
      ready.swap(waiting);
    }
    for (auto h : ready)
      h.resume();
  }
  void ok_deferred() {
    std::unique_lock lock(mutex, std::defer_lock);
    one.resume();
  }
  void ok_by_hand() {
    mutex.lock();
    auto h = one;
    mutex.unlock();
    h.resume();
  }
  void ok_every_way() {
    mutex.lock();
    if (!one) {
      mutex.unlock();
      return;
    }
    auto h = one;
    mutex.unlock();
    h.resume();
  }
  void ok_scheduled() {
    std::lock_guard lock(mutex);
    on->schedule(one);
  }
  void ok_posted() {
    std::lock_guard lock(mutex);
    on->post([h = one] { h.resume(); });
  }
  void ok_before() {
    one.resume();
    std::lock_guard lock(mutex);
    waiting.clear();
  }
  void ok_only_tested() {
    std::lock_guard lock(mutex);
    if (one && one.done())
      one.destroy();
  }
  void ok_moved() {
    std::unique_lock lock(mutex);
    drop(std::move(lock));
    one.resume();
  }
  void drop(std::unique_lock<std::mutex>);
  // Gives the lock back before it resumes.
  void wake_unlocked(std::unique_lock<std::mutex> &lock) {
    lock.unlock();
    one.resume();
  }
  void ok_helper_unlocks() {
    std::unique_lock lock(mutex);
    wake_unlocked(lock);
  }
  void hand_over() {
    mutex.unlock();
    one.resume();
  }
  void ok_hand_over() {
    mutex.lock();
    hand_over();
  }
  void ok_notify(std::condition_variable &cv) {
    std::lock_guard lock(mutex);
    cv.notify_all();
  }
  // May be another's.
  virtual void virtual_wake() { one.resume(); }
  void virtual_FN() {
    std::lock_guard lock(mutex);
    virtual_wake();
  }

  // The guard is gone when the other coroutine runs.
  struct ok_awaiter {
    event &e;
    bool await_ready() { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) {
      std::lock_guard lock(e.mutex);
      e.waiting.push_back(h);
      return e.one;
    }
    void await_resume() {}
  };
};

// Nobody else knows the mutex.
void ok_local_mutex(std::coroutine_handle<> h) {
  std::mutex own;
  std::unique_lock lock(own);
  h.resume();
}
struct shared_state {
  std::mutex mutex;
  std::coroutine_handle<> one;
};
void bad_shared_owner(std::weak_ptr<shared_state> weak) {
  auto state = weak.lock();
  std::lock_guard lock(state->mutex);
  state->one.resume(); // expected-warning {{a coroutine is resumed}}
}
// Nobody waits for it yet.
std::mutex global;
void ok_new_source() {
  std::lock_guard lock(global);
  std::stop_source source;
  source.request_stop();
}
void bad_global(std::coroutine_handle<> h) {
  std::lock_guard lock(global);
  h.resume(); // expected-warning {{a coroutine is resumed}}
}

template <class Mutex> struct generic {
  Mutex mutex;
  std::coroutine_handle<> one;
  void bad_generic() {
    std::lock_guard<Mutex> lock(mutex);
    one.resume(); // expected-warning {{a coroutine is resumed}}
  }
};
template struct generic<std::mutex>;
