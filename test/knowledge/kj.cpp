// RUN: %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes

#include "kj/async.h"
#include <memory>

using kj::Promise;

kj::MutexGuarded<int> state;
bool busy;

Promise<void> work();

class Connection {
public:
  Connection(Connection &&) noexcept;
  ~Connection();
  Promise<int> read();
  Promise<void> close();
};
Promise<Connection> connect(const char *host);

// Whoever drops the promise destroys the coroutine where it is suspended.
Promise<int> bad_connection(Connection c) {
// expected-warning@-1 {{'c' of type 'Connection' is destroyed without an awaited 'close()' when the suspended coroutine is destroyed}}
  int n = -1;
  try {
    n = co_await c.read();
  } catch (...) {
  }
  co_await c.close();
  co_return n;
}

Promise<void> ok_closed_at_once(Connection c) { co_await c.close(); }

// What drops a web socket disconnects it.
Promise<void> ok_web_socket(std::unique_ptr<kj::WebSocket> socket) {
  co_await socket->send("hello");
}

Promise<void> ok_task_set() {
  kj::TaskSet tasks;
  tasks.add(work());
  co_await work();
}

Promise<void> bad_locked() {
  auto lock = state.lockExclusive();
  // expected-warning@-1 {{'lock' of type 'kj::Locked<int>' still holds its lock where the coroutine suspends}}
  co_await work();
}

Promise<void> ok_released() {
  auto lock = state.lockExclusive();
  lock.release();
  co_await work();
}

Promise<void> ok_scope_ends() {
  { auto lock = state.lockExclusive(); }
  co_await work();
}

// The flag stays set when the promise is dropped, which no handler sees.
Promise<void> bad_flag() {
  busy = true;
  // expected-warning@-1 {{flag 'busy' is set and cleared by hand around a suspension and stays set when the suspended coroutine is destroyed}}
  try {
    co_await work();
  } catch (...) {
  }
  busy = false;
}

struct BadWait {
  kj::WaitScope &scope;
  Promise<void> close();
  ~BadWait() { close().wait(scope); }
  // expected-warning@-1 {{destructor of 'BadWait' blocks the thread: 'kj::Promise::wait' runs the event loop until the promise is resolved}}
};

struct BadThread {
  kj::Thread thread;
  ~BadThread() {}
  // expected-warning@-1 {{destructor of 'BadThread' blocks the thread: the destructor of 'kj::Thread' joins the thread}}
};

struct OkCancels {
  Promise<void> task;
  kj::TaskSet tasks;
  ~OkCancels() {}
};

struct BadDetaches {
  Promise<void> close();
  ~BadDetaches() {
    close().detach([](auto &&) {});
    // expected-warning@-1 {{destructor of 'BadDetaches' starts a coroutine that uses the object after it is destroyed}}
  }
};

Promise<void> bad_waits_for_a_promise(kj::WaitScope &scope) {
  work().wait(scope);
  // expected-warning@-1 {{coroutine 'bad_waits_for_a_promise' blocks the thread that runs it: 'kj::Promise::wait' runs the event loop until the promise is resolved}}
  co_return;
}
