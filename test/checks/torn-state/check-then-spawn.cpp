// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
//
// A flag that is checked where a task is started and set only when it runs.
#include "own/task.h"

using own::detached;
using own::task;

task<> log();

class flusher {
public:
  void bad_kick() {
    if (!running_)
    // expected-warning@-1 {{'running_' is checked here but set only inside the task that is spawned}}
    // expected-note@-2 {{checked here}}
      own::spawn([this]() -> task<> {
      // expected-note@-1 {{started here; until the task runs, others pass the same check}}
      // expected-note@-2 {{set it before the task is started}}
        running_ = true; // expected-note {{set here, when the task runs}}
        co_await log();
        running_ = false;
      }());
  }
  void bad_kick_member() {
    if (running_)
    // expected-warning@-1 {{'running_' is checked here but set only inside the task that is spawned}}
    // expected-note@-2 {{checked here}}
      return;
    own::spawn(flush());
    // expected-note@-1 {{started here; until the task runs, others pass the same check}}
    // expected-note@-2 {{set it before the task is started}}
  }
  task<> bad_kick_from_coroutine() {
    if (started_)
    // expected-warning@-1 {{'started_' is checked here but set only inside the task that is spawned}}
    // expected-note@-2 {{checked here}}
      co_return;
    co_await log();
    own::spawn(work());
    // expected-note@-1 {{started here; until the task runs, others pass the same check}}
    // expected-note@-2 {{set it before the task is started}}
  }
  void bad_kick_detached() {
    if (!late_)
    // expected-warning@-1 {{'late_' is checked here but set only inside the task that is spawned}}
    // expected-note@-2 {{checked here}}
      runs_at_once_but_sets_late();
      // expected-note@-1 {{started here; until the task runs, others pass the same check}}
      // expected-note@-2 {{set it before the task is started}}
  }

  void ok_set_before() {
    if (set_before_)
      return;
    set_before_ = true;
    own::spawn([this]() -> task<> {
      co_await log();
      set_before_ = true;
    }());
  }
  void ok_detached_sets_at_once() {
    if (!early_)
      runs_at_once();
  }
  void ok_looks_again() {
    if (!again_)
      own::spawn(looks_again());
  }
  void ok_other_flag() {
    if (!other_)
      own::spawn(sets_third());
  }
  void ok_not_conditional() {
    bool was = other_;
    own::spawn(sets_other());
    (void)was;
  }
  task<> ok_awaited() {
    if (!awaited_)
      co_await sets_awaited();
  }

private:
  task<> flush() {
    running_ = true; // expected-note {{set here, when the task runs}}
    co_await log();
    running_ = false;
  }
  task<> work() {
    started_ = true; // expected-note {{set here, when the task runs}}
    co_await log();
  }
  detached runs_at_once() {
    early_ = true;
    co_await log();
  }
  detached runs_at_once_but_sets_late() {
    co_await log();
    late_ = true; // expected-note {{set here, when the task runs}}
  }
  task<> looks_again() {
    if (again_)
      co_return;
    again_ = true;
    co_await log();
  }
  task<> sets_third() {
    third_ = true;
    co_await log();
  }
  task<> sets_other() {
    other_ = true;
    co_await log();
  }
  task<> sets_awaited() {
    awaited_ = true;
    co_await log();
  }
  bool running_ = false, started_ = false, late_ = false, set_before_ = false,
       early_ = false, again_ = false, other_ = false, third_ = false,
       awaited_ = false;
};
