// RUN: %check lock-across-suspension %s --no-notes
//
// Where a guard owns is what the flow says, not where it is declared.

#include "own/sync.h"
#include "own/task.h"
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stdexcept>

using own::task;
using Unique = std::unique_lock<std::mutex>;
using Lock = std::lock_guard<std::mutex>;

std::mutex m, n;
std::condition_variable changed;
bool ready, other;
int total;
task<> f();
task<> g();
Unique grab();
void work();
void consume(Unique l);
void borrow(Unique &l);
void look(const Unique &l);
task<> keep(Unique l);

// --- Given back before ---------------------------------------------------------

task<> ok_unlocked() {
  Unique l(m);
  ++total;
  l.unlock();
  co_await f();
}

task<> ok_unlocked_on_all_branches(bool b) {
  Unique l(m);
  if (b) {
    ++total;
    l.unlock();
  } else {
    l.unlock();
  }
  co_await f();
}

task<> bad_unlocked_on_one_branch(bool b) {
  Unique l(m);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  if (b)
    l.unlock();
  co_await f();
}

task<> ok_leaves_on_the_other_branch(bool b) {
  Unique l(m);
  if (b)
    co_return;
  l.unlock();
  co_await f();
}

task<> ok_inner_scope() {
  {
    Lock l(m);
    ++total;
  }
  co_await f();
}

task<> ok_scope_of_a_branch(bool b) {
  if (b) {
    Lock l(m);
    ++total;
  }
  co_await f();
}

task<> ok_declared_after() {
  co_await f();
  Lock l(m);
  ++total;
}

task<> ok_immediately_called_lambda() {
  int seen = [&] {
    Lock l(m);
    return total;
  }();
  co_await f();
  total = seen;
}

task<> bad_relocked() {
  Unique l(m);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  l.unlock();
  co_await f();
  l.lock();
  ++total;
  co_await g();
}

task<> ok_unlock_around_each_await() {
  Unique l(m);
  while (!ready) {
    l.unlock();
    co_await f();
    l.lock();
  }
}

task<> bad_second_turn_of_loop() {
  Unique l(m, std::defer_lock);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  for (int i = 0; i < 3; ++i) {
    co_await f();
    l.lock();
  }
}

task<> ok_released() {
  Unique l(m);
  std::mutex *held = l.release();
  held->unlock();
  co_await f();
}

task<> ok_goto(int k) {
  Unique l(m);
  if (k)
    goto done;
  l.unlock();
  co_await f();
done:;
}

// --- Moved away ------------------------------------------------------------------

task<> ok_moved_to_function() {
  Unique l(m);
  consume(std::move(l));
  co_await f();
}

task<> ok_moved_into_task() {
  Unique l(m);
  co_await keep(std::move(l));
}

task<> bad_moved_to_variable() {
  Unique a(m);
  Unique b = std::move(a);
  // expected-warning@-1 {{'b' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_moved_by_assignment() {
  Unique a(m), b;
  // expected-warning@-1 {{'b' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  b = std::move(a);
  co_await f();
}

task<> ok_moved_and_ended() {
  Unique a(m);
  { Unique b = std::move(a); }
  co_await f();
}

task<> ok_assigned_empty() {
  Unique l(m);
  l = {};
  co_await f();
}

task<> ok_assigned_temporary() {
  Unique l(m);
  l = Unique();
  co_await f();
}

task<> bad_assigned_full() {
  Unique l; // expected-warning {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  l = grab();
  co_await f();
}

task<> ok_swapped_away() {
  Unique l(m), none;
  l.swap(none);
  none.unlock();
  co_await f();
}

task<> ok_std_swapped_away() {
  Unique l(m);
  Unique none;
  std::swap(l, none);
  none.unlock();
  co_await f();
}

// --- Tags ------------------------------------------------------------------------

task<> ok_deferred() {
  Unique l(m, std::defer_lock);
  co_await f();
}

task<> bad_deferred_then_locked() {
  Unique l(m, std::defer_lock);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  l.lock();
  co_await f();
}

task<> bad_deferred_then_locked_together() {
  Unique a(m, std::defer_lock), b(n, std::defer_lock); // two findings
  // expected-warning@-1 {{'a' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-warning@-2 {{'b' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  std::lock(a, b);
  co_await f();
}

