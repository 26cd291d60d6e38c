// RUN: %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes

#include "unifex/unifex.hpp"
#include <memory>
#include <mutex>

using unifex::task;

unifex::async_mutex mutex;
std::mutex threads;

task<void> work();

class Connection {
public:
  Connection(Connection &&) noexcept;
  ~Connection();
  task<int> read();
  task<void> close();
};
task<Connection> connect(const char *host);

task<void> bad_scope_is_not_joined() {
  unifex::async_scope scope;
  // expected-warning@-1 {{'scope' of type 'unifex::_async_scope::async_scope' is destroyed without an awaited 'complete()'}}
  scope.detached_spawn(work());
  co_await work();
}

task<void> ok_scope_is_joined() {
  unifex::async_scope scope;
  scope.detached_spawn(work());
  co_await scope.complete();
}

// A read that is done ends the coroutine, and no handler sees it.
task<int> bad_done(Connection c) {
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
  co_await unifex::at_coroutine_exit(
      [](Connection &c) -> task<void> { co_await c.close(); }, c);
  co_return co_await c.read();
}

task<void> bad_unlocked_by_hand() {
  co_await mutex.async_lock();
  // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
  co_await work();
  mutex.unlock();
}

task<void> ok_adopted() {
  co_await mutex.async_lock();
  std::unique_lock lock(mutex, std::adopt_lock);
  co_await work();
}

task<void> bad_thread_mutex() {
  std::lock_guard lock(threads);
  // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await work();
}

struct BadSyncWait {
  task<void> close();
  ~BadSyncWait() { unifex::sync_wait(close()); }
  // expected-warning@-1 {{destructor of 'BadSyncWait' blocks the thread: 'unifex::sync_wait' waits for the sender}}
};

struct BadContext {
  unifex::single_thread_context context;
  ~BadContext() {}
  // expected-warning@-1 {{destructor of 'BadContext' blocks the thread: the destructor of 'unifex::_single_thread::context' joins its thread}}
};

struct BadSpawns {
  unifex::async_scope &scope;
  task<void> bye();
  ~BadSpawns() { scope.detached_spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadSpawns' starts a coroutine that uses the object after it is destroyed}}
};

task<void> bad_waits_for_a_sender() {
  unifex::sync_wait(work());
  // expected-warning@-1 {{coroutine 'bad_waits_for_a_sender' blocks the thread that runs it: 'unifex::sync_wait' waits for the sender}}
  co_return;
}
