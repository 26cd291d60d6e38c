// RUN: %check leaked-guard %s
//
// Guards that are lost although there is one.

#include "own/sync.h"
#include "own/task.h"
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <tuple>
#include <utility>
#include <vector>

using own::task;

task<> work();
task<bool> accepted();
task<> log_line(const char *);

/// A guard of somebody's own: only its shape says so.
class limiter {
public:
  class permit {
  public:
    explicit permit(limiter &l) : owner(&l) {}
    permit(permit &&o) noexcept : owner(std::exchange(o.owner, nullptr)) {}
    ~permit() {
      if (owner)
        owner->release();
    }

  private:
    limiter *owner;
  };
  task<permit> scoped_acquire();
  task<> acquire();
  void release();
  permit hold();
};

/// Counted by copies: no guard.
class node_ptr {
public:
  node_ptr(const node_ptr &);
  ~node_ptr();
};
/// Owns a descriptor, and guards nothing.
class stream {
public:
  stream(stream &&) noexcept;
  ~stream();
};
task<node_ptr> acquire_node();
task<stream> lock_file();

struct [[clang::annotate("codrop::guard")]] marked {
  marked(marked &&) noexcept;
  ~marked();
  void unlock();
};
task<marked> mark();

/// Rolls back unless it is disarmed.
class rollback {
public:
  template <class F> explicit rollback(F f);
  rollback(const rollback &) = delete;
  ~rollback();
  void disarm();
  void dismiss();
};
class undo_guard {
public:
  undo_guard();
  undo_guard(const undo_guard &) = delete;
  ~undo_guard();
  void release();
};

class store {
public:
  task<> commit();
  task<> commitBatch(int);
  task<bool> flush();
};

class service {
  own::async_mutex mutex_;
  own::semaphore sem_{4};
  limiter limiter_;
  store store_;
  std::mutex thread_mutex_;
  std::mutex other_;
  std::shared_mutex shared_;
  int value_ = 0;
  std::vector<own::async_lock> kept_;

  void keep(own::async_lock);
  void use(const own::async_lock &);

  // --- dropped at once ---

  task<> bad_dropped() {
    co_await mutex_.scoped_lock();
    // expected-warning@-1 {{guard 'own::async_lock' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    ++value_;
    co_await work();
  }

  task<> bad_dropped_permit() {
    co_await limiter_.scoped_acquire();
    // expected-warning@-1 {{guard 'limiter::permit' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    co_await work();
  }

  task<> bad_dropped_in_if(bool x) {
    if (x)
      co_await mutex_.scoped_lock();
      // expected-warning@-1 {{guard 'own::async_lock' is dropped at the end of this statement and protects nothing}}
      // expected-note@-2 {{acquired here and given back at the semicolon}}
      // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    co_await work();
  }

  task<> bad_dropped_before_synchronous_work() {
    co_await mutex_.scoped_lock();
    // expected-warning@-1 {{guard 'own::async_lock' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    ++value_;
  }

  task<> bad_dropped_marked() {
    co_await mark();
    // expected-warning@-1 {{guard 'marked' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    co_await work();
  }

  task<> bad_dropped_thread_guard() {
    std::lock_guard<std::mutex>{thread_mutex_};
    // expected-warning@-1 {{guard 'std::lock_guard<std::mutex>' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    ++value_;
    co_await work();
  }

  task<> bad_dropped_with_this() {
    std::unique_lock<std::mutex>(this->thread_mutex_);
    // expected-warning@-1 {{guard 'std::unique_lock<std::mutex>' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    ++value_;
    co_await work();
  }

  task<> bad_only_declared() {
    std::unique_lock<std::mutex>(thread_mutex_);
    // expected-warning@-1 {{this declares an empty guard 'thread_mutex_' of type 'std::unique_lock<std::mutex>' and locks nothing}}
    // expected-note@-2 {{the parentheses only enclose the variable's name}}
    // expected-note@-3 {{give the guard a name of its own and pass it what it locks}}
    ++value_;
    co_await work();
  }

  task<> bad_only_declared_shared() {
    std::shared_lock<std::shared_mutex>(shared_);
    // expected-warning@-1 {{this declares an empty guard 'shared_' of type 'std::shared_lock<std::shared_mutex>' and locks nothing}}
    // expected-note@-2 {{the parentheses only enclose the variable's name}}
    // expected-note@-3 {{give the guard a name of its own and pass it what it locks}}
    co_await work();
  }

  task<> bad_dropped_synchronous_permit() {
    limiter_.hold();
    // expected-warning@-1 {{guard 'limiter::permit' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    co_await work();
  }

