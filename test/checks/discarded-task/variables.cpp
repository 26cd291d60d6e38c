// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check discarded-task %s
//
// Tasks in local variables that some way, or no way, awaits.
#include "own/sync.h"
#include "own/task.h"
#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <vector>

using own::future;
using own::task;

task<> work();
task<int> compute();
future<> start();
future<int> ask();
future<> ready_future();
bool coin();
void give(future<> f);
void look(const future<> &f);

task<> bad_never_mentioned() {
  auto t = work();
  // expected-warning@-1 {{task 't' is never awaited, so it never runs}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{co_await it}}
  co_return;
}
task<> bad_only_cast() {
  auto t = work();
  // expected-warning@-1 {{task 't' is never awaited, so it never runs}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{co_await it}}
  (void)t;
  co_return;
}
task<> bad_moved_to_nowhere() {
  auto t = work();
  // expected-warning@-1 {{task 't' is never awaited, so it never runs}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{co_await it}}
  std::move(t);
  co_return;
}
task<> bad_eager() {
  auto f = start();
  // expected-warning@-1 {{task 'f' is never awaited; nobody sees when it ends or fails}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{co_await it}}
  co_await own::yield();
}
/// One function with such a name does not make a file of tests.
void test_ok_connection() { auto f = work(); }
void bad_in_plain_function() { auto f = work(); }
// expected-warning@-1 {{task 'f' is never awaited, so it never runs}}
// expected-note@-2 {{the task is made here}}
// expected-note@-3 {{co_await it}}
task<> bad_early_return() {
  auto f = start();
  // expected-warning@-1 {{task 'f' is not awaited on some path; nobody sees when it ends or fails}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{co_await it on every path}}
  if (coin())
    co_return; // expected-note {{this way goes past the co_await}}
  co_await std::move(f);
}
task<> bad_lazy_early_return() {
  auto t = work();
  // expected-warning@-1 {{task 't' is not awaited on some path and never runs there}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{make it where it is awaited}}
  if (coin())
    co_return; // expected-note {{this way goes past the co_await}}
  co_await std::move(t);
}
task<> bad_one_branch() {
  future<> f = start();
  // expected-warning@-1 {{task 'f' is not awaited on some path; nobody sees when it ends or fails}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{co_await it on every path}}
  if (coin()) // expected-note {{this way goes past the co_await}}
    co_await std::move(f);
}
task<> bad_overwritten() {
  future<> f = start();
  // expected-warning@-1 {{task 'f' is overwritten before the first one has been awaited; nobody sees when that one ends or fails}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{co_await it first}}
  f = start(); // expected-note {{overwritten here}}
  co_await std::move(f);
}
task<> bad_loop_overwrites() {
  task<> last = own::yield();
  // expected-warning@-1 {{task 'last' is overwritten before the first one has been awaited, so that one never runs}}
  for (int i = 0; i < 3; ++i)
    last = work();
    // expected-note@-1 {{the task is made here}}
    // expected-note@-2 {{overwritten here}}
    // expected-note@-3 {{co_await it first}}
  co_await std::move(last);
}
task<> bad_dies_in_loop() {
  for (int i = 0; i < 3; ++i)
    auto t = work();
    // expected-warning@-1 {{task 't' is never awaited, so it never runs}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it}}
  co_return;
}
task<> bad_container() {
  std::vector<task<>> all; // expected-warning {{tasks in 'all' are never awaited, so they never run}}
  for (int i = 0; i < 3; ++i)
    all.push_back(work());
    // expected-note@-1 {{a task is put in here}}
    // expected-note@-2 {{co_await each of them}}
  co_await own::yield();
}
task<> bad_cleared() {
  std::vector<future<>> all;
  // expected-warning@-1 {{tasks in 'all' are thrown away before they have been awaited; nobody sees when they end or fail}}
  all.push_back(start());
  // expected-note@-1 {{a task is put in here}}
  // expected-note@-2 {{co_await each of them first}}
  all.clear(); // expected-note {{thrown away here}}
  co_return;
}
task<> bad_pair() {
  auto both = std::make_pair(work(), compute());
  // expected-warning@-1 {{tasks in 'both' are never awaited, so they never run}}
  // expected-note@-2 {{a task is put in here}}
  // expected-note@-3 {{co_await each of them}}
  co_return;
}
task<> bad_optional() {
  std::optional<task<>> t = work();
  // expected-warning@-1 {{task 't' is never awaited, so it never runs}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{co_await it}}
  co_return;
}
task<> bad_abandoned() {
  auto f = start();
  // expected-warning@-1 {{task 'f' is abandoned when a co_await throws; nobody sees when it ends or fails}}
  // expected-note@-2 {{the task is started here}}
  // expected-note@-3 {{await them together, or hold it in a codrop::task_group, which waits on every way out}}
  co_await own::yield(); // expected-note {{if this co_await throws, nobody waits for it any more}}
  co_await std::move(f);
}
task<> bad_container_abandoned() {
  std::vector<future<>> all;
  // expected-warning@-1 {{tasks in 'all' are abandoned when a co_await throws; nobody sees when they end or fail}}
  all.push_back(start());
  // expected-note@-1 {{a task is put in here}}
  // expected-note@-2 {{await them together, or hold it in a codrop::task_group, which waits on every way out}}
  co_await own::yield(); // expected-note {{if this co_await throws, nobody waits for it any more}}
  for (auto &f : all)
    co_await std::move(f);
}
task<> bad_extended_reference() {
  auto &&t = work();
  // expected-warning@-1 {{task 't' is never awaited, so it never runs}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{co_await it}}
  co_return;
}

