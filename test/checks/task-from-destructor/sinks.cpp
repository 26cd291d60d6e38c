// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check task-from-destructor %s --no-notes -pthread
//
// Every way to start a task that the knowledge files of async_simple, Cobalt,
// concurrencpp, Drogon, Folly, libcoro, QCoro, Seastar, stdexec, TooManyCooks
// and unifex name and libraries.cpp does not have.

#include "async_simple/coro.h"
#include "boost/cobalt.hpp"
#include "concurrencpp/concurrencpp.h"
#include "coro/coro.hpp"
#include "drogon/drogon.h"
#include "exec/exec.hpp"
#include "folly/coro/AsyncScope.h"
#include "folly/coro/BlockingWait.h"
#include "qcoro/qcoro.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/reactor.hh"
#include "tmc/all_headers.hpp"
#include "unifex/unifex.hpp"
#include <memory>

void note(int);

namespace on_async_simple {

using async_simple::coro::Lazy;

struct BadStart {
  Lazy<> bye();
  ~BadStart() {
    bye().start([](auto &&) {});
    // expected-warning@-1 {{destructor of 'BadStart' starts a coroutine that uses the object after it is destroyed}}
  }
};

struct BadDirectlyStart {
  async_simple::Executor *executor;
  Lazy<> bye();
  ~BadDirectlyStart() {
    bye().directlyStart([](auto &&) {}, executor);
    // expected-warning@-1 {{destructor of 'BadDirectlyStart' starts a coroutine that uses the object after it is destroyed}}
  }
};

struct BadVia {
  async_simple::Executor *executor;
  int count = 0;
  Lazy<> bye() {
    note(count);
    co_return;
  }
  ~BadVia() { bye().via(executor).detach(); }
  // expected-warning@-1 {{destructor of 'BadVia' starts a coroutine that uses member 'count' after it is destroyed}}
};

// start() runs it here as far as its first suspension.
struct OkBeforeSuspension {
  int count = 0;
  static Lazy<> pause();
  Lazy<> bye() {
    note(count);
    co_await pause();
  }
  ~OkBeforeSuspension() {
    bye().start([](auto &&) {});
  }
};

struct OkByValue {
  async_simple::Executor *executor;
  int count = 0;
  static Lazy<> bye(int count);
  ~OkByValue() { bye(count).via(executor).detach(); }
};

struct OkWaits {
  Lazy<> bye();
  ~OkWaits() { async_simple::coro::syncAwait(bye()); }
};

} // namespace on_async_simple

namespace on_cobalt {

namespace cobalt = boost::cobalt;
cobalt::promise<void> pause();

struct BadSpawn {
  boost::asio::any_io_executor executor;
  cobalt::task<void> bye();
  ~BadSpawn() { cobalt::spawn(executor, bye(), boost::asio::detached); }
  // expected-warning@-1 {{destructor of 'BadSpawn' starts a coroutine that uses the object after it is destroyed}}
};

struct BadPlus {
  int count = 0;
  cobalt::promise<void> bye() {
    co_await pause();
    note(count);
  }
  ~BadPlus() { +bye(); }
  // expected-warning@-1 {{destructor of 'BadPlus' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadDetach {
  int count = 0;
  cobalt::promise<void> bye() {
    co_await pause();
    note(count);
  }
  ~BadDetach() { bye().detach(); }
  // expected-warning@-1 {{destructor of 'BadDetach' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadGroupElsewhere {
  cobalt::wait_group &group;
  int count = 0;
  cobalt::promise<void> bye() {
    co_await pause();
    note(count);
  }
  ~BadGroupElsewhere() { group.push_back(bye()); }
  // expected-warning@-1 {{destructor of 'BadGroupElsewhere' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadDetachedType {
  int count = 0;
  cobalt::detached bye() {
    co_await pause();
    note(count);
  }
  ~BadDetachedType() { bye(); }
  // expected-warning@-1 {{destructor of 'BadDetachedType' starts a coroutine that uses member 'count' after it is destroyed}}
};

// A promise that is dropped, or dies with its group, is cancelled.
struct OkCancelled {
  cobalt::wait_group group;
  int count = 0;
  cobalt::promise<void> bye() {
    co_await pause();
    note(count);
  }
  ~OkCancelled() {
    (void)bye();
    group.push_back(bye());
  }
};

struct OkBeforeSuspension {
  int count = 0;
  cobalt::promise<void> bye() {
    note(count);
    co_await pause();
  }
  ~OkBeforeSuspension() { +bye(); }
};

struct OkState {
  int count = 0;
};
struct OkShared {
  boost::asio::any_io_executor executor;
  std::shared_ptr<OkState> state;
  static cobalt::task<void> bye(std::shared_ptr<OkState> state);
  ~OkShared() { cobalt::spawn(executor, bye(state), boost::asio::detached); }
};

} // namespace on_cobalt

