// RUN: %check leaked-guard %s
//
// What one call acquires and another gives back.

#include "own/sync.h"
#include "own/task.h"
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

using own::task;

task<> work();
task<bool> accepted();
task<> never_throws() noexcept;

struct connection {
  task<> send(int);
  task<bool> ping();
};

class pool {
public:
  task<connection *> acquire();
  void release(connection *);
  task<std::shared_ptr<connection>> checkout();
  void checkin(std::shared_ptr<connection>);
};

class journal {
public:
  task<> beginWrite();
  void endWrite();
  task<> begin();
  task<> end();
};

class door {
public:
  void enter();
  void leave();
  bool try_enter();
};

class annotated {
public:
  [[clang::annotate("codrop::acquires(put_back)")]] task<> take();
  void put_back();
  task<> seize();
  [[clang::annotate("codrop::releases(seize)")]] void free_again();
};

class service {
  own::async_mutex mutex_;
  own::semaphore sem_;
  own::event event_;
  pool pool_;
  journal journal_;
  door door_;
  annotated annotated_;
  std::mutex thread_mutex_;
  std::vector<connection *> kept_;
  connection *current_ = nullptr;

  void finish();
  void close_door() { door_.leave(); }
  task<> release_everything();

  // --- must be found ---

  task<> bad_throwing_await() {
    co_await mutex_.lock();
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    mutex_.unlock(); // expected-note {{given back here}}
  }

  task<> bad_early_return(int n) {
    co_await sem_.acquire();
    // expected-warning@-1 {{'sem_' is acquired and given back by hand and stays acquired on some path}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    if (n == 0)
      co_return; // expected-note {{the function is left here without it}}
    sem_.release(); // expected-note {{given back here}}
  }

  task<> bad_early_return_of_two(int n, bool x) {
    co_await sem_.acquire(2);
    // expected-warning@-1 {{'sem_' is acquired and given back by hand and stays acquired on some path}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    if (n == 0 || x)
      co_return; // expected-note {{the function is left here without it}}
    sem_.release(2); // expected-note {{given back here}}
  }

