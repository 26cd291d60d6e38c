// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check discarded-task %s
//
// What libraries do with a task that is dropped, and how it is let go on
// purpose there.
#include "async_simple/coro.h"
#include "boost/cobalt.hpp"
#include "concurrencpp/concurrencpp.h"
#include "coro/coro.hpp"
#include "cppcoro/async_mutex.hpp"
#include "cppcoro/async_scope.hpp"
#include "cppcoro/task.hpp"
#include "drogon/drogon.h"
#include "folly/coro/AsyncScope.h"
#include "folly/coro/Task.h"
#include "folly/futures/Future.h"
#include "kj/async.h"
#include "qcoro/qcoro.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/semaphore.hh"
#include "tmc/all_headers.hpp"
#include "unifex/unifex.hpp"
#include <functional>
#include <vector>

namespace ss = seastar;

struct bad_folly {
  folly::coro::Task<int> fetch();
  folly::Future<int> begin();
  folly::coro::Task<void> bad_statement() {
    fetch();
    // expected-warning@-1 {{the task of 'fetch' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    co_return;
  }
  void bad_with_executor(folly::Executor::KeepAlive<> ex) {
    co_withExecutor(ex, fetch());
    // expected-warning@-1 {{the task of 'co_withExecutor' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
  }
  void bad_future() { begin(); }
  // expected-warning@-1 {{the task of 'begin' is never awaited; nobody sees when it ends or fails}}
  // expected-note@-2 {{co_await it, or give it to something that waits for it, such as a codrop::task_group}}
  folly::coro::Task<void> bad_vector() {
    std::vector<folly::coro::Task<int>> all; // expected-warning {{tasks in 'all' are never awaited, so they never run}}
    all.push_back(fetch());
    // expected-note@-1 {{a task is put in here}}
    // expected-note@-2 {{co_await each of them}}
    co_return;
  }
};
struct ok_folly {
  folly::coro::Task<int> fetch();
  folly::coro::Task<void> work();
  folly::coro::AsyncScope scope;
  void started(folly::Executor::KeepAlive<> ex) {
    co_withExecutor(ex, fetch()).start();
    scope.add(co_withExecutor(ex, work()));
  }
  folly::coro::Task<void> awaited() {
    auto t = fetch();
    (void)co_await std::move(t);
    (void)co_await folly::coro::co_awaitTry(fetch());
  }
};

struct bad_cppcoro {
  cppcoro::task<> work();
  cppcoro::task<> bad_variable() {
    auto t = work();
    // expected-warning@-1 {{task 't' is never awaited, so it never runs}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it}}
    co_return;
  }
};
struct ok_cppcoro {
  cppcoro::task<> work();
  void started(cppcoro::async_scope &scope) { scope.spawn(work()); }
};

struct bad_libcoro {
  coro::task<void> work();
  coro::queue<int> numbers;
  coro::task<void> bad_push() {
    numbers.push(1);
    // expected-warning@-1 {{the task of 'push' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    co_return;
  }
};
struct ok_libcoro {
  coro::task<void> work();
  coro::queue<int> numbers;
  void started(coro::thread_pool &pool, coro::scheduler &scheduler) {
    pool.spawn_detached(work());
    pool.spawn_joinable(work());
    scheduler.spawn_joinable(work());
  }
  coro::task<void> pushed() { (void)co_await numbers.push(1); }
};

