// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check task-from-destructor %s --no-notes -pthread
//
// Folly, cppcoro, Seastar, KJ, libcoro and Drogon, and what annotations say of a
// library.

#include "coro/coro.hpp"
#include "cppcoro/async_scope.hpp"
#include "cppcoro/sync_wait.hpp"
#include "cppcoro/task.hpp"
#include "drogon/drogon.h"
#include "folly/coro/AsyncScope.h"
#include "folly/coro/BlockingWait.h"
#include "folly/coro/Task.h"
#include "folly/futures/Future.h"
#include "kj/async.h"
#include "own/task.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/future.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/iostream.hh"
#include "seastar/core/sleep.hh"
#include <chrono>
#include <memory>

void note(int);

namespace on_folly {

using folly::coro::Task;

struct BadStart {
  folly::Executor::KeepAlive<> executor;
  Task<> bye();
  ~BadStart() { co_withExecutor(executor, bye()).start(); }
  // expected-warning@-1 {{destructor of 'BadStart' starts a coroutine that uses the object after it is destroyed}}
};

struct BadScheduled {
  folly::Executor::KeepAlive<> executor;
  int count = 0;
  Task<> bye() {
    note(count);
    co_return;
  }
  ~BadScheduled() { (void)bye().scheduleOn(executor).start(); }
  // expected-warning@-1 {{destructor of 'BadScheduled' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadScopeElsewhere {
  folly::Executor::KeepAlive<> executor;
  folly::coro::AsyncScope &scope;
  Task<> bye();
  ~BadScopeElsewhere() { scope.add(co_withExecutor(executor, bye())); }
  // expected-warning@-1 {{destructor of 'BadScopeElsewhere' starts a coroutine that uses the object after it is destroyed}}
};

struct BadScopeNotJoined {
  folly::Executor::KeepAlive<> executor;
  folly::coro::AsyncScope scope;
  Task<> bye();
  ~BadScopeNotJoined() { scope.add(bye().scheduleOn(executor)); }
  // expected-warning@-1 {{destructor of 'BadScopeNotJoined' starts a coroutine that uses the object after it is destroyed}}
};

struct BadWithCancellation {
  folly::Executor::KeepAlive<> executor;
  folly::CancellationSource source;
  Task<> bye();
  ~BadWithCancellation() {
    co_withExecutor(executor, folly::coro::co_withCancellation(source.getToken(), bye())).start();
    // expected-warning@-1 {{destructor of 'BadWithCancellation' starts a coroutine that uses the object after it is destroyed}}
  }
};

struct OkScopeJoined {
  folly::Executor::KeepAlive<> executor;
  folly::coro::AsyncScope scope;
  Task<> bye();
  ~OkScopeJoined() {
    scope.add(bye().scheduleOn(executor));
    folly::coro::blockingWait(scope.joinAsync());
  }
};

struct OkBlockingWait {
  Task<> bye();
  ~OkBlockingWait() { folly::coro::blockingWait(bye()); }
};

struct OkWaitsForFuture {
  folly::Executor::KeepAlive<> executor;
  Task<> bye();
  ~OkWaitsForFuture() { co_withExecutor(executor, bye()).start().get(); }
};

struct OkWaitsAndDropsFuture {
  folly::Executor::KeepAlive<> executor;
  Task<> bye();
  ~OkWaitsAndDropsFuture() { co_withExecutor(executor, bye()).start().wait(); }
};

struct OkExecutorIsMember {
  folly::Executor::KeepAlive<> executor;
  static Task<> bye(int count);
  int count = 0;
  ~OkExecutorIsMember() { co_withExecutor(executor, bye(count)).start(); }
};

} // namespace on_folly