task<> bad_adopted() {
  m.lock();
  Lock l(m, std::adopt_lock);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> ok_adopted_and_unlocked() {
  m.lock();
  Unique l(m, std::adopt_lock);
  l.unlock();
  co_await f();
}

task<> bad_tried() {
  Unique l(m, std::try_to_lock);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

// --- Does it own? ------------------------------------------------------------------

task<> ok_leaves_unless_owned() {
  Unique l(m, std::try_to_lock);
  if (!l)
    co_return;
  ++total;
  l.unlock();
  co_await f();
}

task<> bad_goes_on_if_owned() {
  Unique l(m, std::try_to_lock);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  if (!l)
    co_return;
  co_await f();
}

task<> ok_waits_unless_owned() {
  Unique l(m, std::try_to_lock);
  if (!l.owns_lock())
    co_await f();
}

task<> ok_waits_until_owned() {
  Unique l(m, std::defer_lock);
  while (!l.try_lock())
    co_await own::yield();
  ++total;
}

task<> ok_waits_in_else() {
  if (Unique l(m, std::try_to_lock); l)
    ++total;
  else
    co_await f();
}

task<> ok_waits_in_else_of_condition() {
  if (Unique l{m, std::try_to_lock})
    ++total;
  else
    co_await f();
}

task<> ok_asked_and_remembered() {
  Unique l(m, std::try_to_lock);
  bool mine = l.owns_lock();
  if (!mine)
    co_await f();
}

task<> ok_tried_and_remembered() {
  Unique l(m, std::defer_lock);
  const bool mine = l.try_lock();
  if (mine)
    ++total;
  else
    co_await f();
}

task<> ok_unlocked_if_owned(bool b) {
  Unique l(m, std::defer_lock);
  if (b)
    l.lock();
  if (l.owns_lock())
    l.unlock();
  co_await f();
}

task<> ok_both_tests() {
  Unique l(m, std::try_to_lock);
  if (!l || !ready)
    co_return;
  l.unlock();
  co_await f();
}

task<> ok_optional_asked() {
  std::optional<Lock> l;
  if (ready)
    l.emplace(m);
  if (!l)
    co_await f();
}

// Conditions are not evaluated: that both tests have the same answer is not
// known.
task<> correlated_FP(bool b) {
  Unique l(m, std::defer_lock);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  if (b)
    l.lock();
  if (b)
    l.unlock();
  co_await f();
}

// --- Holders -----------------------------------------------------------------------

struct Session {
  int id;
  Unique lock;
  void finish();
};

task<> ok_unlocked_in_struct() {
  Session s{1, grab()};
  s.lock.unlock();
  co_await f();
}

task<> bad_other_member_used() {
  Session s{1, grab()};
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 's' still holds its lock where the coroutine suspends}}
  s.id = 2;
  co_await f();
}

task<> ok_moved_out_of_struct() {
  Session s{1, grab()};
  consume(std::move(s.lock));
  co_await f();
}

task<> ok_member_may_unlock() {
  Session s{1, grab()};
  s.finish();
  co_await f();
}

task<> ok_optional_reset() {
  std::optional<Lock> l;
  l.emplace(m);
  l.reset();
  co_await f();
}

task<> ok_optional_assigned() {
  std::optional<Unique> l(grab());
  l = std::nullopt;
  co_await f();
}

task<> ok_optional_unlocked() {
  std::optional<Unique> l(grab());
  l->unlock();
  co_await f();
}

task<> ok_unique_ptr_reset() {
  auto l = std::make_unique<Lock>(m);
  l.reset();
  co_await f();
}

task<> ok_unique_ptr_null() {
  auto l = std::make_unique<Lock>(m);
  l = nullptr;
  co_await f();
}

task<> bad_unique_ptr_refilled() {
  std::unique_ptr<Lock> l;
  // expected-warning@-1 {{'std::lock_guard<std::mutex>' inside 'l' still holds its lock where the coroutine suspends}}
  l.reset(new Lock(m));
  co_await f();
}

std::pair<Unique, int> locked_pair();

task<> ok_pair_unlocked() {
  auto p = locked_pair();
  p.first.unlock();
  co_await f();
}

task<> ok_binding_unlocked() {
  auto [l, value] = locked_pair();
  l.unlock();
  co_await f();
}

task<> bad_binding_read() {
  auto [l, value] = locked_pair();
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  total += value;
  co_await f();
}

// --- Given to others ----------------------------------------------------------------

task<> ok_lent() {
  Unique l(m);
  borrow(l); // May unlock it.
  co_await f();
}

task<> bad_looked_at() {
  Unique l(m);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  look(l);
  co_await f();
}

task<> bad_waited_with() {
  Unique l(m);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  changed.wait(l, [] { return ready; });
  co_await f();
}

