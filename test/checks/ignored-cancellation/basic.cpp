// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check ignored-cancellation %s
//
// Tokens of the standard library with tasks of our own.

#include "own/task.h"
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

using own::task;
using namespace std::chrono_literals;

struct item {};

task<> send(item i);
task<> sleep_for(std::chrono::milliseconds time);
task<> sleep_for(std::chrono::milliseconds time, std::stop_token stop); // expected-note 6 {{this overload takes it}}
task<int> receive(int limit, std::stop_token stop = {}); // expected-note 2 {{the parameter for it has a default}}
task<> fetch(std::stop_token stop);
void compute();
void log(const char *text);

// --- A parameter that is never used ------------------------------------------

task<> bad_unused(std::vector<item> items, std::stop_token stop) {
// expected-warning@-1 {{parameter 'stop' of type 'std::stop_token' is never used in a coroutine that suspends}}
// expected-note@-2 {{pass it on to what is awaited or check it between the awaits; a parameter without a name says that it is ignored on purpose}}
  for (item i : items)
    co_await send(i); // expected-note {{it waits here, and whoever cancels waits as well}}
}
task<> bad_unused_without_a_loop(std::stop_token stop) {
// expected-warning@-1 {{parameter 'stop' of type 'std::stop_token' is never used in a coroutine that suspends}}
// expected-note@-2 {{pass it on to what is awaited or check it between the awaits; a parameter without a name says that it is ignored on purpose}}
  co_await send({}); // expected-note {{it waits here, and whoever cancels waits as well}}
  co_await send({});
}
task<> bad_unused_reference(const std::stop_token &stop, item i) {
// expected-warning@-1 {{parameter 'stop' of type 'std::stop_token' is never used in a coroutine that suspends}}
// expected-note@-2 {{pass it on to what is awaited or check it between the awaits; a parameter without a name says that it is ignored on purpose}}
  co_await send(i); // expected-note {{it waits here, and whoever cancels waits as well}}
}
task<> ok_unnamed(std::vector<item> items, std::stop_token) {
  for (item i : items)
    co_await send(i);
}
task<> ok_maybe_unused([[maybe_unused]] std::stop_token stop) {
  co_await send({});
}
task<> ok_cast_to_void(std::stop_token stop) {
  (void)stop;
  co_await send({});
}
task<> ok_cast_to_void_and_without(std::stop_token stop) {
  (void)stop;
  co_await sleep_for(1s);
}
task<> ok_no_suspension(std::stop_token stop) { co_return; }
task<> ok_checked(std::vector<item> items, std::stop_token stop) {
  for (item i : items) {
    if (stop.stop_requested())
      co_return;
    co_await send(i);
  }
}
task<> ok_forwarded(std::stop_token stop) {
  co_await fetch(stop);
  co_await fetch(std::move(stop));
}
task<> ok_used_in_a_closure(std::stop_token stop) {
  auto stopping = [&] { return stop.stop_requested(); };
  while (!stopping())
    co_await send({});
}
task<> ok_callback(std::stop_token stop) {
  std::stop_callback cb(stop, [] { log("stop"); });
  co_await send({});
}
void plain(std::stop_token stop);
void ok_no_coroutine(std::stop_token stop) { compute(); }

struct worker {
  virtual task<> run(std::stop_token stop) = 0;
  virtual ~worker() = default;
};
struct sender : worker {
  task<> bad_run(std::stop_token stop) { co_await send({}); }
  // expected-warning@-1 {{parameter 'stop' of type 'std::stop_token' is never used in a coroutine that suspends}}
  // expected-note@-2 {{it waits here, and whoever cancels waits as well}}
  // expected-note@-3 {{pass it on to what is awaited or check it between the awaits; a parameter without a name says that it is ignored on purpose}}
};

// --- A call that takes one and is made without --------------------------------

