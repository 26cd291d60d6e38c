// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check discarded-task %s
//
// Tasks that a callable returns to somebody who expects nothing.
#include "own/task.h"
#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

using own::future;
using own::task;

task<> work();
task<> handle(int);
future<> start(int);
own::detached fire();

void on_event(std::function<void(int)> handler);
void on_task(std::function<task<>(int)> handler);
template <class F> void each(std::vector<int> &v, F f) {
  for (int &i : v)
    f(i);
    // expected-note@-1 3 {{'each' drops what the call returns here}}
    // expected-note@-2 {{'each_forwarded' drops what the call returns here}}
}
template <class F> void each_forwarded(std::vector<int> &v, F &&f) {
  each(v, std::forward<F>(f));
}
template <class F> task<> each_awaited(std::vector<int> &v, F f) {
  for (int &i : v)
    co_await f(i);
}
void store(void *);
template <class F> void keep(F f) { store(&f); }

void bad_function() {
  on_event([](int) -> task<> { co_await work(); });
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{'std::function<void (int)>' calls it and expects nothing}}
  // expected-note@-3 {{take a callable that returns a task, and co_await what it returns}}
}
void bad_function_variable() {
  std::function<void()> f = []() -> future<> { co_return; };
  // expected-warning@-1 {{the task that this returns is dropped by its caller; nobody sees when it ends or fails}}
  // expected-note@-2 {{'std::function<void ()>' calls it and expects nothing}}
  // expected-note@-3 {{take a callable that returns a task, and co_await what it returns}}
  f();
}
void bad_function_pointer() { on_event(handle); }
// expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
// expected-note@-2 {{'std::function<void (int)>' calls it and expects nothing}}
// expected-note@-3 {{take a callable that returns a task, and co_await what it returns}}
void bad_eager_function() { on_event(&start); }
// expected-warning@-1 {{the task that this returns is dropped by its caller; nobody sees when it ends or fails}}
// expected-note@-2 {{'std::function<void (int)>' calls it and expects nothing}}
// expected-note@-3 {{take a callable that returns a task, and co_await what it returns}}
void bad_function_of_function() {
  std::function<task<>()> inner = work;
  std::function<void()> outer = inner;
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{'std::function<void ()>' calls it and expects nothing}}
  // expected-note@-3 {{take a callable that returns a task, and co_await what it returns}}
}
struct server {
  task<> run();
  void bad_bound() {
    std::function<void()> f = std::bind_front(&server::run, this);
    // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
    // expected-note@-2 {{'std::function<void ()>' calls it and expects nothing}}
    // expected-note@-3 {{take a callable that returns a task, and co_await what it returns}}
    auto g = std::function<void()>([this] { return run(); });
    // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
    // expected-note@-2 {{'std::function<void ()>' calls it and expects nothing}}
    // expected-note@-3 {{take a callable that returns a task, and co_await what it returns}}
  }
};
void bad_for_each(std::vector<int> v) {
  std::for_each(v.begin(), v.end(), [](int) -> task<> { co_await work(); });
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{write a loop and co_await each task in it}}
}
void bad_ranges_for_each(std::vector<int> v) {
  std::ranges::for_each(v, [](int) -> task<> { co_await work(); });
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{write a loop and co_await each task in it}}
}
void bad_own_helper(std::vector<int> v) {
  each(v, [](int) -> task<> { co_await work(); });
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{write a loop and co_await each task in it}}
  each(v, handle);
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{write a loop and co_await each task in it}}
}
void bad_forwarding_helper(std::vector<int> v) {
  each_forwarded(v, [](int) -> task<> { co_await work(); });
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{write a loop and co_await each task in it}}
}

template <class F> struct at_exit {
  explicit at_exit(F f) : f_(std::move(f)) {}
  ~at_exit() { f_(); }
  // expected-note@-1 {{the function drops what the call returns here}}
  // expected-note@-2 {{'make_at_exit' drops what the call returns here}}
  F f_;
};
template <class F> at_exit<F> make_at_exit(F f) {
  return at_exit<F>(std::move(f));
}
void bad_scope_exit() {
  at_exit guard([]() -> task<> { co_await work(); });
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{write a loop and co_await each task in it}}
  auto other = make_at_exit([] { return work(); });
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{write a loop and co_await each task in it}}
}
void bad_thread() {
  std::thread t([]() -> task<> { co_await work(); });
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{'std::thread' calls it and expects nothing}}
  // expected-note@-3 {{take a callable that returns a task, and co_await what it returns}}
  t.join();
}
template <class T> void bad_in_template(std::vector<int> &v) {
  each(v, [](int) -> task<T> { co_return T(); });
  // expected-warning@-1 {{the task that this returns is dropped by its caller, so it never runs}}
  // expected-note@-2 {{write a loop and co_await each task in it}}
}
template void bad_in_template<int>(std::vector<int> &);

template <class F> struct kept {
  explicit kept(F f) : f_(std::move(f)) {}
  task<> run() { co_await f_(); }
  F f_;
};
task<> ok_kept() {
  kept k([]() -> task<> { co_await work(); });
  co_await k.run();
}
void ok_task_function() {
  on_task([](int) -> task<> { co_await work(); });
}
void ok_detached() {
  std::function<void()> f = fire;
  on_event([](int) -> own::detached { co_await work(); });
}
task<> ok_awaiting_helper(std::vector<int> v) {
  co_await each_awaited(v, [](int) -> task<> { co_await work(); });
}
void ok_unknown_helper() {
  keep([]() -> task<> { co_await work(); });
}
void ok_spawning_lambda() {
  on_event([](int) { own::spawn(work()); });
}
// expected-note@stl_algo.h:* {{'for_each' drops what the call returns here}}
// expected-note@ranges_algo.h:* {{the function drops what the call returns here}}