task<> ok_waited_with_and_unlocked() {
  Unique l(m);
  changed.wait(l);
  changed.wait_for(l, std::chrono::seconds(1), [] { return ready; });
  l.unlock();
  co_await f();
}

// --- Exceptions ----------------------------------------------------------------------

task<> ok_lock_of_try_block() {
  try {
    Lock l(m);
    work();
  } catch (...) {
    ++total;
  }
  co_await f();
}

task<> bad_unlock_skipped_by_exception() {
  Unique l(m);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  try {
    work();
    l.unlock();
  } catch (const std::exception &) {
    ++total;
  }
  co_await f();
}

task<> ok_unlocked_in_handler() {
  Unique l(m);
  try {
    work();
    l.unlock();
  } catch (...) {
    l.unlock();
  }
  co_await f();
}

task<> bad_await_in_try() {
  Lock l(m); // expected-warning {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  try {
    co_await f();
  } catch (...) {
  }
}

task<> ok_rethrown() {
  Unique l(m);
  try {
    work();
  } catch (...) {
    l.unlock();
    throw;
  }
  l.unlock();
  co_await f();
}

// --- Not a suspension -------------------------------------------------------------------

task<> ok_never_suspends() {
  Lock l(m);
  co_await std::suspend_never{};
  co_await own::ready{};
}

task<> bad_always_suspends() {
  Lock l(m); // expected-warning {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await std::suspend_always{};
}

task<> ok_no_await() {
  Lock l(m);
  ++total;
  co_return;
}

task<> ok_started_only() {
  Lock l(m);
  auto t = f();
  own::spawn(f());
  own::spawn(std::move(t));
  co_return;
}

// Before its first statement a lazy coroutine that is awaited at once has not
// been waited for by anybody.
task<> ok_parameter_unlocked_first(Unique l) {
  l.unlock();
  co_await f();
}

int ok_no_coroutine() {
  Lock l(m);
  return total;
}

// --- Made for coroutines -------------------------------------------------------------------

own::async_mutex am;

task<> ok_coroutine_mutex() {
  auto l = co_await am.scoped_lock();
  co_await f();
}

// A mutex whose lock() is awaited is one for coroutines, whoever wrote it.
task<> ok_standard_guard_of_it() {
  co_await am.lock();
  std::lock_guard l(am, std::adopt_lock);
  co_await f();
}

struct [[clang::annotate("codrop::coroutine_mutex")]] MarkedMutex {
  void lock();
  bool try_lock();
  void unlock();
} marked;

task<> ok_marked_mutex() {
  std::unique_lock l(marked);
  co_await f();
}

task<> bad_marked_and_plain_mutex() {
  std::scoped_lock l(marked, m);
  // expected-warning@-1 {{'l' of type 'std::scoped_lock<MarkedMutex, std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

struct [[clang::annotate("codrop::guard")]] MarkedGuard {
  explicit MarkedGuard(std::mutex &);
  ~MarkedGuard();
  void unlock();
};

task<> bad_marked_guard() {
  MarkedGuard l(m); // expected-warning {{'l' of type 'MarkedGuard' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> ok_marked_guard_unlocked() {
  MarkedGuard l(m);
  l.unlock();
  co_await f();
}

struct [[clang::annotate("codrop::coroutine_safe")]] SafeGuard {
  explicit SafeGuard(std::mutex &);
  ~SafeGuard();
};

task<> ok_safe_guard() {
  SafeGuard l(m);
  co_await f();
}

// A guard that nobody has told of shows what it is by what it does.
class HomeMade {
public:
  explicit HomeMade(std::mutex &mutex) : mutex(mutex) { mutex.lock(); }
  ~HomeMade() { mutex.unlock(); }

private:
  std::mutex &mutex;
};

task<> bad_home_made() {
  HomeMade l(m); // expected-warning {{'l' of type 'HomeMade' still holds its lock where the coroutine suspends}}
  co_await f();
}

// It gives back a permit of a semaphore, which any thread may do.
class HomeMadePermit {
public:
  explicit HomeMadePermit(own::semaphore &units) : units(units) {}
  ~HomeMadePermit() { units.release(); }

private:
  own::semaphore &units;
};

own::semaphore sem(3);

task<> ok_home_made_permit() {
  HomeMadePermit l(sem);
  co_await f();
}

// An awaiter that takes the lock over gives it back in await_suspend.
class Waiter {
public:
  explicit Waiter(Unique &lock) : lock(std::move(lock)) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) { lock.unlock(); }
  void await_resume() noexcept {}

private:
  Unique lock;
};
task<> ok_taken_over() {
  Unique l(m);
  co_await Waiter(l);
}
