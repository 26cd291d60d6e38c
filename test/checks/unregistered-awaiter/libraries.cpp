// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unregistered-awaiter %s --no-notes
//
// Own awaiters in libraries' tasks: in some a suspended frame is destroyed when
// what it awaits is cancelled, in most it is not.

#include "coro/coro.hpp"
#include "exec/exec.hpp"
#include "seastar/core/coroutine.hh"
#include "unifex/unifex.hpp"
#include <coroutine>

struct loop {
  void on_timer(int ms, void (*f)(void *), void *data);
};

template <class Tag> struct timer {
  loop &on;
  std::coroutine_handle<> caller;
  static void fire(void *self) { static_cast<timer *>(self)->caller.resume(); }
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    caller = h;
    on.on_timer(5, &timer::fire, this);
  }
  void await_resume() {}
};

template <class Tag> struct bad_timer {
  loop &on;
  std::coroutine_handle<> caller;
  static void fire(void *self) {
    static_cast<bad_timer *>(self)->caller.resume();
  }
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    caller = h;
    on.on_timer(5, &bad_timer::fire, this); // expected-warning {{'bad_timer' hands out its address}}
  }
  void await_resume() {}
};
template <class Tag> struct bad_exec_timer {
  loop &on;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    on.on_timer(5, nullptr, h.address()); // expected-warning {{'bad_exec_timer' hands out the coroutine}}
  }
  void await_resume() {}
};

unifex::task<void> of_unifex(loop &on) { co_await bad_timer<int>{on, {}}; }
exec::task<void> of_exec(loop &on) { co_await bad_exec_timer<int>{on}; }

// Whoever waits is resumed before its frame goes.
coro::task<> ok_libcoro(loop &on) { co_await timer<int>{on, {}}; }
seastar::future<> ok_seastar(loop &on) { co_await timer<long>{on, {}}; }