task<> ok_awaited() {
  auto t = work();
  co_await std::move(t);
  auto f = start();
  co_await f;
}
task<> ok_moved() {
  auto f = start();
  give(std::move(f));
  auto g = start();
  look(g);
}
future<> ok_returned() {
  auto f = start();
  return f;
}
task<> ok_captured() {
  auto f = start();
  auto l = [&] { return std::move(f); };
  co_await l();
}
task<> ok_both_branches() {
  auto f = start();
  if (coin())
    co_await std::move(f);
  else
    give(std::move(f));
}
task<> ok_made_under_condition() {
  bool later = coin();
  std::optional<future<>> f;
  future<> g = ready_future();
  if (later)
    g = start();
  if (later)
    co_await std::move(g);
}
task<> ok_made_under_condition_with_flag() {
  future<> g;
  bool started = false;
  if (coin()) {
    g = start();
    started = true;
  }
  if (started)
    co_await std::move(g);
}
task<> ok_chosen() {
  bool remote = coin();
  future<> f = remote ? start() : ready_future();
  if (remote)
    co_await std::move(f);
}
task<> ok_loop() {
  std::vector<task<>> all;
  for (int i = 0; i < 3; ++i)
    all.push_back(work());
  for (auto &t : all)
    co_await std::move(t);
}
task<> ok_retry_loop() {
  future<> f = start();
  while (coin()) {
    co_await std::move(f);
    f = start();
    co_await std::move(f);
  }
}
task<> ok_ready() {
  auto f = ready_future();
  if (coin())
    co_return;
  co_await std::move(f);
}
task<> ok_explicit() {
  auto f = start();
  (void)f;
  [[maybe_unused]] auto g = start();
  co_return;
}
task<> ok_empty() {
  future<> f;
  if (coin())
    co_return;
  f = start();
  co_await std::move(f);
}
task<> ok_handed_on(std::vector<future<>> &out) {
  auto f = start();
  out.push_back(std::move(f));
  co_return;
}
task<> ok_awaited_after_handler() {
  auto f = start();
  std::exception_ptr failure;
  try {
    co_await own::yield();
  } catch (...) {
    failure = std::current_exception();
  }
  co_await std::move(f);
  if (failure)
    std::rethrow_exception(failure);
}
task<> ok_next_is_awaited() {
  auto next = start();
  for (;;) {
    co_await std::move(next);
    if (coin())
      break;
    next = start();
  }
}
template <class T> task<> ok_stored_elsewhere(T &list) {
  auto f = start();
  list.emplace_back(std::move(f));
  co_return;
}
template task<> ok_stored_elsewhere(std::vector<future<>> &);
task<> ok_overwritten_under_condition() {
  future<> stopped = ready_future();
  for (int i = 0; i < 100; ++i) {
    if (i == 50)
      stopped = start();
    if (coin())
      stopped = start();
  }
  co_await std::move(stopped);
}
task<> ok_assigned_to_itself() {
  auto f = ready_future();
  f = std::move(f);
  co_return;
}
task<> ok_asked() {
  auto f = start();
  if (!f.await_ready())
    co_await std::move(f);
}
struct fatal {
  fatal();
  [[noreturn]] ~fatal();
  int &stream();
};
task<> ok_ends_the_program() {
  auto f = start();
  while (coin())
    fatal().stream();
  co_await std::move(f);
}
