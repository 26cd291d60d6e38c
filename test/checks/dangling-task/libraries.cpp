// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dangling-task %s --no-notes -pthread
//
// Seastar's futures and continuations, Folly, cppcoro and KJ.

#include "coro/coro.hpp"
#include "cppcoro/async_scope.hpp"
#include "cppcoro/sync_wait.hpp"
#include "cppcoro/task.hpp"
#include "folly/coro/AsyncScope.h"
#include "folly/coro/BlockingWait.h"
#include "folly/coro/Task.h"
#include "folly/futures/Future.h"
#include "kj/async.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/future.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/semaphore.hh"
#include "seastar/core/sleep.hh"
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

void use(int);
void use(const std::string &);

namespace on_seastar {

using namespace std::chrono_literals;
using seastar::future;

future<> pause() { return seastar::sleep(1ms); }
future<> write(const std::string &line) {
  co_await pause();
  use(line);
}
future<> write_copy(std::string line) {
  co_await pause();
  use(line);
}

// Continuations.

future<> bad_continuation() {
  std::string line = "a";
  return pause().then([&] { use(line); });
  // expected-warning@-1 {{returned task refers to local variable 'line', which dies when 'bad_continuation()' ends}}
}
future<> bad_parameter_in_continuation(std::string request) {
  return pause().then([&request] { return write(request); });
  // expected-warning@-1 {{returned task refers to parameter 'request'}}
}
future<> bad_inner_continuation(int n) {
  return pause().then([n] {
    // expected-warning@-1 {{the task that a lambda gives uses its captures after a suspension}}
    return pause().then([&n] { use(n); });
  });
}
future<> ok_moved_into_continuation(std::string request) {
  return pause().then(
      [request = std::move(request)] { return write_copy(request); });
}
future<> ok_reference_parameter(std::string &request) {
  return pause().then([&request] { use(request); });
}
struct reporter {
  void report();
};
struct poller {
  std::unique_ptr<reporter> owner;
};
future<> ok_pointee_moved() {
  auto owner = std::make_unique<reporter>();
  auto *raw = owner.get();
  poller p{std::move(owner)};
  return pause().then([p = std::move(p), raw] { raw->report(); });
}
future<> bad_pointee() {
  auto owner = std::make_unique<reporter>();
  auto *raw = owner.get();
  return pause().then([raw] { raw->report(); });
  // expected-warning@-1 {{returned task refers to local variable 'owner'}}
}
future<> ok_awaits_continuation() {
  std::string line = "a";
  co_await pause().then([&] { use(line); });
}

// Coroutines that are given to then().

future<> bad_lambda_coroutine(std::string key) {
  co_await pause().then([key]() -> future<> {
    // expected-warning@-1 {{the task that a lambda gives uses its captures after a suspension, but the lambda is destroyed once it has been called}}
    co_await pause();
    use(key);
  });
}
future<> bad_lambda_this(int n) {
  co_await seastar::sleep(1ms).finally([&n]() -> future<> {
    // expected-warning@-1 {{the task that a lambda gives uses its captures after a suspension}}
    co_await pause();
    use(n);
  });
}
future<> ok_captures_copied(std::string key) {
  co_await pause().then([key]() -> future<> {
    auto copy = key;
    co_await pause();
    use(copy);
  });
}
future<> ok_not_a_coroutine(std::string key) {
  co_await pause().then([key] { return write_copy(key); });
}
future<> ok_no_captures() {
  co_await pause().then([]() -> future<> {
    co_await pause();
    use(1);
  });
}
future<> ok_by_reference(std::string key) {
  auto f = [key]() -> future<> {
    co_await pause();
    use(key);
  };
  co_await pause().then(std::ref(f));
}

future<> ok_wrapped(std::string key) {
  co_await pause().then(seastar::coroutine::lambda([key]() -> future<> {
    co_await pause();
    use(key);
  }));
}
future<> open(std::string_view name);
future<> ok_declared(std::string key) {
  return pause().then([key] { return open(key); });
}
template <class T, class F> future<> do_with(T &&value, F &&use) {
  auto held = std::make_unique<std::tuple<T>>(std::forward<T>(value));
  auto done = std::invoke(use, std::get<0>(*held));
  return done.finally([held = std::move(held)] {});
}
future<> ok_do_with(int n) {
  auto body = [n]() -> future<> {
    co_await pause();
    use(n);
  };
  return do_with(body, [](auto &f) { return f(); });
}

/// Whoever owns the client has to await its stop().
class client : public std::enable_shared_from_this<client> {
public:
  client() { (void)loop(); }
  future<> stop();

private:
  future<> loop() {
    co_await pause();
    use(count_);
  }
  int count_ = 0;
};

// Let go.

void bad_void_cast() {
  std::string line = "a";
  (void)write(line);
  // expected-warning@-1 {{dropped task refers to local variable 'line'}}
}
void bad_void_cast_temporary() {
  (void)write("text");
  // expected-warning@-1 {{dropped task refers to a temporary 'std::string'}}
}
struct stream {
  future<> close() {
    co_await pause();
    use(open);
  }
  int open = 1;
};
stream output();
void ok_waits_at_once() { output().close().get(); }
void bad_closes_temporary() {
  (void)output().close();
  // expected-warning@-1 {{dropped task refers to a temporary 'stream'}}
}
void ok_void_cast() { (void)write_copy("text"); }
future<> bad_kept() {
  auto f = write("text");
  // expected-warning@-1 {{task 'f' refers to a temporary 'std::string'}}
  co_await pause();
  co_await std::move(f);
}

} // namespace on_seastar