task<> bad_overload(std::stop_token stop) { // expected-note {{'stop' is at hand}}
  while (!stop.stop_requested()) {
    co_await sleep_for(1s);
    // expected-warning@-1 {{'sleep_for' is called without 'stop', which would end the wait when it is cancelled}}
    // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
  }
}
task<> bad_default(std::stop_token stop) { // expected-note {{'stop' is at hand}}
  while (!stop.stop_requested())
    co_await receive(1);
    // expected-warning@-1 {{'receive' is called without 'stop', which would end the wait when it is cancelled}}
    // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
}
task<int> bad_returned(std::stop_token stop) { // expected-note {{'stop' is at hand}}
  if (stop.stop_requested())
    co_return 0;
  co_return co_await receive(1);
  // expected-warning@-1 {{'receive' is called without 'stop', which would end the wait when it is cancelled}}
  // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
}
task<> bad_kept_and_awaited(std::stop_token stop) { // expected-note {{'stop' is at hand}}
  if (stop.stop_requested())
    co_return;
  auto waiting = sleep_for(1s);
  // expected-warning@-1 {{'sleep_for' is called without 'stop', which would end the wait when it is cancelled}}
  // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
  compute();
  co_await std::move(waiting);
}
task<> ok_passed(std::stop_token stop) {
  co_await sleep_for(1s, stop);
  co_await receive(1, stop);
}
task<> ok_no_token() {
  co_await sleep_for(1s);
  co_await receive(1);
}
task<> ok_short(std::stop_token stop) {
  while (!stop.stop_requested())
    co_await sleep_for(10ms);
}
task<> ok_after_the_request(std::stop_token stop) {
  if (stop.stop_requested()) {
    co_await sleep_for(1s);
    co_return;
  }
  co_await fetch(stop);
}
task<> ok_after_the_loop(std::stop_token stop) {
  while (!stop.stop_requested())
    co_await fetch(stop);
  co_await sleep_for(1s);
}
task<> bad_before_the_request_too(std::stop_token stop, bool slow) { // expected-note {{'stop' is at hand}}
  if (!stop.stop_requested() || slow)
    co_await sleep_for(1s);
    // expected-warning@-1 {{'sleep_for' is called without 'stop', which would end the wait when it is cancelled}}
    // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
}
task<> with_timeout(task<> inner, int seconds);
task<> shielded(task<> inner);
task<> both(task<> a, task<> b);
task<> ok_bounded(std::stop_token stop) {
  co_await fetch(stop);
  co_await with_timeout(sleep_for(1s), 2);
}
task<> bad_combined(std::stop_token stop) { // expected-note {{'stop' is at hand}}
  co_await both(fetch(stop), sleep_for(1s));
  // expected-warning@-1 {{'sleep_for' is called without 'stop', which would end the wait when it is cancelled}}
  // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
}
task<> ok_detached(std::stop_token stop) {
  own::spawn(sleep_for(1s));
  co_await fetch(stop);
}

/// Made from the overload without: no recursion is asked for.
struct gate {
  task<> wait();
  task<> wait(std::stop_token stop);
  task<> wait(std::stop_token stop, int times);
  void wake();
};
task<> gate::wait(std::stop_token stop) { // expected-note 5 {{this overload takes it}}
  std::stop_callback cb(stop, [this] { wake(); });
  co_await wait();
}
task<> bad_member_overload(gate &g, std::stop_token stop) { // expected-note {{'stop' is at hand}}
  if (!stop.stop_requested())
    co_await g.wait();
    // expected-warning@-1 {{'wait' is called without 'stop', which would end the wait when it is cancelled}}
    // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
}

struct other_stop {};
struct odd {
  task<> wait(int times);
  task<> wait(const char *name, std::stop_token stop);
  task<> hold();
  task<> hold(std::stop_token stop, int times);
  task<> close();
  task<> close(std::stop_token stop);
};
task<> ok_other_parameters(odd &o, std::stop_token stop) {
  if (stop.stop_requested())
    co_return;
  co_await o.wait(1);
  co_await o.hold();
  co_await o.close();
}

template <class T> struct queue {
  task<T> pop();
  task<T> pop(std::stop_token stop); // expected-note {{this overload takes it}}
};
task<> bad_member_of_a_template(queue<int> &q, std::stop_token stop) { // expected-note {{'stop' is at hand}}
  while (!stop.stop_requested())
    co_await q.pop();
    // expected-warning@-1 {{'pop' is called without 'stop', which would end the wait when it is cancelled}}
    // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
}
template <class T> task<> push_all(queue<T> &q, T value);
template <class T> task<> push_all(queue<T> &q, T value, std::stop_token stop); // expected-note {{this overload takes it}}
task<> bad_function_template(queue<int> &q, std::stop_token stop) { // expected-note {{'stop' is at hand}}
  if (!stop.stop_requested())
    co_await push_all(q, 1);
    // expected-warning@-1 {{'push_all' is called without 'stop', which would end the wait when it is cancelled}}
    // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
}

