// RUN: %check blocking-call %s --no-notes -pthread
//
// What the libraries take to other threads, what only looks like it, and where
// the coroutine goes on.

#include "concurrencpp/concurrencpp.h"
#include "coro/coro.hpp"
#include "cppcoro/static_thread_pool.hpp"
#include "cppcoro/task.hpp"
#include "folly/coro/Task.h"
#include "folly/executors/CPUThreadPoolExecutor.h"
#include "folly/executors/GlobalExecutor.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/reactor.hh"
#include "seastar/core/thread.hh"
#include <chrono>
#include <memory>
#include <thread>
#include <tuple>
#include <vector>

namespace {

void nap() { std::this_thread::sleep_for(std::chrono::seconds(1)); } // expected-note 9 {{'std::this_thread::sleep_for' sleeps}}

namespace on_folly {
using folly::coro::co_withExecutor;
using folly::coro::Task;

Task<> ok_on_the_global_pool() {
  co_await co_withExecutor(folly::getGlobalCPUExecutor(), []() -> Task<> {
    nap();
    co_return;
  }());
}

Task<> ok_scheduled_on_the_global_pool() {
  co_await [](int) -> Task<> {
    nap();
    co_return;
  }(1).scheduleOn(folly::getGlobalCPUExecutor());
}

Task<> bad_on_the_io_executor() {
  co_await co_withExecutor(folly::getGlobalIOExecutor(), []() -> Task<> {
    nap();
    // expected-warning@-1 {{coroutine lambda blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
    // expected-note@-2 {{'nap' is called here}}
    // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
    // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
    co_return;
  }());
}

// A task comes back to its own executor.
Task<> work();
Task<> bad_after_it_has_come_back() {
  co_await co_withExecutor(folly::getGlobalCPUExecutor(), work());
  nap();
  // expected-warning@-1 {{coroutine 'bad_after_it_has_come_back' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'nap' is called here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
}
} // namespace on_folly

namespace on_seastar {
using seastar::future;
future<> pause();

future<> ok_waits_in_a_seastar_thread(seastar::future<> &ready) {
  co_await seastar::async([&] { ready.get(); });
}

// Like other Seastar code, it may not block the reactor.
future<> bad_blocks_in_a_seastar_thread() {
  co_await seastar::async([] { nap(); });
  // expected-warning@-1 {{coroutine 'bad_blocks_in_a_seastar_thread' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'async' calls the lambda here}}
  // expected-note@-3 {{'nap' is called here}}
  // expected-note@-4 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-5 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
}

future<> bad_after_a_seastar_thread() {
  co_await seastar::async([] {});
  nap();
  // expected-warning@-1 {{coroutine 'bad_after_a_seastar_thread' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'nap' is called here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
}

future<> bad_in_the_background() {
  seastar::engine().run_in_background([]() -> future<> {
    nap();
    // expected-warning@-1 {{coroutine lambda blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
    // expected-note@-2 {{'nap' is called here}}
    // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
    // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
    co_return;
  });
  co_return;
}

future<> bad_function_in_the_background() {
  seastar::engine().run_in_background([] { nap(); });
  // expected-warning@-1 {{coroutine 'bad_function_in_the_background' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'run_in_background' calls the lambda here}}
  // expected-note@-3 {{'nap' is called here}}
  // expected-note@-4 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-5 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_await pause();
}
} // namespace on_seastar

namespace on_cppcoro {
using cppcoro::task;

task<> ok_schedules(cppcoro::static_thread_pool &pool) {
  co_await pool.schedule();
  nap();
}

task<> bad_before_it_schedules(cppcoro::static_thread_pool &pool) {
  nap();
  // expected-warning@-1 {{coroutine 'bad_before_it_schedules' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'nap' is called here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_await pool.schedule();
}
} // namespace on_cppcoro

namespace on_libcoro {
using coro::task;

task<> ok_schedules(std::unique_ptr<coro::thread_pool> &pool) {
  co_await pool->schedule();
  nap();
}

task<> ok_spawned(coro::thread_pool &pool) {
  co_await pool.spawn_joinable([]() -> task<> {
    nap();
    co_return;
  }());
}

task<> bad_spawned_on_the_scheduler(coro::scheduler &scheduler) {
  co_await scheduler.spawn_joinable([]() -> task<> {
    nap();
    // expected-warning@-1 {{coroutine lambda blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
    // expected-note@-2 {{'nap' is called here}}
    // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
    // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
    co_return;
  }());
}
} // namespace on_libcoro

namespace on_concurrencpp {
using concurrencpp::result;

result<void> ok_submits(std::shared_ptr<concurrencpp::thread_pool_executor> pool) {
  co_await pool->submit([] { nap(); });
}

result<void> ok_resumes_there(std::shared_ptr<concurrencpp::thread_pool_executor> pool) {
  co_await concurrencpp::resume_on(pool);
  nap();
}

result<void> bad_before_it_resumes_there(std::shared_ptr<concurrencpp::thread_pool_executor> pool) {
  nap();
  // expected-warning@-1 {{coroutine 'bad_before_it_resumes_there' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'nap' is called here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_await concurrencpp::resume_on(pool);
}

// What an await has given is there.
result<int> fetch();
concurrencpp::lazy_result<std::vector<result<int>>> all();
concurrencpp::lazy_result<std::tuple<result<int>, result<int>>> both();
result<void> ok_resolved() {
  auto done = co_await fetch().resolve();
  done.get();
  (co_await fetch().resolve()).get();
}
result<void> ok_elements() {
  auto done = co_await all();
  for (auto &one : done)
    one.get();
  done[0].get();
  auto [first, second] = co_await both();
  first.get();
}
result<void> bad_not_awaited() {
  result<int> pending = fetch();
  pending.get();
  // expected-warning@-1 {{coroutine 'bad_not_awaited' blocks the thread that runs it: 'concurrencpp::result::get' waits for the result}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use co_await, or hand the work to a thread pool and await its result}}
  co_await fetch().resolve();
}
} // namespace on_concurrencpp

} // namespace