  task<> ok_named() {
    auto lock = co_await mutex_.scoped_lock();
    ++value_;
    co_await work();
  }

  task<> ok_named_unused() {
    [[maybe_unused]] auto _ = co_await mutex_.scoped_lock();
    co_await work();
  }

  task<> ok_reference_extends_its_life() {
    auto &&lock = co_await mutex_.scoped_lock();
    const auto &permit = co_await limiter_.scoped_acquire();
    co_await work();
  }

  task<> ok_kept_in_an_optional() {
    std::optional<own::async_lock> lock = co_await mutex_.scoped_lock();
    co_await work();
    lock.reset();
  }

  task<> ok_captured() {
    auto body = [lock = co_await mutex_.scoped_lock()] {};
    co_await work();
    body();
  }

  task<> ok_discarded_on_purpose() {
    (void)co_await mutex_.scoped_lock();
    co_await work();
  }

  task<> ok_static_cast_on_purpose() {
    static_cast<void>(co_await mutex_.scoped_lock());
    std::ignore = co_await mutex_.scoped_lock();
    co_await work();
  }

  // Waits until the others are through.
  task<> ok_barrier() {
    co_await work();
    co_await mutex_.scoped_lock();
  }

  task<int> ok_barrier_with_result() {
    co_await work();
    co_await mutex_.scoped_lock();
    co_return 7;
  }

  // A named guard would die before the first thing that follows.
  task<bool> ok_barrier_at_the_end_of_a_block() {
    try {
      co_await mutex_.scoped_lock();
      trace("through");
    } catch (...) {
      co_return false;
    }
    ++value_;
    co_return true;
  }
  void trace(const char *);

  task<> ok_barrier_before_a_join() {
    auto closed = work();
    co_await mutex_.scoped_lock();
    co_await std::move(closed);
  }

  // Whoever stops waits for the others.
  struct ok_stopper {
    own::async_mutex mutex_;
    task<> stop() {
      co_await mutex_.scoped_lock();
      co_await work();
    }
  };

  task<> ok_barrier_in_a_block() {
    { auto lock = co_await mutex_.scoped_lock(); }
    co_await work();
  }

  task<> ok_passed_on() {
    keep(co_await mutex_.scoped_lock());
    use(co_await mutex_.scoped_lock());
    kept_.push_back(co_await mutex_.scoped_lock());
    co_await work();
  }

  task<own::async_lock> ok_returned() { co_return co_await mutex_.scoped_lock(); }

  task<> ok_not_guards() {
    co_await acquire_node();
    co_await lock_file();
    co_await work();
  }

  task<> ok_no_result() {
    co_await mutex_.lock();
    co_await sem_.acquire();
    co_await work();
  }

  task<> ok_suppressed() {
    co_await mutex_.scoped_lock(); // NOLINT(codrop-leaked-guard)
    co_await work();
  }

  // --- never awaited ---

  task<> bad_task_of_a_guard() {
    auto lock = mutex_.scoped_lock();
    // expected-warning@-1 {{'lock' is a task that gives the guard 'own::async_lock' and is never awaited: nothing is protected}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it to hold the guard}}
    ++value_;
    co_await work();
  }

  task<> bad_task_of_a_permit() {
    auto permit = limiter_.scoped_acquire();
    // expected-warning@-1 {{'permit' is a task that gives the guard 'limiter::permit' and is never awaited: nothing is protected}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it to hold the guard}}
    co_await work();
  }

  task<> bad_task_dropped() {
    mutex_.scoped_lock();
    // expected-warning@-1 {{the task that gives the guard 'own::async_lock' is dropped without being awaited: nothing is protected}}
    // expected-note@-2 {{the task is made and dropped here}}
    // expected-note@-3 {{co_await it and give the guard a name}}
    co_await work();
  }

  task<> bad_acquire_dropped() {
    mutex_.lock();
    // expected-warning@-1 {{the task that acquires 'mutex_' is dropped without being awaited: nobody waits for it}}
    // expected-note@-2 {{the task is made and dropped here}}
    // expected-note@-3 {{co_await it, and give back what it acquires in a guard such as codrop::scope_exit}}
    co_await work();
    mutex_.unlock();
  }

  task<> bad_acquire_unused() {
    auto turn = sem_.acquire();
    // expected-warning@-1 {{the task that acquires 'sem_' is dropped without being awaited: nobody waits for it}}
    // expected-note@-2 {{the task is made and dropped here}}
    // expected-note@-3 {{co_await it, and give back what it acquires in a guard such as codrop::scope_exit}}
    co_await work();
    sem_.release();
  }