auto bad_captured(std::stop_token stop) { // expected-note {{'stop' is at hand}}
  return [stop](gate &g) -> task<> {
    if (!stop.stop_requested())
      co_await g.wait();
      // expected-warning@-1 {{'wait' is called without 'stop', which would end the wait when it is cancelled}}
      // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
  };
}
task<> bad_captured_by_default(std::stop_token stop, gate &g) { // expected-note {{'stop' is at hand}}
  auto inner = [&]() -> task<> { co_await g.wait(); };
  // expected-warning@-1 {{'wait' is called without 'stop', which would end the wait when it is cancelled}}
  // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
  co_await fetch(stop);
  co_await inner();
}
task<> ok_captured_by_name(std::stop_token stop, gate &g) {
  auto inner = [&g]() -> task<> { co_await g.wait(); };
  co_await fetch(stop);
  co_await inner();
}

// --- Members -------------------------------------------------------------------

class service {
public:
  task<> bad_poll() {
    while (!stopping_) {
      co_await sleep_for(1s);
      // expected-warning@-1 {{'sleep_for' is called without 'source_', which would end the wait when it is cancelled}}
      // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
    }
  }
  task<> bad_acquire() { co_await gate_.wait(); }
  // expected-warning@-1 {{'wait' is called without 'source_', which would end the wait when it is cancelled}}
  // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
  task<> ok_broken_by_stop() { co_await breakable_.pop(); }
  task<> ok_passes_it() { co_await sleep_for(1s, source_.get_token()); }
  task<> ok_stop() {
    source_.request_stop();
    co_await sleep_for(1s);
    co_await ok_last_words();
  }
  void close() { breakable_.broken(); }
  static task<> ok_static() { co_await sleep_for(1s); }

private:
  task<> ok_last_words() { co_await sleep_for(1s); }

  struct breakable {
    task<int> pop();
    task<int> pop(std::stop_token stop);
    void broken();
  };
  std::stop_source source_; // expected-note 2 {{'source_' is a member of the object}}
  bool stopping_ = false;
  gate gate_;
  breakable breakable_;
};

/// In a part of the object.
class compaction {
public:
  task<> bad_run(gate &turn) { co_await turn.wait(); }
  // expected-warning@-1 {{'wait' is called without 'data_.abort', which would end the wait when it is cancelled}}
  // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}

private:
  struct data {
    int done = 0;
    std::stop_source abort; // expected-note {{'data_.abort' is a member of the object}}
  };
  data data_;
};

/// In a part of what the caller gives.
struct options {
  int limit = 1;
  std::stop_token stop; // expected-note {{'o.stop' is at hand}}
};
task<> bad_part_of_a_parameter(const options &o) {
  co_await sleep_for(1s);
  // expected-warning@-1 {{'sleep_for' is called without 'o.stop', which would end the wait when it is cancelled}}
  // expected-note@-2 {{pass it on, so that whoever cancels need not wait for this}}
  co_await fetch(o.stop);
}
task<> ok_part_of_a_parameter(const options &o) {
  co_await sleep_for(1s, o.stop);
}

// --- The wrong token ------------------------------------------------------------

class client {
public:
  task<> bad_own_token(std::stop_token stop) { // expected-note {{the caller's is 'stop'}}
    while (!stop.stop_requested()) {
      co_await sleep_for(1s, own_);
      // expected-warning@-1 {{'sleep_for' is given 'own_', the component's own token, and not the caller's}}
      // expected-note@-2 {{pass the caller's token, and let the component's own cancel it too}}
    }
  }
  task<> ok_linked(std::stop_token stop) {
    std::stop_callback cb(stop, [this] { source_.request_stop(); });
    co_await sleep_for(1s, source_.get_token());
  }
  task<> ok_only_own() { co_await sleep_for(1s, own_); }

private:
  std::stop_source source_;
  std::stop_token own_ = source_.get_token();
};