namespace on_cppcoro {

using cppcoro::task;

struct BadScopeElsewhere {
  cppcoro::async_scope &scope;
  int count = 0;
  task<> pause();
  static task<> rest();
  task<> bye() {
    co_await rest();
    note(count);
  }
  ~BadScopeElsewhere() { scope.spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadScopeElsewhere' starts a coroutine that uses member 'count' after it is destroyed}}
};

// async_scope starts the task at once.
struct OkBeforeSuspension {
  cppcoro::async_scope &scope;
  int count = 0;
  static task<> rest(int);
  task<> bye() {
    note(count);
    co_await rest(count);
  }
  ~OkBeforeSuspension() { scope.spawn(bye()); }
};

task<> join(cppcoro::async_scope &scope);
struct OkJoined {
  cppcoro::async_scope scope;
  task<> bye();
  ~OkJoined() {
    scope.spawn(bye());
    cppcoro::sync_wait(join(scope));
  }
};

} // namespace on_cppcoro

namespace on_seastar {

using seastar::future;

struct BadBackground {
  int count = 0;
  future<> bye() {
    co_await seastar::sleep(std::chrono::seconds(1));
    note(count);
  }
  ~BadBackground() { (void)bye(); }
  // expected-warning@-1 {{destructor of 'BadBackground' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadContinuation {
  int count = 0;
  ~BadContinuation() {
    (void)seastar::sleep(std::chrono::seconds(1)).then([this] { note(count); });
    // expected-warning@-1 {{destructor of 'BadContinuation' starts a task that uses member 'count' after it is destroyed}}
  }
};

struct BadFinally {
  int count = 0;
  static future<> bye();
  void stop() {
    (void)bye().handle_exception([](std::exception_ptr) {}).finally([this] { ++count; });
  }
  ~BadFinally() { stop(); }
  // expected-warning@-1 {{destructor of 'BadFinally' starts a task that uses member 'count' after it is destroyed}}
};

struct BadInGate {
  seastar::gate gate;
  int count = 0;
  ~BadInGate() {
    (void)seastar::with_gate(gate, [this]() -> future<> {
    // expected-warning@-1 {{destructor of 'BadInGate' starts a coroutine that uses member 'count' after it is destroyed}}
      co_await seastar::sleep(std::chrono::seconds(1));
      note(count);
    });
  }
};

struct BadReference {
  seastar::gate gate;
  static future<> close(seastar::gate &g) { co_await g.close(); }
  ~BadReference() { (void)close(gate); }
  // expected-warning@-1 {{destructor of 'BadReference' starts a coroutine that uses member 'gate' after it is destroyed}}
};

struct OkWaits {
  future<> bye();
  ~OkWaits() { bye().get(); }
};

struct OkClosesGate {
  seastar::gate gate;
  int count = 0;
  ~OkClosesGate() {
    (void)seastar::with_gate(gate, [this]() -> future<> {
      co_await seastar::sleep(std::chrono::seconds(1));
      note(count);
    });
    gate.close().get();
  }
};

struct OkMoved {
  seastar::gate gate;
  static future<> close(seastar::gate g) { co_await g.close(); }
  ~OkMoved() {
    (void)close(std::move(gate)).handle_exception([](std::exception_ptr) {});
  }
};

struct stream {
  virtual ~stream();
  virtual future<> close();
};
struct BadOwned {
  std::unique_ptr<stream> out;
  ~BadOwned() { (void)out->close().handle_exception([](std::exception_ptr) {}); }
  // expected-warning@-1 {{destructor of 'BadOwned' starts a coroutine that uses member 'out' after it is destroyed}}
};
// The way sstable readers of a database close themselves in the background.
struct OkMovedIntoContinuation {
  std::unique_ptr<stream> out;
  future<> close() {
    return out->close().handle_exception([_ = std::move(out)](std::exception_ptr) {});
  }
  ~OkMovedIntoContinuation() {
    if (out)
      (void)close();
  }
};
struct OkMovedIntoVariable {
  std::unique_ptr<stream> out;
  future<> close() {
    auto closed = seastar::make_ready_future<>();
    if (out)
      closed = out->close().finally([_ = std::move(out)] {});
    return std::move(closed).handle_exception([](std::exception_ptr) {});
  }
  ~OkMovedIntoVariable() { (void)close(); }
};

struct OkContinuationByValue {
  int count = 0;
  ~OkContinuationByValue() {
    (void)seastar::sleep(std::chrono::seconds(1)).then([count = count] { note(count); });
  }
};

} // namespace on_seastar

namespace on_kj {

using kj::Promise;
Promise<void> pause();

struct BadDetached {
  int count = 0;
  Promise<void> bye() {
    co_await pause();
    note(count);
  }
  ~BadDetached() {
    bye().detach([](int) {});
    // expected-warning@-1 {{destructor of 'BadDetached' starts a coroutine that uses member 'count' after it is destroyed}}
  }
};

struct OkBeforeSuspension {
  int count = 0;
  Promise<void> bye() {
    note(count);
    co_await pause();
  }
  ~OkBeforeSuspension() {
    bye().detach([](int) {});
  }
};

// Dropping a promise cancels it, and so does a set that dies.
struct OkCancelled {
  kj::TaskSet tasks;
  int count = 0;
  Promise<void> bye() {
    co_await pause();
    note(count);
  }
  ~OkCancelled() {
    (void)bye();
    tasks.add(bye());
  }
};

struct BadSetElsewhere {
  kj::TaskSet &tasks;
  int count = 0;
  Promise<void> bye() {
    co_await pause();
    note(count);
  }
  ~BadSetElsewhere() { tasks.add(bye()); }
  // expected-warning@-1 {{destructor of 'BadSetElsewhere' starts a coroutine that uses member 'count' after it is destroyed}}
};

} // namespace on_kj

namespace on_libcoro {

using coro::task;

struct BadPool {
  coro::thread_pool &pool;
  task<> bye();
  ~BadPool() { pool.spawn_detached(bye()); }
  // expected-warning@-1 {{destructor of 'BadPool' starts a coroutine that uses the object after it is destroyed}}
};

// It joins in its destructor.
struct OkOwnPool {
  task<> bye();
  coro::thread_pool pool;
  ~OkOwnPool() { pool.spawn_detached(bye()); }
};

} // namespace on_libcoro

namespace on_drogon {

struct BadRun {
  drogon::Task<> bye();
  ~BadRun() { drogon::async_run(bye()); }
  // expected-warning@-1 {{destructor of 'BadRun' starts a coroutine that uses the object after it is destroyed}}
};

struct BadRunLambda {
  int count = 0;
  static drogon::Task<> pause();
  ~BadRunLambda() {
    drogon::async_run([this]() -> drogon::Task<> {
    // expected-warning@-1 {{destructor of 'BadRunLambda' starts a coroutine that uses member 'count' after it is destroyed}}
      co_await pause();
      note(count);
    });
  }
};

struct OkRunBeforeSuspension {
  int count = 0;
  static drogon::Task<> pause();
  ~OkRunBeforeSuspension() {
    drogon::async_run([this]() -> drogon::Task<> {
      note(count);
      co_await pause();
    });
  }
};

} // namespace on_drogon

namespace annotated {

using own::task;

[[clang::annotate("codrop::detaches(2)")]] void enqueue(int queue, task<> t);
void hand_over(int queue, task<> t);

struct BadAnnotated {
  task<> bye();
  ~BadAnnotated() { enqueue(1, bye()); }
  // expected-warning@-1 {{destructor of 'BadAnnotated' starts a coroutine that uses the object after it is destroyed}}
};

struct OkNotAnnotated {
  task<> bye();
  ~OkNotAnnotated() { hand_over(1, bye()); }
};

} // namespace annotated
