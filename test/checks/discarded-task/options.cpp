// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check discarded-task %s
// RUN: %check discarded-task %s --checks-options codrop-discarded-task.ReportVoidCast=true --prefix cast
// RUN: %check discarded-task %s --checks-options codrop-discarded-task.Confidence=definite --prefix definite
#include "own/task.h"
#include <tuple>

using own::future;
using own::task;

future<> start();
task<> work();
bool coin();

task<> cast() {
  (void)start();
  // cast-warning@-1 {{the task of 'start' is never awaited; nobody sees when it ends or fails}}
  // cast-note@-2 {{co_await it, or give it to something that waits for it, such as a codrop::task_group}}
  std::ignore = start();
  // cast-warning@-1 {{the task of 'start' is never awaited; nobody sees when it ends or fails}}
  // cast-note@-2 {{co_await it, or give it to something that waits for it, such as a codrop::task_group}}
  [[maybe_unused]] auto f = start();
  // cast-warning@-1 {{task 'f' is never awaited; nobody sees when it ends or fails}}
  // cast-note@-2 {{the task is made here}}
  // cast-note@-3 {{co_await it}}
  auto g = start();
  // cast-warning@-1 {{task 'g' is never awaited; nobody sees when it ends or fails}}
  // cast-note@-2 {{the task is made here}}
  // cast-note@-3 {{co_await it}}
  (void)g;
  co_return;
}
task<> lazy_cast() {
  (void)work();
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  // cast-warning@-3 {{the task of 'work' is never awaited, so it never runs}}
  // cast-note@-4 {{co_await it}}
  // definite-warning@-5 {{the task of 'work' is never awaited, so it never runs}}
  // definite-note@-6 {{co_await it}}
  co_return;
}
task<> lazy_on_some_path() {
  auto t = work();
  // expected-warning@-1 {{task 't' is not awaited on some path and never runs there}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{make it where it is awaited}}
  // cast-warning@-4 {{task 't' is not awaited on some path and never runs there}}
  // cast-note@-5 {{the task is made here}}
  // cast-note@-6 {{make it where it is awaited}}
  if (coin()) // // expected-note {{this way goes past the co_await}} // cast-note {{this way goes past the co_await}}
    co_await std::move(t);
}
task<> left_behind() {
  auto f = start();
  // expected-warning@-1 {{task 'f' is abandoned when a co_await throws; nobody sees when it ends or fails}}
  // expected-note@-2 {{the task is started here}}
  // expected-note@-3 {{await them together, or hold it in a codrop::task_group, which waits on every way out}}
  // cast-warning@-4 {{task 'f' is abandoned when a co_await throws; nobody sees when it ends or fails}}
  // cast-note@-5 {{the task is started here}}
  // cast-note@-6 {{await them together, or hold it in a codrop::task_group, which waits on every way out}}
  co_await work(); // expected-note {{if this co_await throws, nobody waits for it any more}}
  // cast-note@-1 {{if this co_await throws, nobody waits for it any more}}
  co_await std::move(f);
}
task<> left_behind_for_certain() {
  auto f = start();
  // expected-warning@-1 {{task 'f' is not awaited on some path; nobody sees when it ends or fails}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{co_await it on every path}}
  // cast-warning@-4 {{task 'f' is not awaited on some path; nobody sees when it ends or fails}}
  // cast-note@-5 {{the task is made here}}
  // cast-note@-6 {{co_await it on every path}}
  // definite-warning@-7 {{task 'f' is not awaited on some path; nobody sees when it ends or fails}}
  // definite-note@-8 {{the task is made here}}
  // definite-note@-9 {{co_await it on every path}}
  if (coin())
    co_return; // // expected-note {{this way goes past the co_await}} // cast-note {{this way goes past the co_await}}
    // definite-note@-1 {{this way goes past the co_await}}
  co_await std::move(f);
}