  task<int> bad_switch(int n) {
    co_await mutex_.lock();
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired on some path}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    switch (n) {
    case 0:
      mutex_.unlock();
      co_return 0;
    case 1:
      co_return 1; // expected-note {{the function is left here without it}}
    default:
      mutex_.unlock(); // expected-note {{given back here}}
    }
    co_return 2;
  }

  task<> bad_throw(int n) {
    co_await sem_.acquire();
    // expected-warning@-1 {{'sem_' is acquired and given back by hand and stays acquired on some path}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    if (n < 0)
      throw n; // expected-note {{the function is left here without it}}
    sem_.release(); // expected-note {{given back here}}
  }

  task<> bad_break_in_loop(int n) {
    for (int i = 0; i < n; ++i) {
      co_await sem_.acquire();
      // expected-warning@-1 {{'sem_' is acquired and given back by hand and stays acquired on some path}}
      // expected-note@-2 {{acquired here}}
      // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
      if (i == 7) // expected-note {{this branch goes past the give-back}}
        break;
      sem_.release(); // expected-note {{given back here}}
    }
  }

  task<> bad_connection() {
    connection *c = co_await pool_.acquire();
    // expected-warning@-1 {{'pool_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await c->send(1); // expected-note {{if this co_await throws, the give-back is skipped}}
    pool_.release(c); // expected-note {{given back here}}
  }

  task<> bad_shared_connection() {
    auto c = co_await pool_.checkout();
    // expected-warning@-1 {{'pool_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await c->send(1); // expected-note {{if this co_await throws, the give-back is skipped}}
    pool_.checkin(std::move(c)); // expected-note {{given back here}}
  }

  task<> bad_begin_end() {
    co_await journal_.beginWrite();
    // expected-warning@-1 {{'journal_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    journal_.endWrite(); // expected-note {{given back here}}
  }

  task<> bad_awaited_end() {
    co_await journal_.begin();
    // expected-warning@-1 {{'journal_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    co_await journal_.end(); // expected-note {{given back here}}
  }

  task<> bad_synchronous_enter() {
    door_.enter();
    // expected-warning@-1 {{'door_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    door_.leave(); // expected-note {{given back here}}
  }

  task<> bad_try(bool) {
    if (!mutex_.try_lock())
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
      co_return;
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    mutex_.unlock(); // expected-note {{given back here}}
  }

  task<> bad_try_in_variable() {
    bool got = sem_.try_acquire();
    // expected-warning@-1 {{'sem_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    if (!got)
      co_return;
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    sem_.release(); // expected-note {{given back here}}
  }

  task<> bad_try_in_branch() {
    if (door_.try_enter()) {
    // expected-warning@-1 {{'door_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
      co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
      door_.leave(); // expected-note {{given back here}}
    }
  }

  task<> bad_annotated() {
    co_await annotated_.take();
    // expected-warning@-1 {{'annotated_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    annotated_.put_back(); // expected-note {{given back here}}
  }

  task<> bad_annotated_release() {
    co_await annotated_.seize();
    // expected-warning@-1 {{'annotated_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    annotated_.free_again(); // expected-note {{given back here}}
  }

  task<> bad_thread_mutex() {
    thread_mutex_.lock();
    // expected-warning@-1 {{'thread_mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{the mutex: acquired here}}
    // expected-note@-3 {{hold it with a guard whose scope ends before the suspension, or a coroutine mutex}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    thread_mutex_.unlock(); // expected-note {{given back here}}
  }

  task<> bad_handler_of_one_kind() {
    co_await mutex_.lock();
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    try {
      co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    } catch (const own::cancelled &) {
      mutex_.unlock();
      throw;
    }
    mutex_.unlock(); // expected-note {{given back here}}
  }

  task<> bad_handler_that_forgets() {
    co_await mutex_.lock();
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    try {
      co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    } catch (...) {
      co_return;
    }
    mutex_.unlock(); // expected-note {{given back here}}
  }

  task<> bad_second_await(bool first) {
    co_await mutex_.lock();
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    if (first) {
      mutex_.unlock();
      co_return;
    }
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    mutex_.unlock(); // expected-note {{given back here}}
  }

  task<> bad_only_in_the_good_case() {
    co_await sem_.acquire();
    // expected-warning@-1 {{'sem_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    if (co_await accepted()) // expected-note {{if this co_await throws, the give-back is skipped}}
      sem_.release(); // expected-note {{given back here}}
  }

  task<> lock();
  void unlock();
  task<> bad_own_members() {
    co_await lock();
    // expected-warning@-1 {{'*this' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    unlock(); // expected-note {{given back here}}
  }

  // --- must not be found ---

  task<> ok_nothing_between() {
    co_await mutex_.lock();
    finish();
    mutex_.unlock();
  }

  task<> ok_handler() {
    co_await mutex_.lock();
    try {
      co_await work();
    } catch (...) {
      mutex_.unlock();
      throw;
    }
    mutex_.unlock();
  }

  task<> ok_handler_of_all_errors() {
    co_await mutex_.lock();
    try {
      co_await work();
    } catch (const std::exception &) {
      mutex_.unlock();
      throw;
    }
    mutex_.unlock();
  }

  task<> ok_exception_pointer() {
    std::exception_ptr error;
    co_await mutex_.lock();
    try {
      co_await work();
    } catch (...) {
      error = std::current_exception();
    }
    mutex_.unlock();
    if (error)
      std::rethrow_exception(error);
  }

  task<> ok_other_half_elsewhere() {
    co_await sem_.acquire();
    co_await work();
  }

  // Kept where it succeeds, given back where it fails.
  task<bool> ok_kept_on_success() {
    co_await sem_.acquire();
    try {
      co_await work();
    } catch (...) {
      sem_.release();
      throw;
    }
    co_return true;
  }

  task<connection *> ok_connection_returned() {
    auto *c = co_await pool_.acquire();
    bool good = false;
    try {
      good = co_await c->ping();
    } catch (...) {
      pool_.release(c);
      throw;
    }
    if (!good) {
      pool_.release(c);
      co_return nullptr;
    }
    co_return c;
  }

  task<> ok_connection_kept() {
    auto *c = co_await pool_.acquire();
    if (kept_.size() > 3) {
      pool_.release(c);
      co_return;
    }
    kept_.push_back(c);
  }

  task<> ok_none_to_give_back() {
    auto *c = co_await pool_.acquire();
    if (!c)
      co_return;
    finish();
    pool_.release(c);
  }

  task<> ok_none_to_give_back_compared() {
    auto c = co_await pool_.checkout();
    if (c == nullptr)
      co_return;
    pool_.checkin(c);
  }

  task<> ok_another_connection(connection *other) {
    auto *c = co_await pool_.acquire();
    co_await c->send(1);
    kept_.push_back(c);
    pool_.release(other);
  }

  task<> ok_adopted_by_a_standard_guard() {
    co_await mutex_.lock();
    std::lock_guard guard(mutex_, std::adopt_lock);
    co_await work();
    if (co_await accepted())
      co_return;
  }

  task<> ok_adopted_by_an_own_guard() {
    struct releaser {
      own::semaphore &sem;
      ~releaser() { sem.release(); }
    };
    co_await sem_.acquire();
    releaser guard{sem_};
    co_await work();
  }

  task<> ok_unlocked_meanwhile() {
    co_await mutex_.lock();
    mutex_.unlock();
    co_await work();
    co_await mutex_.lock();
    mutex_.unlock();
  }

  // The caller holds it.
  task<> ok_given_up_for_a_while() {
    mutex_.unlock();
    co_await work();
    co_await mutex_.lock();
  }

  task<> ok_given_up_in_a_loop() {
    while (co_await accepted()) {
      mutex_.unlock();
      co_await work();
      co_await mutex_.lock();
    }
  }

  task<> ok_local_flag_says_so(bool need) {
    bool locked = false;
    if (need) {
      co_await mutex_.lock();
      locked = true;
    }
    finish();
    if (locked)
      mutex_.unlock();
  }

  task<> ok_local_flag_with_early_unlock() {
    bool locked = true;
    co_await mutex_.lock();
    if (kept_.empty()) {
      mutex_.unlock();
      locked = false;
    }
    if (locked)
      mutex_.unlock();
    co_await work();
  }

  task<> ok_spin() {
    while (!mutex_.try_lock())
      co_await own::yield();
    finish();
    mutex_.unlock();
  }

  task<> ok_helper_that_is_visible() {
    door_.enter();
    try {
      co_await work();
    } catch (...) {
      close_door();
      throw;
    }
    door_.leave();
  }

  task<> ok_helper_that_is_named() {
    co_await sem_.acquire();
    try {
      co_await work();
    } catch (...) {
    }
    if (!co_await_nothing()) {
      finish();
      co_return;
    }
    sem_.release();
  }
  bool co_await_nothing();

  task<> ok_event() {
    co_await event_.wait();
    co_await work();
    event_.set();
  }

  task<> ok_await_that_cannot_throw() {
    co_await mutex_.lock();
    co_await own::nothrow_yield();
    mutex_.unlock();
  }

  task<> ok_await_that_does_not_suspend() {
    co_await mutex_.lock();
    co_await own::ready();
    mutex_.unlock();
  }

  task<> ok_suppressed() {
    co_await mutex_.lock(); // NOLINT(codrop-leaked-guard): the caller terminates
    co_await work();
    mutex_.unlock();
  }
};

