// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unregistered-awaiter %s --no-notes
//
// What is not seen, or seen wrongly, and known to be.

#include <coroutine>
#include <exception>
#include <vector>

struct [[clang::annotate("codrop::destroys_suspended_frame")]] job {
  struct promise_type {
    job get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

void log(const char *);
using handles = std::vector<std::coroutine_handle<>>;

// The destructor takes nothing back, but what it does is not asked.
struct logs_FN {
  handles &queue;
  ~logs_FN() { log("gone"); }
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) { queue.push_back(h); }
  void await_resume() {}
};

// What the awaiter's own member holds is not looked into.
struct nested_FN {
  struct link {
    handles &queue;
    void add(std::coroutine_handle<> h) { queue.push_back(h); }
  } to;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) { to.add(h); }
  void await_resume() {}
};

// The loop runs all that it was given before anybody may drop the job.
struct loop {
  void next(std::coroutine_handle<>);
  void run_all();
};
struct next_turn_FP {
  loop &on;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    on.next(h); // expected-warning {{'next_turn_FP' hands out the coroutine}}
  }
  void await_resume() {}
};

job waits(handles &queue, loop &on) {
  co_await logs_FN{queue};
  co_await nested_FN{queue};
  co_await next_turn_FP{on};
}
