// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check lock-across-suspension %s
//
// What clang-tidy's cppcoreguidelines-no-suspend-with-lock and
// misc-coroutine-hostile-raii miss and report too much, each with the issue or
// change that tells of it, or "measured" with clang-tidy 22.1.8.

#include "own/sync.h"
#include "own/task.h"
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>

using own::task;
using unique = std::unique_lock<std::mutex>;
using alias = std::lock_guard<std::mutex>;

std::mutex m;
std::shared_mutex sm;
int total;
bool flag;
task<> f();
task<int> number();
task<unique> lock_on_this_thread();
unique grab();
void finish(unique);

// --- Missed ------------------------------------------------------------------

// Measured: class template arguments are deduced.
task<> bad_deduced() {
  std::unique_lock l(m);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
// Measured: an alias.
task<> bad_alias() {
  alias l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
// Measured: what a function returns.
task<> bad_auto() {
  auto l = grab();
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
// Measured: initializers of if, switch and for.
task<> bad_if_init() {
  if (std::lock_guard l(m); flag)
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
    co_await f();
    // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
    // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
task<> bad_switch_init(int k) {
  switch (std::lock_guard l(m); k) {
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  case 1:
    co_await f();
    // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
    // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
    break;
  }
}
task<> bad_for_init() {
  for (std::lock_guard l(m); total > 0; --total)
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
    co_await f();
    // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
    // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
// llvm/llvm-project 72793: the await stands in a declaration.
task<int> bad_declaration() {
  std::lock_guard<std::mutex> l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  int x = co_await number();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
  co_return x;
}
// And in an assignment, a condition, an argument, a return.
task<> bad_assignment() {
  std::lock_guard<std::mutex> l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  total = co_await number();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
task<> bad_condition() {
  std::lock_guard<std::mutex> l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  if (co_await number() > 0)
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
    ++total;
}
task<int> bad_co_return() {
  std::lock_guard<std::mutex> l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_return co_await number();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
// Measured: guards that are parameters, or in something.
task<> bad_parameter(unique l) { co_await f(); }
// expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
// expected-note@-2 {{the caller hands the lock over here}}
// expected-note@-3 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
// expected-note@-4 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
struct locked_part {
  unique held{m};
};
task<> bad_in_a_struct() {
  locked_part part;
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 'part' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
task<> bad_in_an_optional() {
  std::optional<unique> l(std::in_place, m);
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 'l' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
// cloudflare/workerd 7431: co_yield suspends as well.
own::generator<int> bad_yield() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_yield 1;
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
// llvm/llvm-project 221750: `this auto &` is no owner, and a guard is held all
// the same; here by an ordinary lambda.
task<> bad_lambda() {
  auto inner = []() -> task<> {
    std::scoped_lock both(m, sm);
    // expected-warning@-1 {{'both' of type 'std::scoped_lock<std::mutex, std::shared_mutex>' still holds its lock where the coroutine suspends}}
    // expected-note@-2 {{the lock is taken here}}
    co_await f();
    // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
    // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
  };
  co_await inner();
}
// The guard that an await has given was taken on a thread, too.
task<> bad_awaited_guard() {
  unique l = co_await lock_on_this_thread();
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}
// A block further out than the await.
task<> bad_outer_block() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  for (int i = 0; i < 3; ++i) {
    if (flag) {
      co_await f();
      // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
      // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
    }
  }
}

// --- Reported too much --------------------------------------------------------

// Measured: after unlock().
task<> ok_unlocked() {
  unique l(m);
  ++total;
  l.unlock();
  co_await f();
}
// Measured: never locked.
task<> ok_deferred() {
  unique l(m, std::defer_lock);
  co_await f();
}
// Measured: moved away.
task<> ok_moved() {
  unique l(m);
  finish(std::move(l));
  co_await f();
}
task<> ok_released() {
  unique l(m);
  std::mutex *mine = l.release();
  mine->unlock();
  co_await f();
}
// Unlocked in each of the branches that lead there.
task<> ok_unlocked_in_branches() {
  unique l(m);
  if (flag) {
    l.unlock();
  } else {
    ++total;
    l.unlock();
  }
  co_await f();
}
// The branch that awaits is not the one that holds.
task<> ok_other_branch() {
  if (flag) {
    std::lock_guard l(m);
    ++total;
  } else {
    co_await f();
  }
}
// llvm/llvm-project 72954: an awaitable that does not suspend.
task<> ok_never_suspends() {
  std::lock_guard l(m);
  co_await own::ready();
}
// llvm/llvm-project 182916: a guard in a function around the coroutine.
void ok_guard_of_the_caller() {
  std::lock_guard l(m);
  auto later = []() -> task<> { co_await f(); };
  (void)later;
}
// facebook/folly SerialQueueRunner: a mutex that is made for it.
task<> ok_coroutine_mutex(own::async_mutex &am) {
  auto l = co_await am.scoped_lock();
  co_await f();
}
struct [[clang::annotate("codrop::coroutine_mutex")]] queue_mutex {
  void lock();
  void unlock();
} marked;
task<> ok_marked_mutex() {
  std::lock_guard l(marked);
  co_await f();
}
// A guard that is locked only where it is used.
task<> ok_locked_between() {
  unique l(m, std::defer_lock);
  co_await f();
  l.lock();
  ++total;
  l.unlock();
  co_await f();
}
// The guard is declared after the await.
task<> ok_after() {
  co_await f();
  std::lock_guard l(m);
  ++total;
}
