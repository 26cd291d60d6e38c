// RUN: %check lock-across-suspension %s
//
// The story that the notes tell, in order of time.

#include "own/task.h"
#include <mutex>
#include <optional>

using own::task;
using Unique = std::unique_lock<std::mutex>;

std::mutex m;
bool ready;
task<> f();
void work();
Unique grab();

task<> bad_at_once() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}

task<> bad_taken_later() {
  Unique l(m, std::defer_lock);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  work();
  l.lock(); // expected-note {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}

task<> bad_taken_again() {
  Unique l(m);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  l.unlock();
  co_await f();
  l.lock(); // expected-note {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}

task<> bad_on_one_path() {
  Unique l(m);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  if (ready)
    l.unlock(); // expected-note {{it is given back here, but not on every path}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}

task<> bad_when_it_throws() {
  Unique l(m);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  try {
    work();
    l.unlock(); // expected-note {{it is given back here, but not if something before throws}}
  } catch (...) {
  }
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}

task<> bad_parameter(Unique l) {
// expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
// expected-note@-2 {{the caller hands the lock over here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}

task<> bad_capture() {
  auto run = [l = grab()]() -> task<> {
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lambda captures the lock here}}
    co_await f();
    // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
    // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
  };
  co_await run();
}

task<> use(const Unique &);

task<> bad_temporary() {
  co_await use(grab());
  // expected-warning@-1 {{temporary 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  // expected-note@-3 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-4 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}

struct Locked {
  Unique held;
  int *begin();
  int *end();
};
Locked items();

task<> bad_range() {
  for (int i : items())
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' in the range still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
    co_await f();
    // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
    // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}

task<> bad_inside() {
  std::optional<Unique> l(grab());
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 'l' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}

// All that it is held over, as far as a reader wants to know.
task<> bad_many() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
  co_await f(); // expected-note {{and suspends here}}
  while (!ready)
    co_await f(); // expected-note {{and suspends here}}
  co_await f(); // expected-note {{and suspends here}}
  co_await f(); // expected-note {{and suspends here}}
  co_await f(); // expected-note {{and suspends here}}
  co_await f();
}
