// RUN: %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes

#include "exec/exec.hpp"
#include <mutex>

template <class T = void> using task = exec::task<T>;

std::mutex threads;

task<> work();

class Connection {
public:
  Connection(Connection &&) noexcept;
  ~Connection();
  task<int> read();
  task<> close();
};

task<> bad_scope_is_not_empty() {
  exec::async_scope scope;
  // expected-warning@-1 {{'scope' of type 'experimental::execution::__scope::async_scope' is destroyed without an awaited 'on_empty()'}}
  scope.spawn(work());
  co_await work();
}

task<> ok_scope_is_empty() {
  exec::async_scope scope;
  scope.spawn(work());
  co_await scope.on_empty();
}

task<> ok_nothing_was_spawned() {
  exec::async_scope scope;
  co_await work();
}

// A read that is stopped ends the coroutine, and no handler sees it.
task<int> bad_stopped(Connection c) {
// expected-warning@-1 {{'c' of type 'Connection' is destroyed without an awaited 'close()' when the suspended coroutine is destroyed}}
  int n = -1;
  try {
    n = co_await c.read();
  } catch (...) {
  }
  co_await c.close();
  co_return n;
}

task<int> ok_at_coroutine_exit(Connection c) {
  co_await exec::at_coroutine_exit(
      [](Connection &c) -> task<> { co_await c.close(); }, c);
  co_return co_await c.read();
}

task<> bad_thread_mutex() {
  std::lock_guard lock(threads);
  // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await work();
}

struct BadSyncWait {
  task<> close();
  ~BadSyncWait() { stdexec::sync_wait(close()); }
  // expected-warning@-1 {{destructor of 'BadSyncWait' blocks the thread: 'stdexec::sync_wait' waits for the sender}}
};

struct BadPool {
  exec::static_thread_pool pool{2};
  ~BadPool() {}
  // expected-warning@-1 {{destructor of 'BadPool' blocks the thread: the destructor of 'experimental::execution::static_thread_pool' stops the pool and joins its threads}}
};

struct BadSpawns {
  exec::async_scope &scope;
  task<> bye();
  ~BadSpawns() { scope.spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadSpawns' starts a coroutine that uses the object after it is destroyed}}
};

task<> bad_waits_for_a_sender() {
  stdexec::sync_wait(work());
  // expected-warning@-1 {{coroutine 'bad_waits_for_a_sender' blocks the thread that runs it: 'stdexec::sync_wait' waits for the sender}}
  co_return;
}