struct bad_seastar {
  ss::future<> work();
  ss::semaphore sem{1};
  ss::future<> bad_continuation() {
    work().then([] {});
    // expected-warning@-1 {{the task of 'then' is never awaited; nobody sees when it ends or fails}}
    // expected-note@-2 {{co_await it, or give it to something that waits for it, such as a codrop::task_group}}
    co_return;
  }
  ss::future<> bad_wait() {
    sem.wait();
    // expected-warning@-1 {{the task of 'wait' is never awaited; nobody sees when it ends or fails}}
    // expected-note@-2 {{co_await it, or give it to something that waits for it, such as a codrop::task_group}}
    co_return;
  }
};
struct ok_seastar {
  ss::future<> work();
  ss::semaphore sem{1};
  ss::future<> explicitly() {
    (void)work().handle_exception([](std::exception_ptr) {});
    work().ignore_ready_future();
    co_return;
  }
  ss::future<> chained() {
    auto f = work().then([] {});
    return f.finally([] {});
  }
  ss::future<> asked() {
    auto f = work();
    if (f.available())
      co_return;
    co_await std::move(f);
  }
  ss::future<> of_promise(bool cancelled) {
    ss::promise<> done;
    auto f = done.get_future();
    if (cancelled)
      co_return;
    co_await std::move(f);
  }
  ss::future<> taken(ss::future<> other, bool cancelled) {
    auto f = std::move(other);
    if (cancelled)
      co_return;
    co_await std::move(f);
  }
  ss::future<> ready() {
    ss::make_ready_future<>();
    auto f = ss::make_ready_future<>();
    co_return;
  }
};

struct bad_kj {
  kj::Promise<void> work();
  kj::Promise<void> bad_variable() {
    auto promise = work();
    // expected-warning@-1 {{task 'promise' is dropped, which cancels it}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it}}
    co_return;
  }
  kj::Promise<void> bad_cast() {
    (void)work();
    // expected-warning@-1 {{the task of 'work' is dropped, which cancels it}}
    // expected-note@-2 {{co_await it}}
    co_return;
  }
};
struct ok_kj {
  kj::Promise<void> work();
  kj::TaskSet tasks;
  void kept() {
    tasks.add(work());
    work().detach([](int) {});
  }
  void waited(kj::WaitScope &scope) { work().wait(scope); }
  kj::Promise<void> in_the_background() {
    auto promise = work();
    co_await work();
  }
};

struct bad_qcoro {
  QCoro::Task<> work();
  QCoro::Task<> bad_statement() {
    work();
    // expected-warning@-1 {{the task of 'work' is never awaited; nobody sees when it ends or fails}}
    // expected-note@-2 {{co_await it, or give it to something that waits for it, such as a codrop::task_group}}
    co_return;
  }
};
struct ok_qcoro {
  QCoro::Task<> work();
  void followed(QObject *object) {
    work().then([] {});
    QCoro::connect(work(), object, [] {});
    (void)work();
  }
};

struct bad_async_simple {
  async_simple::coro::Lazy<int> work();
  async_simple::coro::Lazy<> bad_statement() {
    work();
    // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    co_return;
  }
};
struct ok_async_simple {
  async_simple::coro::Lazy<int> work();
  void started() {
    work().start([](auto &&) {});
  }
};

struct bad_cobalt {
  boost::cobalt::promise<void> begin();
  boost::cobalt::task<void> work();
  boost::cobalt::task<void> bad_statement() {
    work();
    // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    begin();
    // expected-warning@-1 {{the task of 'begin' is dropped, which cancels it}}
    // expected-note@-2 {{co_await it}}
    co_return;
  }
};
struct ok_cobalt {
  boost::cobalt::promise<void> begin();
  boost::cobalt::detached fire();
  boost::cobalt::task<void> let_go() {
    +begin();
    fire();
    co_return;
  }
};

struct bad_others {
  drogon::Task<> handle();
  concurrencpp::result<int> begin();
  concurrencpp::lazy_result<int> later();
  tmc::task<void> run();
  unifex::task<void> go();
  void bad_statements() {
    handle();
    // expected-warning@-1 {{the task of 'handle' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    begin();
    // expected-warning@-1 {{the task of 'begin' is never awaited; nobody sees when it ends or fails}}
    // expected-note@-2 {{co_await it, or give it to something that waits for it, such as a codrop::task_group}}
    later();
    // expected-warning@-1 {{the task of 'later' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    run();
    // expected-warning@-1 {{the task of 'run' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
    go();
    // expected-warning@-1 {{the task of 'go' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
  }
};
struct ok_others {
  drogon::AsyncTask fire();
  concurrencpp::null_result let_go();
  drogon::Task<> handle();
  void statements() {
    fire();
    let_go();
    drogon::async_run([this]() -> drogon::Task<> { co_await handle(); });
  }
};
