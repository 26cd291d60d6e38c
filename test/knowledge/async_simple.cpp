// RUN: %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes -pthread

#include "async_simple/coro.h"
#include <memory>
#include <mutex>

using async_simple::coro::Lazy;

async_simple::coro::Mutex mutex;
async_simple::coro::SpinLock spin;
std::mutex threads;
int state;

Lazy<> work();

class Connection {
public:
  Connection(Connection &&) noexcept;
  ~Connection();
  Lazy<int> read();
  Lazy<> close();
};
Lazy<Connection> connect(const char *host);

// async_simple has no resources of its own: these are inferred.
Lazy<int> bad_connection() {
  auto c = co_await connect("host");
  // expected-warning@-1 {{'c' of type 'Connection' is destroyed without an awaited 'close()' when a co_await throws}}
  int n = co_await c.read();
  co_await c.close();
  co_return n;
}

Lazy<bool> ok_connection() {
  auto c = co_await connect("host");
  auto n = co_await c.read().coAwaitTry();
  co_await c.close();
  co_return !n.hasError();
}

Lazy<> bad_thread_mutex() {
  std::lock_guard lock(threads);
  // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await work();
}

Lazy<> bad_spin_lock() {
  async_simple::coro::ScopedSpinLock lock(spin);
  // expected-warning@-1 {{'lock' of type 'async_simple::coro::ScopedSpinLock' still holds its lock where the coroutine suspends}}
  co_await work();
}

Lazy<> ok_executor_under_lock() {
  std::lock_guard lock(threads);
  co_await async_simple::CurrentExecutor{};
}

Lazy<> ok_scoped_lock() {
  auto lock = co_await mutex.coScopedLock();
  co_await work();
}

Lazy<> ok_scoped_spin_lock() {
  auto lock = co_await spin.coScopedLock();
  co_await work();
}

Lazy<> bad_unlocked_by_hand() {
  co_await mutex.coLock();
  // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
  co_await work();
  mutex.unlock();
}

Lazy<> ok_unlocked_by_hand() {
  co_await mutex.coLock();
  auto done = co_await work().coAwaitTry();
  mutex.unlock();
}

Lazy<> bad_shared_lock(async_simple::coro::SharedMutex &shared) {
  co_await shared.coLockShared();
  // expected-warning@-1 {{'shared' is acquired and given back by hand and stays acquired when a co_await throws}}
  co_await work();
  co_await shared.unlockShared();
}

Lazy<> bad_permit(async_simple::coro::CountingSemaphore<2> &permits) {
  co_await permits.acquire();
  // expected-warning@-1 {{'permits' is acquired and given back by hand and stays acquired when a co_await throws}}
  co_await work();
  co_await permits.release();
}

Lazy<> bad_lock_is_dropped_at_once() {
  co_await mutex.coScopedLock();
  // expected-warning@-1 {{guard 'std::unique_lock<async_simple::coro::Mutex>' is dropped at the end of this statement and protects nothing}}
  ++state;
}

struct BadSyncAwait {
  Lazy<> close();
  ~BadSyncAwait() { async_simple::coro::syncAwait(close()); }
  // expected-warning@-1 {{destructor of 'BadSyncAwait' blocks the thread: 'async_simple::coro::syncAwait' waits for the coroutine}}
};

struct BadFuture {
  async_simple::Future<int> result;
  ~BadFuture() { std::move(result).get(); }
  // expected-warning@-1 {{destructor of 'BadFuture' blocks the thread: 'async_simple::Future::get' waits for the result}}
};

struct BadExecutor {
  std::unique_ptr<async_simple::executors::SimpleExecutor> executor;
  ~BadExecutor() {}
  // expected-warning@-1 {{destructor of 'BadExecutor' blocks the thread: the destructor of 'async_simple::executors::SimpleExecutor' joins the pool's threads}}
};

struct BadPool {
  async_simple::util::ThreadPool pool;
  ~BadPool() {}
  // expected-warning@-1 {{destructor of 'BadPool' blocks the thread: the destructor of 'async_simple::util::ThreadPool' joins the pool's threads}}
};

struct BadStarts {
  Lazy<> close();
  ~BadStarts() {
    close().start([](async_simple::Try<void>) {});
    // expected-warning@-1 {{destructor of 'BadStarts' starts a coroutine that uses the object after it is destroyed}}
  }
};

// What it uses, it uses before its first suspension.
struct OkStarts {
  int id;
  Lazy<> bye() {
    state = id;
    co_await work();
  }
  ~OkStarts() {
    bye().start([](async_simple::Try<void>) {});
  }
};

Lazy<> bad_waits_for_a_lazy() {
  async_simple::coro::syncAwait(work());
  // expected-warning@-1 {{coroutine 'bad_waits_for_a_lazy' blocks the thread that runs it: 'async_simple::coro::syncAwait' waits for the coroutine}}
  co_return;
}