namespace on_concurrencpp {

using concurrencpp::lazy_result;

struct BadRun {
  lazy_result<void> bye();
  ~BadRun() { (void)bye().run(); }
  // expected-warning@-1 {{destructor of 'BadRun' starts a coroutine that uses the object after it is destroyed}}
};

struct BadResult {
  int count = 0;
  static lazy_result<void> pause();
  concurrencpp::result<void> bye() {
    co_await pause();
    note(count);
  }
  ~BadResult() { (void)bye(); }
  // expected-warning@-1 {{destructor of 'BadResult' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadNullResult {
  int count = 0;
  static lazy_result<void> pause();
  concurrencpp::null_result bye() {
    co_await pause();
    note(count);
  }
  ~BadNullResult() { bye(); }
  // expected-warning@-1 {{destructor of 'BadNullResult' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct OkWaits {
  lazy_result<void> bye();
  ~OkWaits() { bye().run().get(); }
};

struct OkBeforeSuspension {
  int count = 0;
  static lazy_result<void> pause();
  lazy_result<void> bye() {
    note(count);
    co_await pause();
  }
  ~OkBeforeSuspension() { (void)bye().run(); }
};

struct OkNeverStarted {
  lazy_result<void> bye();
  ~OkNeverStarted() { (void)bye(); }
};

} // namespace on_concurrencpp

namespace on_drogon {

using drogon::Task;

struct BadFuture {
  Task<> bye();
  ~BadFuture() { (void)drogon::co_future(bye()); }
  // expected-warning@-1 {{destructor of 'BadFuture' starts a coroutine that uses the object after it is destroyed}}
};

struct OkFutureOfOthers {
  Task<> bye();
  ~OkFutureOfOthers() { drogon::co_future(bye()).get(); }
};

struct OkByValue {
  int count = 0;
  static Task<> bye(int count);
  ~OkByValue() { drogon::async_run(bye(count)); }
};

} // namespace on_drogon

namespace on_folly {

using folly::coro::Task;

struct BadCancellableScope {
  folly::Executor::KeepAlive<> executor;
  folly::coro::CancellableAsyncScope &scope;
  Task<> bye();
  ~BadCancellableScope() { scope.add(co_withExecutor(executor, bye())); }
  // expected-warning@-1 {{destructor of 'BadCancellableScope' starts a coroutine that uses the object after it is destroyed}}
};

struct OkCancelsAndJoins {
  folly::Executor::KeepAlive<> executor;
  folly::coro::CancellableAsyncScope scope;
  Task<> bye();
  ~OkCancelsAndJoins() {
    scope.add(co_withExecutor(executor, bye()));
    folly::coro::blockingWait(scope.cancelAndJoinAsync());
  }
};

} // namespace on_folly

