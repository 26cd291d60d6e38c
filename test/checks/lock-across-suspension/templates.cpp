// RUN: %check lock-across-suspension %s --no-notes
//
// Templates, lambdas and macros.

#include "own/sync.h"
#include "own/task.h"
#include <memory>
#include <mutex>
#include <vector>

using own::task;
using Lock = std::lock_guard<std::mutex>;
using Unique = std::unique_lock<std::mutex>;

std::mutex m;
own::async_mutex am;
int total;
task<> f();
task<> g(int);
Unique grab();

// --- Templates -----------------------------------------------------------------

// One finding, however many instantiations.
template <class T> task<> bad_template(T value) {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await g(static_cast<int>(value));
}

template <class Mutex> task<> bad_for_one_mutex(Mutex &mutex) {
  std::unique_lock<Mutex> l(mutex, std::adopt_lock);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

template <class Mutex> task<> ok_for_coroutine_mutex(Mutex &mutex) {
  std::unique_lock<Mutex> l(mutex, std::adopt_lock);
  co_await f();
}

template <bool Suspends> task<> ok_discarded_branch() {
  std::lock_guard l(m);
  if constexpr (Suspends)
    co_await f();
  co_return;
}

template <bool Suspends> task<> bad_taken_branch() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  if constexpr (Suspends)
    co_await f();
  co_return;
}

template <class T> struct Table {
  std::mutex mutex;
  task<> bad_member(T value) {
    std::lock_guard l(mutex);
    // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await g(value);
  }
  template <class U> task<> bad_member_template(U value) {
    std::scoped_lock l(mutex);
    // expected-warning@-1 {{'l' of type 'std::scoped_lock<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await g(value);
  }
  task<> ok_member(T value) {
    {
      std::lock_guard l(mutex);
      ++total;
    }
    co_await g(value);
  }
};

// Nothing is known of a template that is never instantiated.
template <class T> task<> never_instantiated_FN(T value) {
  std::lock_guard l(m);
  co_await g(value);
}

template <class... Mutexes> task<> bad_pack(Mutexes &...mutexes) {
  std::scoped_lock<Mutexes...> l(mutexes...);
  // expected-warning@-1 {{'l' of type 'std::scoped_lock<std::mutex, std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> instantiate() {
  co_await bad_template(1);
  co_await bad_template(2L);
  co_await bad_template('3');
  co_await bad_for_one_mutex(m);
  co_await bad_for_one_mutex(am);
  co_await ok_for_coroutine_mutex(am);
  co_await ok_discarded_branch<false>();
  co_await bad_taken_branch<true>();
  co_await bad_taken_branch<false>();
  Table<int> ints;
  Table<short> shorts;
  co_await ints.bad_member(1);
  co_await shorts.bad_member(1);
  co_await ints.bad_member_template(1);
  co_await ints.bad_member_template('1');
  co_await ints.ok_member(1);
  std::mutex a, b;
  co_await bad_pack(a, b);
}

// --- Lambdas ---------------------------------------------------------------------

void bad_lambda_coroutine() {
  auto run = []() -> task<> {
    std::lock_guard l(m);
    // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await f();
  };
  own::spawn(run());
}

void bad_generic_lambda() {
  auto run = [](auto value) -> task<> {
    std::lock_guard l(m);
    // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await g(value);
  };
  own::spawn(run(1));
  own::spawn(run('1'));
}

task<> bad_captured_guard() {
  auto run = [l = Unique(m)]() -> task<> { co_await f(); };
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await run();
}

task<> bad_captured_guard_moved_in() {
  Unique l(m);
  auto run = [l = std::move(l)]() mutable -> task<> {
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await f();
    l.unlock();
  };
  co_await run();
}

task<> ok_captured_guard_unlocked() {
  auto run = [l = Unique(m)]() mutable -> task<> {
    l.unlock();
    co_await f();
  };
  co_await run();
}

// The guard is the enclosing function's, which is no coroutine.
void ok_guard_of_enclosing_function() {
  std::lock_guard l(m);
  auto run = []() -> task<> { co_await f(); };
  own::spawn(run());
}

task<> bad_guard_around_awaited_lambda() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await []() -> task<> { co_await f(); }();
}

task<> ok_guard_in_plain_lambda() {
  auto locked = [&] {
    std::lock_guard l(m);
    ++total;
  };
  co_await f();
  locked();
}

// Whoever has a reference to the lock may unlock it.
task<> ok_unlocked_by_lambda() {
  Unique l(m);
  auto unlock = [&l] { l.unlock(); };
  unlock();
  co_await f();
}

struct Service {
  std::mutex mutex;
  int state = 0;
  task<> bad_method() {
    std::lock_guard l(mutex);
    // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
    ++state;
    co_await f();
  }
  task<> bad_lambda_of_method() {
    auto run = [this]() -> task<> {
      std::lock_guard l(mutex);
      // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
      co_await f();
    };
    co_await run();
  }
  Unique acquire() { return Unique(mutex); }
  task<> bad_accessor() {
    auto l = acquire();
    // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await f();
  }
  static task<> bad_static(std::shared_ptr<Service> self) {
    std::lock_guard l(self->mutex);
    // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await f();
  }
};

// --- Macros --------------------------------------------------------------------------

#define LOCK(x) std::lock_guard<std::mutex> lock_here(x)
#define AWAIT(x) co_await (x)
#define LOCK_AND_WAIT(x)                                                       \
  std::lock_guard both_here(x);                                                \
  co_await f()

task<> bad_guard_of_macro() {
  LOCK(m);
  // expected-warning@-1 {{'lock_here' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_await_of_macro() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  AWAIT(f());
}

task<> bad_all_of_macro() { LOCK_AND_WAIT(m); }
// expected-warning@-1 {{'both_here' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}

task<> ok_scope_with_macro() {
  {
    LOCK(m);
    ++total;
  }
  AWAIT(f());
}

// --- Comments that switch it off -------------------------------------------------------

task<> ok_nolint() {
  std::lock_guard l(m); // NOLINT(codrop-lock-across-suspension): one thread only
  co_await f();
}

task<> ok_nolint_next_line() {
  // NOLINTNEXTLINE(codrop-lock-across-suspension): one thread only
  std::lock_guard l(m);
  co_await f();
}

task<> bad_nolint_of_other_rule() {
  std::lock_guard l(m); // NOLINT(codrop-torn-state): not this one
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}