  task<> ok_awaited_later() {
    auto pending = mutex_.scoped_lock();
    co_await work();
    auto lock = co_await std::move(pending);
    ++value_;
  }

  task<own::async_lock> ok_task_returned_by_await() {
    auto pending = mutex_.scoped_lock();
    co_return co_await std::move(pending);
  }

  task<> ok_task_discarded_on_purpose() {
    (void)mutex_.scoped_lock();
    (void)mutex_.lock();
    co_await work();
  }

  // --- released or disarmed too early ---

  task<> bad_disarmed() {
    rollback undo([this] { value_ = 0; });
    value_ = 1;
    undo.disarm();
    // expected-warning@-1 {{'undo' is disarmed before the co_await that it protects}}
    // expected-note@-2 {{disarmed here}}
    co_await store_.commit();
    // expected-note@-1 {{if this co_await throws, nothing is rolled back}}
    // expected-note@-2 {{disarm it after the co_await}}
  }

  task<> bad_dismissed_before_return() {
    rollback undo([this] { value_ = 0; });
    undo.dismiss();
    // expected-warning@-1 {{'undo' is disarmed before the co_await that it protects}}
    // expected-note@-2 {{disarmed here}}
    co_return co_await store_.commitBatch(3);
    // expected-note@-1 {{if this co_await throws, nothing is rolled back}}
    // expected-note@-2 {{disarm it after the co_await}}
  }

  task<> bad_disarmed_some_lines_before() {
    rollback undo([this] { value_ = 0; });
    undo.disarm();
    // expected-warning@-1 {{'undo' is disarmed before the co_await that it protects}}
    // expected-note@-2 {{disarmed here}}
    ++value_;
    co_await log_line("committing");
    if (!co_await store_.flush())
    // expected-note@-1 {{if this co_await throws, nothing is rolled back}}
    // expected-note@-2 {{disarm it after the co_await}}
      co_return;
  }

  task<> bad_released_guard() {
    undo_guard undo;
    undo.release();
    // expected-warning@-1 {{'undo' is disarmed before the co_await that it protects}}
    // expected-note@-2 {{disarmed here}}
    co_await store_.commit();
    // expected-note@-1 {{if this co_await throws, nothing is rolled back}}
    // expected-note@-2 {{disarm it after the co_await}}
  }

  task<> bad_unlocked_before_the_task_runs() {
    auto lock = co_await mutex_.scoped_lock();
    auto writing = work(); // expected-note {{this lazy task is made under the guard}}
    lock.unlock();
    // expected-warning@-1 {{'lock' is released before the co_await that it protects}}
    // expected-note@-2 {{released here, before the task has begun}}
    co_await std::move(writing); // expected-note {{it runs during this co_await; release the guard afterwards}}
  }

  // A way to wait for the holder, and an eager task that has begun.
  task<> ok_barrier_of_two_statements() {
    auto lock = co_await mutex_.scoped_lock();
    lock.unlock();
    co_await work();
  }

  own::future<> start();
  task<> ok_eager_task_has_begun() {
    auto lock = co_await mutex_.scoped_lock();
    auto writing = start();
    lock.unlock();
    co_await std::move(writing);
  }

  task<> ok_task_awaited_before() {
    auto lock = co_await mutex_.scoped_lock();
    auto writing = work();
    co_await std::move(writing);
    lock.unlock();
    co_await work();
  }

  task<> ok_disarmed_after() {
    rollback undo([this] { value_ = 0; });
    co_await store_.commit();
    undo.disarm();
    co_await store_.flush();
  }

  task<> ok_disarmed_before_something_else() {
    rollback undo([this] { value_ = 0; });
    undo.disarm();
    co_await log_line("done");
  }

  task<> ok_unlocked_after_work() {
    auto lock = co_await mutex_.scoped_lock();
    ++value_;
    lock.unlock();
    co_await work();
  }

  // --- given up ---

  task<> bad_given_up() {
    std::unique_lock lock(thread_mutex_); // expected-note {{acquired here}}
    lock.release();
    // expected-warning@-1 {{'release()' gives up 'lock' without giving back what it holds}}
    // expected-note@-2 {{nobody owns it after this; let the guard die instead, or give it back on every path}}
    co_await work();
  }

  task<> bad_given_up_on_some_path(bool x) {
    std::unique_lock lock(thread_mutex_); // expected-note {{acquired here}}
    lock.release();
    // expected-warning@-1 {{'release()' gives up 'lock' without giving back what it holds on some path}}
    // expected-note@-2 {{nobody owns it after this; let the guard die instead, or give it back on every path}}
    if (x)
      co_return;
    thread_mutex_.unlock();
  }

