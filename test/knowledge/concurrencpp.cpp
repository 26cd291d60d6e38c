// RUN: %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes -pthread

#include "concurrencpp/concurrencpp.h"
#include <mutex>
#include <utility>

using concurrencpp::lazy_result;
using concurrencpp::result;

concurrencpp::async_lock lock;
std::shared_ptr<concurrencpp::thread_pool_executor> pool;
std::mutex threads;
int state;

result<int> work();

class connection {
public:
  connection(connection &&);
  ~connection();
  result<int> read();
  lazy_result<void> close();
};
result<connection> connect(const char *host);

// concurrencpp has no resources of its own: these are inferred.
result<int> bad_connection() {
  auto c = co_await connect("host");
  // expected-warning@-1 {{'c' of type 'connection' is destroyed without an awaited 'close()' when a co_await throws}}
  int n = co_await c.read();
  co_await c.close();
  co_return n;
}

// The outcome is looked at afterwards.
lazy_result<int> ok_resolved() {
  auto c = co_await connect("host");
  auto n = co_await c.read().resolve();
  co_await c.close();
  co_return co_await n;
}

concurrencpp::generator<int> bad_generator(connection c) { co_yield 1; }
// expected-warning@-1 {{'c' of type 'connection' is destroyed without an awaited 'close()'}}

result<void> ok_scoped_lock() {
  auto guard = co_await lock.lock(pool);
  state = co_await work();
}

result<void> bad_lock_is_dropped_at_once() {
  co_await lock.lock(pool);
  // expected-warning@-1 {{guard 'concurrencpp::scoped_async_lock' is dropped at the end of this statement and protects nothing}}
  ++state;
}

result<void> bad_unlocked_by_hand() {
  if (!co_await lock.try_lock())
  // expected-warning@-1 {{'lock' is acquired and given back by hand and stays acquired when a co_await throws}}
    co_return;
  state = co_await work();
  lock.unlock();
}

lazy_result<void> bad_thread_mutex() {
  std::lock_guard guard(threads);
  // expected-warning@-1 {{'guard' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await work();
}

concurrencpp::null_result bad_in_null_result() {
  std::lock_guard guard(threads);
  // expected-warning@-1 {{'guard' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await work();
}

result<void> ok_unlocked_before() {
  auto guard = co_await lock.lock(pool);
  guard.unlock();
  co_await work();
}

struct BadGet {
  result<int> last;
  ~BadGet() { last.get(); }
  // expected-warning@-1 {{destructor of 'BadGet' blocks the thread: 'concurrencpp::result::get' waits for the result}}
};

struct BadWaitFor {
  result<int> last;
  ~BadWaitFor() { last.wait_for(std::chrono::seconds(1)); }
  // expected-warning@-1 {{destructor of 'BadWaitFor' blocks the thread: 'concurrencpp::result::wait_for' waits for the result}}
};

struct BadShutdown {
  ~BadShutdown() { pool->shutdown(); }
  // expected-warning@-1 {{destructor of 'BadShutdown' blocks the thread: 'concurrencpp::thread_pool_executor::shutdown' waits for the executor's threads}}
};

struct BadRuntime {
  concurrencpp::runtime runtime;
  ~BadRuntime() {}
  // expected-warning@-1 {{destructor of 'BadRuntime' blocks the thread: the destructor of 'concurrencpp::runtime' shuts its executors down and waits for their threads}}
};

struct BadWaitForTask {
  concurrencpp::manual_executor executor;
  ~BadWaitForTask() { executor.wait_for_task(); }
  // expected-warning@-1 {{destructor of 'BadWaitForTask' blocks the thread: 'concurrencpp::manual_executor::wait_for_task' waits for tasks}}
};

struct OkLooks {
  concurrencpp::manual_executor executor;
  result<int> last;
  ~OkLooks() {
    last.wait_for(std::chrono::seconds(0));
    executor.wait_for_task_for(std::chrono::milliseconds(0));
    executor.loop_once();
  }
};

struct BadRuns {
  lazy_result<void> bye();
  ~BadRuns() { bye().run(); }
  // expected-warning@-1 {{destructor of 'BadRuns' starts a coroutine that uses the object after it is destroyed}}
};

result<int> bad_waits_for_a_result() { co_return work().get(); }
// expected-warning@-1 {{coroutine 'bad_waits_for_a_result' blocks the thread that runs it: 'concurrencpp::result::get' waits for the result}}