// A condition variable's wait acquires nothing.
struct condition {
  task<> wait();
  void signal();
};
task<> ok_condition_variable(condition &ready) {
  co_await ready.wait();
  co_await work();
  ready.signal();
}

struct counting_semaphore {
  task<> wait(int n = 1);
  void signal(int n = 1);
};
task<> bad_own_semaphore(counting_semaphore &sem) {
  co_await sem.wait(2);
  // expected-warning@-1 {{'sem' is acquired and given back by hand and stays acquired when a co_await throws}}
  // expected-note@-2 {{acquired here}}
  // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
  co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
  sem.signal(2); // expected-note {{given back here}}
}

task<> bad_reference_parameter(own::async_mutex &mutex) {
  co_await mutex.lock();
  // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
  // expected-note@-2 {{acquired here}}
  // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
  co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
  mutex.unlock(); // expected-note {{given back here}}
}

task<> bad_pointer_parameter(own::async_mutex *mutex) {
  co_await mutex->lock();
  // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
  // expected-note@-2 {{acquired here}}
  // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
  co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
  mutex->unlock(); // expected-note {{given back here}}
}

task<> ok_local_mutex() {
  own::async_mutex mutex;
  co_await mutex.lock();
  co_await work();
  mutex.unlock();
}

task<> ok_two_mutexes(own::async_mutex &a, own::async_mutex &b) {
  co_await a.lock();
  co_await work();
  b.unlock();
}

struct shared {
  own::async_mutex mutex;
};
task<> bad_shared_owner(std::shared_ptr<shared> state) {
  co_await state->mutex.lock();
  // expected-warning@-1 {{'state->mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
  // expected-note@-2 {{acquired here}}
  // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
  co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
  state->mutex.unlock(); // expected-note {{given back here}}
}

// Guards made of a closure.
template <class F> struct scope_exit {
  F f;
  explicit scope_exit(F f) : f(std::move(f)) {}
  ~scope_exit() { f(); }
};
template <class F> auto defer(F f) { return scope_exit<F>(std::move(f)); }