namespace on_folly {

using folly::coro::Task;

Task<> print(const std::string &line) {
  use(line);
  co_return;
}
Task<> bad_returned(std::string line) {
  return print(line);
  // expected-warning@-1 {{returned task refers to parameter 'line'}}
}
Task<> ok_awaited(std::string line) { co_await print(line); }
void bad_scope(folly::coro::AsyncScope &scope,
               folly::Executor::KeepAlive<> executor) {
  std::string line = "a";
  scope.add(co_withExecutor(executor, print(line)));
  // expected-warning@-1 {{spawned task refers to local variable 'line'}}
}
Task<> ok_scope(folly::Executor::KeepAlive<> executor) {
  std::string line = "a";
  folly::coro::AsyncScope scope;
  scope.add(co_withExecutor(executor, print(line)));
  co_await scope.joinAsync();
}
void bad_start(folly::Executor::KeepAlive<> executor) {
  std::string line = "a";
  co_withExecutor(executor, print(line)).start();
  // expected-warning@-1 {{detached task refers to local variable 'line'}}
}
void ok_blocks() {
  std::string line = "a";
  folly::coro::blockingWait(print(line));
}

/// It is driven by hand.
struct manual_executor {
  folly::Executor::KeepAlive<> keep();
  void drain();
};
void ok_drained() {
  manual_executor executor;
  std::string line = "a";
  auto f = co_withExecutor(executor.keep(), print(line)).start();
  executor.drain();
}
class session : public std::enable_shared_from_this<session> {
public:
  void bad_start(folly::Executor::KeepAlive<> executor) {
    co_withExecutor(executor, run()).start();
    // expected-warning@-1 {{task is started that uses 'this' after a suspension, and nothing keeps the object alive}}
  }
  void ok_start(folly::Executor::KeepAlive<> executor) {
    co_withExecutor(executor, run_kept(shared_from_this())).start();
  }

private:
  Task<> run() {
    co_await step();
    use(count_);
  }
  Task<> run_kept(std::shared_ptr<session>) {
    co_await step();
    use(count_);
  }
  Task<> step();
  int count_ = 0;
};

} // namespace on_folly

namespace on_cppcoro {

cppcoro::task<> count(int &n);
cppcoro::task<> print(const std::string &line);

cppcoro::task<> bad_scope(cppcoro::async_scope &scope) {
  int n = 0;
  scope.spawn(count(n));
  // expected-warning@-1 {{spawned task refers to local variable 'n'}}
  co_return;
}
cppcoro::task<> ok_scope() {
  cppcoro::async_scope scope;
  int n = 0;
  scope.spawn(count(n));
  co_await scope.join();
}
cppcoro::task<> bad_returned() {
  int n = 0;
  return count(n);
  // expected-warning@-1 {{returned task refers to local variable 'n'}}
}
void ok_waits() {
  int n = 0;
  cppcoro::sync_wait(count(n));
  cppcoro::sync_wait(print("text"));
}

} // namespace on_cppcoro

namespace on_kj {

kj::Promise<void> pause();

kj::Promise<void> bad_then(int n) {
  co_await pause().then([n]() -> kj::Promise<void> {
    // expected-warning@-1 {{the task that a lambda gives uses its captures after a suspension}}
    co_await pause();
    use(n);
  });
}
kj::Promise<void> bad_returned(int n) {
  return pause().then([&n]() { use(n); });
  // expected-warning@-1 {{returned task refers to parameter 'n'}}
}

} // namespace on_kj

namespace on_libcoro {

coro::task<void> count(int &n);

coro::task<void> bad_order(std::unique_ptr<coro::thread_pool> &pool) {
  coro::task_group<coro::thread_pool> group(pool);
  int n = 0;
  group.start(count(n));
  // expected-warning@-1 {{task that is spawned into 'group' refers to local variable 'n', which is destroyed first}}
  co_return;
}
coro::task<void> ok_order(std::unique_ptr<coro::thread_pool> &pool) {
  int n = 0;
  coro::task_group<coro::thread_pool> group(pool);
  group.start(count(n));
  co_return;
}

} // namespace on_libcoro