namespace on_libcoro {

using coro::task;

struct BadScheduler {
  coro::scheduler &scheduler;
  task<> bye();
  ~BadScheduler() { scheduler.spawn_detached(bye()); }
  // expected-warning@-1 {{destructor of 'BadScheduler' starts a coroutine that uses the object after it is destroyed}}
};

// What spawn_joinable() gives joins in its destructor at the latest.
struct OkJoinsWhenDropped {
  coro::thread_pool &pool;
  coro::scheduler &scheduler;
  task<> bye();
  ~OkJoinsWhenDropped() {
    (void)pool.spawn_joinable(bye());
    (void)scheduler.spawn_joinable(bye());
  }
};

struct BadGroupElsewhere {
  coro::task_group<coro::thread_pool> &group;
  task<> bye();
  ~BadGroupElsewhere() { group.start(bye()); }
  // expected-warning@-1 {{destructor of 'BadGroupElsewhere' starts a coroutine that uses the object after it is destroyed}}
};

struct BadGroupMadeWithTask {
  coro::thread_pool *pool;
  std::unique_ptr<coro::task_group<coro::thread_pool>> &group;
  task<> bye();
  ~BadGroupMadeWithTask() { group.reset(new coro::task_group<coro::thread_pool>(pool, bye())); }
  // expected-warning@-1 {{destructor of 'BadGroupMadeWithTask' starts a coroutine that uses the object after it is destroyed}}
};

struct BadSelfDeleting {
  task<> bye();
  ~BadSelfDeleting() { coro::detail::make_task_self_deleting(bye()).handle().resume(); }
  // expected-warning@-1 {{destructor of 'BadSelfDeleting' starts a coroutine that uses the object after it is destroyed}}
};

struct OkJoins {
  coro::thread_pool &pool;
  task<> bye();
  ~OkJoins() { coro::sync_wait(pool.spawn_joinable(bye())); }
};

// Its destructor waits until it is empty.
struct OkOwnGroup {
  task<> bye();
  coro::task_group<coro::thread_pool> group;
  ~OkOwnGroup() { group.start(bye()); }
};

struct OkByValue {
  coro::scheduler &scheduler;
  int count = 0;
  static task<> bye(int count);
  ~OkByValue() { scheduler.spawn_detached(bye(count)); }
};

// A scheduler waits for its tasks in its destructor.
struct OkOwnScheduler {
  task<> bye();
  std::unique_ptr<coro::scheduler> scheduler = coro::scheduler::make_unique();
  ~OkOwnScheduler() { scheduler->spawn_detached(bye()); }
};

} // namespace on_libcoro

namespace on_qcoro {

using QCoro::Task;

struct BadConnect {
  QObject *context;
  int count = 0;
  static Task<> pause();
  Task<> bye() {
    co_await pause();
    note(count);
  }
  ~BadConnect() {
    QCoro::connect(bye(), context, [] {});
    // expected-warning@-1 {{destructor of 'BadConnect' starts a coroutine that uses member 'count' after it is destroyed}}
  }
};

struct BadThen {
  int count = 0;
  static Task<> pause();
  Task<> bye() {
    co_await pause();
    note(count);
  }
  ~BadThen() {
    bye().then([] {});
    // expected-warning@-1 {{destructor of 'BadThen' starts a coroutine that uses member 'count' after it is destroyed}}
  }
};

struct BadContinuation {
  int count = 0;
  static Task<> pause();
  ~BadContinuation() {
    pause().then([this] { note(count); });
    // expected-warning@-1 {{destructor of 'BadContinuation' starts a task that uses member 'count' after it is destroyed}}
  }
};

struct BadDropped {
  int count = 0;
  static Task<> pause();
  Task<> bye() {
    co_await pause();
    note(count);
  }
  ~BadDropped() { bye(); }
  // expected-warning@-1 {{destructor of 'BadDropped' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct OkBeforeSuspension {
  QObject *context;
  int count = 0;
  static Task<> pause();
  Task<> bye() {
    note(count);
    co_await pause();
  }
  ~OkBeforeSuspension() {
    QCoro::connect(bye(), context, [] {});
    bye();
  }
};

struct OkWaits {
  Task<> bye();
  ~OkWaits() { QCoro::waitFor(bye()); }
};

} // namespace on_qcoro

namespace on_seastar {

using seastar::future;
future<> pause();

struct BadBackground {
  int count = 0;
  future<> bye() {
    co_await pause();
    note(count);
  }
  ~BadBackground() { seastar::engine().run_in_background(bye()); }
  // expected-warning@-1 {{destructor of 'BadBackground' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadBackgroundLambda {
  int count = 0;
  ~BadBackgroundLambda() {
    seastar::engine().run_in_background([this]() -> future<> {
    // expected-warning@-1 {{destructor of 'BadBackgroundLambda' starts a coroutine that uses member 'count' after it is destroyed}}
      co_await pause();
      note(count);
    });
  }
};

struct OkBackgroundByValue {
  int count = 0;
  static future<> bye(int count) {
    co_await pause();
    note(count);
  }
  ~OkBackgroundByValue() { seastar::engine().run_in_background(bye(count)); }
};

} // namespace on_seastar

