// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unregistered-awaiter %s
//
// What is said, step by step.

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

template <class Queue> void bad_handle_and_address(Queue &queue) {
  struct by_handle { // expected-note {{give 'by_handle' a destructor that takes it back, or a member that does}}
    Queue &queue;
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> h) { queue.push_back(h.address()); }
    // expected-warning@-1 {{'by_handle' hands out the coroutine that awaits it, and nothing takes it back when the suspended frame is destroyed}}
    // expected-note@-2 {{what still has the handle then resumes a destroyed coroutine}}
    void await_resume() {}
  };
  struct by_address { // expected-note {{give 'by_address' a destructor that takes it back, or a member that does}}
    Queue &queue;
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<>) { queue.push_back(this); }
    // expected-warning@-1 {{'by_address' hands out its address, and nothing takes it back when the suspended frame is destroyed}}
    // expected-note@-2 {{what still has the address then uses a destroyed awaiter}}
    void await_resume() {}
  };
  [](Queue &queue) -> job {
    co_await by_handle{queue}; // expected-note {{a coroutine of type 'job' awaits it here, and may be destroyed meanwhile}}
    co_await by_address{queue}; // expected-note {{a coroutine of type 'job' awaits it here, and may be destroyed meanwhile}}
  }(queue);
}
template void bad_handle_and_address(std::vector<void *> &);
