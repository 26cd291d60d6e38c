// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
//
// Shared by its form, but nobody else is at work on it: the state of a loop
// that runs once, an object that the caller lends from its own frame.
#include "own/task.h"
#include <memory>
#include <string>

using own::task;

task<long> write_at(long offset);
task<long> read_some();
task<> log(std::string = {});

/// Waits for all of them, which run side by side.
task<> when_all(task<> a, task<> b);
template <class Range, class F> task<> parallel_for_each(Range &r, F f) {
  return when_all(f(r[0]), f(r[1]));
}
template <class Range, class F> task<> for_each(Range &r, F f) {
  for (auto &each : r)
    co_await f(each);
}
template <class F> task<> retry(F f) { co_await f(); }

class loop_started_by_the_constructor {
public:
  loop_started_by_the_constructor() { own::spawn(ok_run()); }
  long offset() const { return offset_; }

private:
  task<> ok_run() {
    for (;;)
      offset_ = co_await write_at(offset_);
  }
  long offset_ = 0;
};

class loop_started_by_a_member {
public:
  void start() { own::spawn(ok_run()); }

private:
  task<> ok_run() {
    while (!stopping_) {
      if (!opened_) {
        co_await log();
        opened_ = true;
      }
      offset_ = offset_ + co_await read_some();
      co_await ok_step();
    }
  }
  // Awaited by the loop alone.
  task<> ok_step() {
    long next = offset_ + 1;
    co_await log();
    offset_ = next;
    count();
  }
  void count() { ++steps_; }
  bool stopping_ = false, opened_ = false;
  long offset_ = 0;
  int steps_ = 0;
};

class endless_loop_that_anybody_could_start {
public:
  task<> ok_run() {
    for (;;)
      offset_ = co_await write_at(offset_);
  }

private:
  long offset_ = 0;
};

class loop_for_each_session {
public:
  task<> bad_session(int id) {
    for (;;) {
      long next = total_ + 1; // expected-note {{read here}}
      co_await log(std::to_string(id)); // expected-note {{suspends here; another task may change 'total_'}}
      total_ = next;
      // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    }
  }

private:
  long total_ = 0;
};

class loop_started_many_times {
public:
  void start() {
    for (int i = 0; i < 4; ++i)
      own::spawn(bad_worker());
  }

private:
  task<> bad_worker() {
    for (;;)
      done_ = done_ + co_await read_some();
      // expected-warning@-1 {{'done_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{read here}}
      // expected-note@-3 {{suspends here; another task may change 'done_'}}
      // expected-note@-4 {{written here from the old value}}
      // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  long done_ = 0;
};

class loop_started_from_two_places {
public:
  void start() { own::spawn(bad_run()); }
  void restart() { own::spawn(bad_run()); }

private:
  task<> bad_run() {
    for (;;)
      done_ = done_ + co_await read_some();
      // expected-warning@-1 {{'done_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{read here}}
      // expected-note@-3 {{suspends here; another task may change 'done_'}}
      // expected-note@-4 {{written here from the old value}}
      // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  long done_ = 0;
};

class loop_whose_state_others_write {
public:
  void start() { own::spawn(bad_run()); }
  void rewind() { offset_ = 0; }

private:
  task<> bad_run() {
    for (;;)
      offset_ = co_await write_at(offset_);
      // expected-warning@-1 {{'offset_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{read here}}
      // expected-note@-3 {{suspends here; another task may change 'offset_'}}
      // expected-note@-4 {{written here from the old value}}
      // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  long offset_ = 0;
};

class loop_whose_state_a_callback_writes {
public:
  template <class F> void on_reset(F f) { f(); }
  void start() {
    on_reset([this] { offset_ = 0; });
    own::spawn(bad_run());
  }

private:
  task<> bad_run() {
    for (;;)
      offset_ = co_await write_at(offset_);
      // expected-warning@-1 {{'offset_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{read here}}
      // expected-note@-3 {{suspends here; another task may change 'offset_'}}
      // expected-note@-4 {{written here from the old value}}
      // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  long offset_ = 0;
};

class event_handler {
public:
  void on_event(int what) { own::spawn(bad_handle(what)); }
  void on_tick() { own::spawn(bad_refresh()); }

private:
  task<> bad_handle(int what) {
    long next = handled_ + what; // expected-note {{read here}}
    co_await log(); // expected-note {{suspends here; another task may change 'handled_'}}
    handled_ = next;
    // expected-warning@-1 {{'handled_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_refresh() {
    if (!fresh_) { // expected-note {{checked here}}
      co_await log(); // expected-note {{suspends here; another task may pass the same check}}
      fresh_ = true;
      // expected-warning@-1 {{'fresh_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  long handled_ = 0;
  bool fresh_ = false;
};

class helper_of_a_public_coroutine {
public:
  task<> deposit() { co_await bad_deposit(); }

private:
  task<> bad_deposit() { balance_ = balance_ + co_await read_some(); }
  // expected-warning@-1 {{'balance_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'balance_'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  long balance_ = 0;
};

struct progress {
  long done = 0;
};

// Whose caller lends what is in its own frame, and waits.
static task<> ok_lent(progress &p) { p.done = p.done + co_await read_some(); }
static task<> ok_lent_by_pointer(progress *p) {
  p->done = p->done + co_await read_some();
}
static task<> ok_lent_through_two(progress &p) { co_await ok_lent(p); }
static task<> bad_lent_by_a_member(progress &p) {
  p.done = p.done + co_await read_some();
  // expected-warning@-1 {{'p.done' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'p.done'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
}
static task<> bad_lent_to_two_at_once(progress &p) {
  p.done = p.done + co_await read_some();
  // expected-warning@-1 {{'p.done' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'p.done'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
}

class lender {
public:
  task<> lend() {
    progress own;
    co_await ok_lent(own);
    co_await ok_lent_by_pointer(&own);
    co_await ok_lent_through_two(own);
    co_await bad_lent_by_a_member(progress_);
    co_await when_all(bad_lent_to_two_at_once(own),
                      bad_lent_to_two_at_once(own));
  }

private:
  progress progress_;
};

// Variables that a lambda captures by reference.
task<> lambdas() {
  long total = 0;
  auto ok_awaited_in_turn = [&]() -> task<> {
    total = total + co_await read_some();
  };
  co_await ok_awaited_in_turn();
  co_await ok_awaited_in_turn();
  int items[3] = {};
  co_await for_each(items, [&](int i) -> task<> {
    total = total + i * co_await read_some();
  });
  co_await retry([&]() -> task<> { total = total + co_await read_some(); });
}

task<> bad_lambdas_side_by_side() {
  long total = 0;
  auto worker = [&]() -> task<> { total = total + co_await read_some(); };
  // expected-warning@-1 {{'total' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'total'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  co_await when_all(worker(), worker());
}

task<> bad_lambda_run_in_parallel() {
  long total = 0;
  int items[3] = {};
  co_await parallel_for_each(items, [&](int i) -> task<> {
    total = total + i * co_await read_some();
    // expected-warning@-1 {{'total' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'total'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  });
}

task<> bad_lambda_beside_its_function() {
  long total = 0;
  auto other = [&]() -> task<> { total = total + co_await read_some(); };
  // expected-warning@-1 {{'total' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'total'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  own::spawn(other());
  total += 1;
  co_await log();
}