  task<> bad_given_up_into_a_variable(bool x) {
    std::unique_lock lock(thread_mutex_); // expected-note {{acquired here}}
    std::mutex *m = lock.release();
    // expected-warning@-1 {{'release()' gives up 'lock' without giving back what it holds on some path}}
    // expected-note@-2 {{nobody owns it after this; let the guard die instead, or give it back on every path}}
    if (x)
      co_return;
    m->unlock();
  }

  task<> ok_given_up_and_given_back() {
    std::unique_lock lock(thread_mutex_);
    lock.release();
    thread_mutex_.unlock();
    co_await work();
  }

  task<> ok_given_up_to_another() {
    std::unique_lock lock(thread_mutex_);
    std::unique_lock next(*lock.release(), std::adopt_lock);
    next.unlock();
    co_await work();
  }

  task<> ok_unlocked() {
    std::unique_lock lock(thread_mutex_);
    lock.unlock();
    co_await work();
  }

  // --- beside a task ---

  task<> bad_guard_beside_task() {
    auto permit = limiter_.hold();
    // expected-warning@-1 {{'permit' of type 'limiter::permit' is given back before the returned task is done}}
    // expected-note@-2 {{acquired here}}
    return work();
    // expected-note@-1 {{the task that is returned here may run after the guard has died}}
    // expected-note@-2 {{make this function a coroutine and co_return co_await the task}}
  }

  task<> ok_guard_in_a_coroutine() {
    auto permit = limiter_.hold();
    co_await work();
  }

  task<> with(limiter::permit);
  task<> ok_guard_goes_along() {
    auto permit = limiter_.hold();
    return with(std::move(permit));
  }

  task<> ok_block_that_ends_before() {
    {
      auto permit = limiter_.hold();
      ++value_;
    }
    return work();
  }

  // It may protect the synchronous part.
  task<> ok_thread_guard() {
    std::lock_guard lock(thread_mutex_);
    return work();
  }

  task<> bad_task_of_a_guard_in_a_plain_function() {
    auto lock = mutex_.scoped_lock();
    // expected-warning@-1 {{'lock' is a task that gives the guard 'own::async_lock' and is never awaited: nothing is protected}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it to hold the guard}}
    return work();
  }
};

#define GUARDED(m) co_await (m).scoped_lock() // expected-note 3 {{expanded from macro 'GUARDED'}}
task<> bad_macro(own::async_mutex &mutex) {
  GUARDED(mutex);
  // expected-warning@-1 {{guard 'own::async_lock' is dropped at the end of this statement and protects nothing}}
  // expected-note@-2 {{acquired here and given back at the semicolon}}
  // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
  co_await work();
}

template <class Mutex> task<> bad_template(Mutex &mutex) {
  co_await mutex.scoped_lock();
  // expected-warning@-1 {{guard 'own::async_lock' is dropped at the end of this statement and protects nothing}}
  // expected-note@-2 {{acquired here and given back at the semicolon}}
  // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
  co_await work();
}
void instantiate(own::async_mutex &mutex) { (void)bad_template(mutex); }

auto bad_lambda(own::async_mutex &mutex) {
  return [&]() -> task<> {
    auto lock = mutex.scoped_lock();
    // expected-warning@-1 {{'lock' is a task that gives the guard 'own::async_lock' and is never awaited: nothing is protected}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it to hold the guard}}
    co_await work();
  };
}

// A macro that puts its argument into a try wants to see it fail.
#define EXPECT_FAILS(STATEMENT)                                                \
  try {                                                                        \
    STATEMENT;                                                                 \
    failed_to_fail();                                                          \
  } catch (...) {                                                              \
  }
void failed_to_fail();
task<> ok_expected_to_fail(own::async_mutex &mutex) {
  EXPECT_FAILS(co_await mutex.scoped_lock());
  co_await work();
}

/// The class of a guard knows what it does with one of its own.
class scoped_permit {
public:
  explicit scoped_permit(limiter &l) : owner(&l) {}
  scoped_permit(scoped_permit &&o) noexcept
      : owner(std::exchange(o.owner, nullptr)) {}
  ~scoped_permit() {
    if (owner)
      owner->release();
  }
  static task<scoped_permit> acquire_unguarded(limiter &l);
  task<> ok_locks_by_itself(limiter &l) {
    co_await acquire_unguarded(l);
    owner = &l;
  }

private:
  limiter *owner;
};
