// RUN: %check lock-across-suspension %s
//
// What Clippy's await_holding_lock and the two stock checks of clang-tidy,
// cppcoreguidelines-no-suspend-with-lock and misc-coroutine-hostile-raii, were
// told by their users that they get wrong, in C++.

#include "own/sync.h"
#include "own/task.h"
#include <mutex>
#include <optional>

using own::task;
using Unique = std::unique_lock<std::mutex>;

std::mutex m;
int total;
bool ready;
task<> f();
task<int> number();
Unique grab();
Unique try_grab();
void finish(Unique);

// "The guard is dropped explicitly before the await" (rust-clippy #6446).
task<> ok_dropped_before() {
  Unique l(m);
  int seen = total;
  l.unlock();
  co_await f();
  total = seen;
}

task<> ok_dropped_by_a_function() {
  Unique l(m);
  finish(std::move(l));
  co_await f();
}

// "... on every branch" (rust-clippy #9683).
task<> ok_dropped_in_each_case(int k) {
  Unique l(m);
  switch (k) {
  case 0:
    l.unlock();
    co_await f();
    break;
  case 1:
    total = 1;
    l.unlock();
    break;
  default:
    co_return;
  }
  co_await f();
}

// "... in each arm, one of which takes it again" (rust-clippy #9208).
task<> ok_dropped_in_each_arm() {
  Unique l(m);
  if (ready) {
    if (total > 0)
      co_return;
    l.unlock();
    co_await f();
  } else {
    l.unlock();
    Unique writer(m);
    ++total;
    writer.unlock();
    co_await f();
  }
}

// "The guard ends with the block that is the condition" (rust-clippy #8777).
task<> ok_block_in_condition() {
  while (int size = [] {
    Unique l(m);
    return total;
  }()) {
    co_await f();
    total -= size;
  }
  while (({
    Unique l(m);
    total > 0;
  }))
    co_await f();
}

// "It is passed to drop() by value" (rust-clippy #6446, in a helper).
template <class T> void drop(T) {}
task<> ok_dropped_by_value() {
  Unique l(m);
  ++total;
  drop(std::move(l));
  co_await f();
}

// "... and taken again after it", in a loop.
task<> ok_dropped_in_loop() {
  Unique l(m);
  while (total > 0) {
    --total;
    l.unlock();
    co_await f();
    l = Unique(m);
  }
}

// "The value was copied out of a temporary guard."
struct Cell {
  struct Ref {
    Unique held;
    int &value;
  };
  Ref lock();
} cell;

task<> ok_copied_out() {
  int copy = cell.lock().value;
  co_await f();
  cell.lock().value = copy;
}

// "The guard is in a block that has ended", and is shadowed.
task<> ok_block_and_shadow() {
  int l = 0;
  {
    Unique l(m);
    ++total;
  }
  co_await f();
  total += l;
}

// "There was none to get, so it is not held."
task<> ok_not_obtained() {
  while (true) {
    Unique l = try_grab();
    if (l) {
      ++total;
      co_return;
    }
    co_await f();
  }
}

// "It is an async lock."
own::async_mutex am;

task<> ok_async_lock() {
  auto l = co_await am.scoped_lock();
  int x = co_await number();
  total = x;
}

// Documentation example of no-suspend-with-lock: class template deduction.
task<> bad_documentation_example() {
  std::lock_guard lock(m);
  // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  ++total;
  co_await f();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
}

// llvm #72793: the await is in an initializer.
task<> bad_initializer() {
  std::lock_guard<std::mutex> lock(m);
  // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  int x = co_await number();
  // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
  total = x;
}

// An await between the scopes, one after the other.
task<> ok_between_scopes() {
  if (std::lock_guard lock(m); ready)
    ++total;
  co_await f();
  if (std::lock_guard lock(m); ready)
    --total;
}