namespace on_stdexec {

using exec::task;

struct BadSpawn {
  exec::async_scope &scope;
  task<void> bye();
  ~BadSpawn() { scope.spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadSpawn' starts a coroutine that uses the object after it is destroyed}}
};

struct BadSpawnFuture {
  exec::async_scope &scope;
  task<void> bye();
  ~BadSpawnFuture() { (void)scope.spawn_future(bye()); }
  // expected-warning@-1 {{destructor of 'BadSpawnFuture' starts a coroutine that uses the object after it is destroyed}}
};

struct BadSpawnOn {
  exec::async_scope &scope;
  exec::static_thread_pool &pool;
  task<void> bye();
  ~BadSpawnOn() { scope.spawn(stdexec::starts_on(pool.get_scheduler(), bye())); }
  // expected-warning@-1 {{destructor of 'BadSpawnOn' starts a coroutine that uses the object after it is destroyed}}
};

struct BadCountingScope {
  stdexec::simple_counting_scope &scope;
  task<void> bye();
  ~BadCountingScope() { stdexec::spawn(bye(), scope.get_token()); }
  // expected-warning@-1 {{destructor of 'BadCountingScope' starts a coroutine that uses the object after it is destroyed}}
};

struct BadCountingScopeFuture {
  stdexec::simple_counting_scope &scope;
  task<void> bye();
  ~BadCountingScopeFuture() { (void)stdexec::spawn_future(bye(), scope.get_token()); }
  // expected-warning@-1 {{destructor of 'BadCountingScopeFuture' starts a coroutine that uses the object after it is destroyed}}
};

struct BadStartDetached {
  task<void> bye();
  ~BadStartDetached() { exec::start_detached(bye()); }
  // expected-warning@-1 {{destructor of 'BadStartDetached' starts a coroutine that uses the object after it is destroyed}}
};

struct OkScopeIsEmpty {
  exec::async_scope scope;
  task<void> bye();
  ~OkScopeIsEmpty() {
    scope.spawn(bye());
    stdexec::sync_wait(scope.on_empty());
  }
};

struct OkJoinsCountingScope {
  stdexec::simple_counting_scope scope;
  task<void> bye();
  ~OkJoinsCountingScope() {
    stdexec::spawn(bye(), scope.get_token());
    stdexec::sync_wait(scope.join());
  }
};

struct OkByValue {
  int count = 0;
  static task<void> bye(int count);
  ~OkByValue() { exec::start_detached(bye(count)); }
};

} // namespace on_stdexec

namespace on_tmc {

using tmc::task;

struct BadPost {
  tmc::ex_cpu &executor;
  int count = 0;
  task<void> bye() {
    note(count);
    co_return;
  }
  ~BadPost() { tmc::post(executor, bye()); }
  // expected-warning@-1 {{destructor of 'BadPost' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadPostWaitable {
  tmc::ex_cpu &executor;
  task<void> bye();
  ~BadPostWaitable() { (void)tmc::post_waitable(executor, bye(), 1); }
  // expected-warning@-1 {{destructor of 'BadPostWaitable' starts a coroutine that uses the object after it is destroyed}}
};

struct BadSpawn {
  task<void> bye();
  ~BadSpawn() { tmc::spawn(bye()).detach(); }
  // expected-warning@-1 {{destructor of 'BadSpawn' starts a coroutine that uses the object after it is destroyed}}
};

struct BadSpawnFunc {
  int count = 0;
  ~BadSpawnFunc() {
    tmc::spawn_func([this] { note(count); }).detach();
    // expected-warning@-1 {{destructor of 'BadSpawnFunc' starts a task that uses member 'count' after it is destroyed}}
  }
};

struct BadSpawnMany {
  task<void> bye();
  ~BadSpawnMany() {
    task<void> tasks[] = {bye(), bye()};
    tmc::spawn_many<2>(&tasks[0]).detach();
    // expected-warning@-1 {{destructor of 'BadSpawnMany' starts a coroutine that uses the object after it is destroyed}}
  }
};

struct BadSpawnTuple {
  task<void> bye();
  static task<void> other();
  ~BadSpawnTuple() { tmc::spawn_tuple(other(), bye()).detach(); }
  // expected-warning@-1 {{destructor of 'BadSpawnTuple' starts a coroutine that uses the object after it is destroyed}}
};

struct BadForkGroup {
  tmc::aw_fork_group<0, void> &group;
  task<void> bye();
  ~BadForkGroup() { group.fork(bye()); }
  // expected-warning@-1 {{destructor of 'BadForkGroup' starts a coroutine that uses the object after it is destroyed}}
};

struct BadMux {
  tmc::mux_many<2, void> &mux;
  task<void> bye();
  ~BadMux() { mux.fork(0, bye()); }
  // expected-warning@-1 {{destructor of 'BadMux' starts a coroutine that uses the object after it is destroyed}}
};

struct OkPostWaits {
  tmc::ex_cpu &executor;
  task<void> bye();
  ~OkPostWaits() { tmc::post_waitable(executor, bye()).wait(); }
};

struct OkByValue {
  tmc::ex_cpu &executor;
  int count = 0;
  static task<void> bye(int count);
  ~OkByValue() {
    tmc::post(executor, bye(count));
    tmc::spawn(bye(count)).detach();
    tmc::spawn_func([count = count] { note(count); }).detach();
    tmc::spawn_tuple(bye(count), bye(1)).detach();
  }
};

} // namespace on_tmc

namespace on_unifex {

using unifex::task;

struct BadSpawnDetached {
  unifex::async_scope &scope;
  task<void> bye();
  ~BadSpawnDetached() { unifex::spawn_detached(bye(), scope); }
  // expected-warning@-1 {{destructor of 'BadSpawnDetached' starts a coroutine that uses the object after it is destroyed}}
};

struct BadSpawnFuture {
  unifex::async_scope &scope;
  task<void> bye();
  ~BadSpawnFuture() { (void)unifex::spawn_future(bye(), scope); }
  // expected-warning@-1 {{destructor of 'BadSpawnFuture' starts a coroutine that uses the object after it is destroyed}}
};

struct BadScopeSpawn {
  unifex::async_scope &scope;
  task<void> bye();
  ~BadScopeSpawn() { (void)scope.spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadScopeSpawn' starts a coroutine that uses the object after it is destroyed}}
};

struct BadScopeDetachedSpawn {
  unifex::async_scope &scope;
  task<void> bye();
  ~BadScopeDetachedSpawn() { scope.detached_spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadScopeDetachedSpawn' starts a coroutine that uses the object after it is destroyed}}
};

struct BadScopeSpawnOn {
  unifex::async_scope &scope;
  unifex::single_thread_context &thread;
  task<void> bye();
  ~BadScopeSpawnOn() { (void)scope.spawn_on(thread.get_scheduler(), bye()); }
  // expected-warning@-1 {{destructor of 'BadScopeSpawnOn' starts a coroutine that uses the object after it is destroyed}}
};

struct BadScopeDetachedSpawnOn {
  unifex::async_scope &scope;
  unifex::single_thread_context &thread;
  int count = 0;
  task<void> bye() {
    note(count);
    co_return;
  }
  ~BadScopeDetachedSpawnOn() { scope.detached_spawn_on(thread.get_scheduler(), bye()); }
  // expected-warning@-1 {{destructor of 'BadScopeDetachedSpawnOn' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadOldScope {
  unifex::v0::async_scope &scope;
  task<void> bye();
  ~BadOldScope() { scope.spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadOldScope' starts a coroutine that uses the object after it is destroyed}}
};

struct BadOldScopeOn {
  unifex::v0::async_scope &scope;
  unifex::single_thread_context &thread;
  task<void> bye();
  ~BadOldScopeOn() { scope.spawn_on(thread.get_scheduler(), bye()); }
  // expected-warning@-1 {{destructor of 'BadOldScopeOn' starts a coroutine that uses the object after it is destroyed}}
};

struct OkScopeComplete {
  unifex::async_scope scope;
  task<void> bye();
  ~OkScopeComplete() {
    scope.detached_spawn(bye());
    unifex::spawn_detached(bye(), scope);
    unifex::sync_wait(scope.complete());
  }
};

struct OkBeforeSuspension {
  unifex::async_scope &scope;
  int count = 0;
  static task<void> pause();
  task<void> bye() {
    note(count);
    co_await pause();
  }
  ~OkBeforeSuspension() { scope.detached_spawn(bye()); }
};

} // namespace on_unifex