task<> ok_scope_exit(own::semaphore &sem) {
  co_await sem.acquire();
  scope_exit guard([&] { sem.release(); });
  co_await work();
}

task<> ok_defer(own::semaphore &sem) {
  co_await sem.acquire();
  auto guard = defer([&sem] { sem.release(); });
  co_await work();
  if (co_await accepted())
    co_return;
}

task<> ok_closure_called_on_each_way(own::semaphore &sem) {
  auto done = [&] { sem.release(); };
  co_await sem.acquire();
  try {
    co_await work();
  } catch (...) {
    done();
    throw;
  }
  done();
}

// Macros and templates.
#define LOCK(m) co_await (m).lock() // expected-note 3 {{expanded from macro 'LOCK'}}
#define UNLOCK(m) (m).unlock() // expected-note {{expanded from macro 'UNLOCK'}}
task<> bad_macro(own::async_mutex &mutex) {
  LOCK(mutex);
  // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
  // expected-note@-2 {{acquired here}}
  // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
  co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
  UNLOCK(mutex); // expected-note {{given back here}}
}

template <class Mutex> task<> bad_template(Mutex &mutex) {
  co_await mutex.lock();
  // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
  // expected-note@-2 {{acquired here}}
  // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
  co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
  mutex.unlock(); // expected-note {{given back here}}
}
template <class T> struct table {
  own::async_mutex mutex;
  task<> bad_member_of_a_template() {
    co_await mutex.lock();
    // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    mutex.unlock(); // expected-note {{given back here}}
  }
};
void instantiate(own::async_mutex &mutex) {
  (void)bad_template(mutex);
  (void)table<int>().bad_member_of_a_template();
  (void)table<long>().bad_member_of_a_template();
}

auto bad_lambda(own::async_mutex &mutex) {
  return [&mutex]() -> task<> {
    co_await mutex.lock();
    // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    mutex.unlock(); // expected-note {{given back here}}
  };
}

struct actor {
  own::async_mutex mutex_;
  auto bad_lambda_of_a_member() {
    return [this]() -> task<> {
      co_await mutex_.lock();
      // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
      // expected-note@-2 {{acquired here}}
      // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
      co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
      mutex_.unlock(); // expected-note {{given back here}}
    };
  }
};

// The give-back is in the way of both, but who can tell that `need` has not
// changed? Only the throwing await is reported.
task<> bad_condition_twice(own::async_mutex &mutex, bool need) {
  if (need)
    co_await mutex.lock();
    // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
  co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
  if (need)
    mutex.unlock(); // expected-note {{given back here}}
}

// Nothing may throw between, and `x` may say whether it is locked.
task<> given_back_on_one_branch_FN(own::async_mutex &mutex, bool x) {
  co_await mutex.lock();
  if (x)
    mutex.unlock();
}

// A setter that is undone after the await.
struct settings {
  task<> set_scrub(bool);
};
task<> setter_undone_FN(settings &s) {
  co_await s.set_scrub(false);
  co_await work();
  co_await s.set_scrub(true);
}

// --- Handed on ---------------------------------------------------------------

// The waiter that is resumed goes on with the mutex.
struct own_condition {
  own::async_mutex *mutex;
  std::coroutine_handle<> waiter;
  bool ready;
  task<bool> ok_wakes_the_waiter_that_takes_over() {
    co_await mutex->lock();
    if (ready) {
      waiter.resume();
      co_return true;
    }
    mutex->unlock();
    co_return false;
  }
  void set();
  // The same through an event: nothing in sight says who waits for it.
  task<bool> handed_on_by_an_event_FP() {
    co_await mutex->lock();
    // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired on some path}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    if (ready) {
      set();
      co_return true; // expected-note {{the function is left here without it}}
    }
    mutex->unlock(); // expected-note {{given back here}}
    co_return false;
  }
};

// What a guard watches over is taken back for the guard.
struct own_lock {
  own::async_mutex *mutex;
  ~own_lock();
};
struct waits_with_a_lock {
  own_lock &held;
  bool ready;
  task<bool> ok_taken_back_for_the_guard() {
    auto *mutex = held.mutex;
    co_await mutex->lock();
    if (ready)
      co_return true;
    mutex->unlock();
    co_return false;
  }
};

struct squares {
  struct iterator {
    bool operator==(const iterator &) const;
  };
  task<iterator> begin();
  iterator end();
};
task<> ok_iterator(squares all) {
  auto it = co_await all.begin();
  co_await work();
  (void)(it == all.end());
}