task<> bad_cut_off(std::stop_token stop) { // expected-note {{the caller cancels this}}
  std::stop_source child; // expected-note {{the source is made here, and nothing links it to 'stop'}}
  co_await fetch(child.get_token());
  // expected-warning@-1 {{'fetch' is given the token of 'child', which a cancellation of 'stop' does not reach}}
  // expected-note@-2 {{pass 'stop' on, or register a callback on it that stops 'child', as a child of a codrop::cancellation_source does}}
}
task<> bad_cut_off_in_a_variable(std::stop_token stop) { // expected-note {{the caller cancels this}}
  if (stop.stop_requested())
    co_return;
  std::stop_source child; // expected-note {{the source is made here, and nothing links it to 'stop'}}
  auto token = child.get_token();
  co_await fetch(token);
  // expected-warning@-1 {{'fetch' is given the token of 'child', which a cancellation of 'stop' does not reach}}
  // expected-note@-2 {{pass 'stop' on, or register a callback on it that stops 'child', as a child of a codrop::cancellation_source does}}
}
task<> ok_child(std::stop_token stop) {
  std::stop_source child;
  std::stop_callback cb(stop, [&] { child.request_stop(); });
  co_await fetch(child.get_token());
}
std::stop_source child_of(std::stop_token parent);
task<> ok_child_by_a_helper(std::stop_token stop) {
  std::stop_source child = child_of(stop);
  co_await fetch(child.get_token());
}
task<> ok_fresh_source() {
  std::stop_source source;
  co_await fetch(source.get_token());
}
task<> ok_never_on_purpose(std::stop_token stop) {
  co_await fetch(stop);
  co_await fetch(std::stop_token());
}

// --- Loops ------------------------------------------------------------------------

task<> bad_endless(std::stop_token stop) { // expected-note {{'stop' is at hand}}
  if (stop.stop_requested())
    co_return;
  for (;;) {
  // expected-warning@-1 {{endless loop that suspends never looks at 'stop'}}
  // expected-note@-2 {{check it in the loop, or pass it on to what is awaited}}
    co_await send({}); // expected-note {{it suspends here, each time round}}
  }
}
task<> bad_checked_before_only(std::stop_token stop, std::vector<item> items) { // expected-note {{the caller cancels this}}
  if (stop.stop_requested())
    co_return;
  for (item i : items) {
  // expected-warning@-1 {{loop that suspends does not look at 'stop', which is checked before it only}}
  // expected-note@-2 {{check it in the loop, or pass it on to what is awaited}}
    co_await send(i); // expected-note {{it suspends here, each time round}}
  }
}
task<> ok_endless_checked(std::stop_token stop) {
  for (;;) {
    if (stop.stop_requested())
      break;
    co_await send({});
  }
}
own::generator<int> ok_generator(std::stop_token stop) {
  if (stop.stop_requested())
    co_return;
  for (int i = 0;; ++i)
    co_yield i;
}

class ticker {
public:
  task<> bad_tick() {
    for (;;) {
    // expected-warning@-1 {{endless loop that suspends never looks at 'source_'}}
    // expected-note@-2 {{check it in the loop, or pass it on to what is awaited}}
      co_await own::sleep(1000); // expected-note {{it suspends here, each time round}}
      compute_nothing();
    }
  }
  task<> ok_ends_by_an_exception() {
    for (;;)
      co_await send({});
  }
  task<> ok_asks_a_helper() {
    while (true) {
      co_await own::sleep(1000);
      if (done())
        co_return;
    }
  }
  task<> bad_swallows() {
    while (true) {
    // expected-warning@-1 {{endless loop that suspends never looks at 'source_'}}
    // expected-note@-2 {{check it in the loop, or pass it on to what is awaited}}
      try {
        co_await send({}); // expected-note {{it suspends here, each time round}}
      } catch (...) {
      }
    }
  }

private:
  void compute_nothing() noexcept {}
  bool done() const { return source_.stop_requested(); }
  std::stop_source source_; // expected-note 2 {{'source_' is at hand}}
};

own::detached bad_detached() {
  for (;;) {
  // expected-warning@-1 {{endless loop of a detached coroutine that nothing can stop}}
  // expected-note@-2 {{give it a token, check it in the loop, and keep the task so that it can be joined, as in a codrop::task_group}}
    try {
      co_await send({}); // expected-note {{it suspends here; what this throws does not leave the loop}}
    } catch (...) {
    }
  }
}
own::detached ok_detached_until(const bool &stopping) {
  while (!stopping) {
    try {
      co_await send({});
    } catch (...) {
    }
  }
}
own::detached ok_detached_that_fails() {
  for (;;)
    co_await send({});
}
void start(const bool &stopping) {
  bad_detached(); // expected-note {{it is started here and let go}}
  ok_detached_until(stopping);
  ok_detached_that_fails();
}
