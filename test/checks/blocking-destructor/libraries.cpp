// RUN: %check blocking-destructor %s --no-notes -pthread
//
// Folly, cppcoro and Seastar.

#include "cppcoro/async_scope.hpp"
#include "cppcoro/io_service.hpp"
#include "cppcoro/static_thread_pool.hpp"
#include "cppcoro/sync_wait.hpp"
#include "cppcoro/task.hpp"
#include "folly/coro/AsyncScope.h"
#include "folly/coro/BlockingWait.h"
#include "folly/coro/Task.h"
#include "folly/executors/CPUThreadPoolExecutor.h"
#include "folly/futures/Future.h"
#include "folly/synchronization/Baton.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/thread.hh"
#include <memory>
#include <thread>

namespace with_folly {
using folly::coro::Task;

struct BadBlockingWait {
  Task<void> close();
  ~BadBlockingWait() { folly::coro::blockingWait(close()); }
  // expected-warning@-1 {{destructor of 'BadBlockingWait' blocks the thread: 'folly::coro::blockingWait' waits for the awaitable}}
};

struct BadBlockingWaitOfScope {
  folly::coro::AsyncScope scope;
  ~BadBlockingWaitOfScope() { folly::coro::blockingWait(scope.joinAsync()); }
  // expected-warning@-1 {{destructor of 'BadBlockingWaitOfScope' blocks the thread: 'folly::coro::blockingWait' waits for the awaitable}}
};

struct BadFutureGet {
  folly::SemiFuture<int> result;
  ~BadFutureGet() { std::move(result).get(); }
  // expected-warning@-1 {{destructor of 'BadFutureGet' blocks the thread: 'folly::SemiFuture::get' waits for the result}}
};

struct BadBaton {
  folly::Baton<> done;
  ~BadBaton() { done.wait(); }
  // expected-warning@-1 {{destructor of 'BadBaton' blocks the thread: 'folly::Baton::wait' waits for the baton}}
};

struct BadJoinsExecutor {
  folly::CPUThreadPoolExecutor &pool;
  ~BadJoinsExecutor() { pool.join(); }
  // expected-warning@-1 {{destructor of 'BadJoinsExecutor' blocks the thread: 'folly::ThreadPoolExecutor::join' waits for the pool's threads}}
};

struct BadOwnsExecutor {
  folly::CPUThreadPoolExecutor pool{4};
  ~BadOwnsExecutor() {}
  // expected-warning@-1 {{destructor of 'BadOwnsExecutor' blocks the thread that runs the coroutine: the destructor of 'folly::CPUThreadPoolExecutor' stops the pool and waits for its threads}}
};

struct OkPostsBaton {
  folly::Baton<> done;
  ~OkPostsBaton() { done.post(); }
};

struct OkLooksAtBaton {
  folly::Baton<> done;
  ~OkLooksAtBaton() {
    if (!done.try_wait())
      std::terminate();
  }
};

struct OkReadyFuture {
  folly::Future<int> result;
  ~OkReadyFuture() { (void)result.isReady(); }
};

Task<void> run() {
  BadOwnsExecutor e;
  co_return;
}
} // namespace with_folly

namespace with_cppcoro {
struct BadSyncWait {
  cppcoro::async_scope scope;
  cppcoro::task<> join();
  ~BadSyncWait() { cppcoro::sync_wait(join()); }
  // expected-warning@-1 {{destructor of 'BadSyncWait' blocks the thread: 'cppcoro::sync_wait' waits for the awaitable}}
};

struct BadProcessesEvents {
  cppcoro::io_service service;
  ~BadProcessesEvents() { service.process_events(); }
  // expected-warning@-1 {{destructor of 'BadProcessesEvents' blocks the thread: 'cppcoro::io_service::process_events' runs the event loop until it is stopped}}
};

struct BadPool {
// expected-warning@-1 {{destructor of 'BadPool' blocks the thread: the destructor of 'cppcoro::static_thread_pool' waits for the pool's threads}}
  cppcoro::static_thread_pool pool;
  ~BadPool() = default;
};

struct OkStops {
  cppcoro::io_service &service;
  ~OkStops() { service.stop(); }
};
} // namespace with_cppcoro

namespace with_seastar {
struct BadStdThread {
  std::thread thread;
  ~BadStdThread() { thread.join(); }
  // expected-warning@-1 {{destructor of 'BadStdThread' blocks the thread that runs the coroutine: 'std::thread::join' waits for the thread to end}}
};

// A seastar::thread is joined by awaiting.
struct OkSeastarThread {
  seastar::thread thread;
  ~OkSeastarThread() { (void)thread.join(); }
};

struct OkGate {
  seastar::gate gate;
  ~OkGate() { (void)gate.close(); }
};

seastar::future<> run() {
  BadStdThread t;
  co_return;
}
} // namespace with_seastar
