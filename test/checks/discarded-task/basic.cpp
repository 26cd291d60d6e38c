// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check discarded-task %s
//
// Tasks that die in the statement that makes them.
#include "own/task.h"
#include <optional>
#include <tuple>
#include <vector>

using own::future;
using own::task;

task<> work();
task<int> compute();
future<> start();
own::detached fire();
bool coin();

task<> bad_statement() {
  work();
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  co_return;
}
void bad_in_plain_function() { work(); }
// expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
// expected-note@-2 {{co_await it}}
task<> bad_eager_statement() {
  start();
  // expected-warning@-1 {{the task of 'start' is never awaited; nobody sees when it ends or fails}}
  // expected-note@-2 {{co_await it, or give it to something that waits for it, such as a codrop::task_group}}
  co_return;
}
task<> bad_result_of_another_task() {
  co_await own::sleep(1);
  compute();
  // expected-warning@-1 {{the task of 'compute' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
}
task<> bad_void_cast() {
  (void)work();
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  static_cast<void>(compute());
  // expected-warning@-1 {{the task of 'compute' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  co_return;
}
task<> bad_ignore() {
  std::ignore = work();
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  co_return;
}
task<> bad_ternary() {
  coin() ? work() : own::yield();
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  co_return;
}
task<> bad_conditional_operator() {
  coin() && (work(), true);
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  co_return;
}
task<> bad_comma() {
  int x = (work(), 1);
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  (void)x;
  co_return;
}
task<> bad_moved_to_nowhere() {
  std::move(work());
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  co_return;
}
task<> bad_branches() {
  if (coin())
    work();
    // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
  else
    start();
    // expected-warning@-1 {{the task of 'start' is never awaited; nobody sees when it ends or fails}}
    // expected-note@-2 {{co_await it, or give it to something that waits for it, such as a codrop::task_group}}
  for (int i = 0; i < 3; work())
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
    ++i;
  switch (int x = 1; x) {
  case 1:
    work();
    // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
  default:
    co_return;
  }
}
void bad_in_lambda() {
  auto l = [] { work(); };
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  l();
}
task<> bad_called_lambda() {
  [](int) -> task<> { co_await own::yield(); }(1);
  // expected-warning@-1 {{the task is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  co_return;
}
struct service {
  task<> stop();
  ~service() { bad_stop(); }
  void bad_stop() { stop(); }
  // expected-warning@-1 {{the task of 'stop' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
};
template <class T> task<> bad_template(T &t) {
  t.stop();
  // expected-warning@-1 {{the task of 'stop' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  co_return;
}
template task<> bad_template(service &);

#define DO(x) x
#define RUN_IT work() // expected-note 2 {{expanded from macro 'RUN_IT'}}
task<> bad_macro_body() {
  RUN_IT;
  // expected-warning@-1 {{the task of 'work' is never awaited, so it never runs}}
  // expected-note@-2 {{co_await it}}
  co_return;
}

std::vector<task<>> make_all();
std::optional<future<>> try_start();
task<> bad_holders() {
  make_all();
  // expected-warning@-1 {{the tasks of 'make_all' are never awaited, so they never run}}
  // expected-note@-2 {{co_await it}}
  try_start();
  // expected-warning@-1 {{the task of 'try_start' is never awaited; nobody sees when it ends or fails}}
  // expected-note@-2 {{co_await it, or give it to something that waits for it, such as a codrop::task_group}}
  co_return;
}
struct poller {
  task<> poll();
  future<> begin();
  task<> poll_;
  future<> running_;
  task<> bad_member_in_loop() {
    for (;;) {
      poll_ = poll();
      // expected-warning@-1 {{task 'poll_' is overwritten before the first one has been awaited, so that one never runs}}
      // expected-note@-2 {{the task is made here}}
      // expected-note@-3 {{overwritten here}}
      // expected-note@-4 {{co_await it first}}
      co_await own::yield();
    }
  }
  void bad_member_twice() {
    running_ = begin();
    // expected-warning@-1 {{task 'running_' is overwritten before the first one has been awaited; nobody sees when that one ends or fails}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it first}}
    running_ = begin(); // expected-note {{overwritten here}}
  }
  task<> ok_member_awaited() {
    for (;;) {
      poll_ = poll();
      co_await std::move(poll_);
    }
  }
  task<> ok_member_under_condition(bool once) {
    for (;;) {
      if (once)
        running_ = begin();
      co_await own::yield();
    }
  }
  task<> ok_member_elsewhere() {
    for (;;) {
      running_ = begin();
      co_await finish();
    }
  }
  future<> finish();
};

task<> ok_awaited() {
  co_await work();
  (void)co_await compute();
  std::ignore = co_await compute();
  int x = coin() ? co_await compute() : 0;
  (void)x;
  co_await (coin() ? work() : own::yield());
  co_await start();
}
task<> ok_returned() { return work(); }
task<> ok_co_returned() { co_return co_await work(); }
void ok_passed_on() {
  own::spawn(work());
  own::sync_wait(compute());
}
void ok_detached_type() {
  fire();
  (void)fire();
}
task<> ok_explicit_cast_of_eager() {
  (void)start();
  std::ignore = start();
  co_return;
}
using work_type = decltype(work());
void ok_unevaluated() {
  static_assert(sizeof(work()) > 0);
  bool quiet = noexcept(work());
  (void)quiet;
}
void ok_generator(own::generator<int> (*count)()) {
  for (int i : count())
    (void)i;
}
task<> bad_condition() {
  if (auto t = work(); coin())
  // expected-warning@-1 {{task 't' is not awaited on some path and never runs there}}
  // expected-note@-2 {{the task is made here}}
  // expected-note@-3 {{this way goes past the co_await}}
  // expected-note@-4 {{make it where it is awaited}}
    co_await std::move(t);
}
template <class T> task<> ok_never_instantiated(T t) {
  t.stop();
  co_return;
}
struct has_future {
  future<> f;
  has_future() : f(start()) {}
  void again() { f = start(); }
};

// A test macro that makes a statement of what it is given has its reasons.
#define EXPECT_THROW_(statement)                                               \
  try {                                                                        \
    statement;                                                                 \
  } catch (...) {                                                              \
  }
void ok_macro_statement() { EXPECT_THROW_(work()) }
