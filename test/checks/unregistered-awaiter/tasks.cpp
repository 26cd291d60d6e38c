// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unregistered-awaiter %s --no-notes --prefix known
// RUN: %check unregistered-awaiter %s --no-notes --prefix always --checks-options codrop-unregistered-awaiter.DestroyEdges=always
// RUN: %check unregistered-awaiter %s --no-notes --prefix never --checks-options codrop-unregistered-awaiter.DestroyEdges=never
// RUN: %check unregistered-awaiter %s --no-notes --prefix sure --checks-options codrop-unregistered-awaiter.Confidence=definite
//
// Whose frames may be dropped while they wait: what is known of a task type,
// what its class shows, and what the option says.

#include "cppcoro/task.hpp"
#include "folly/coro/AsyncGenerator.h"
#include "folly/coro/Task.h"
#include "own/task.h"
#include <coroutine>
#include <exception>
#include <utility>
#include <vector>

extern std::vector<std::coroutine_handle<>> queue;

template <int> struct waits {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h);
  void await_resume() {}
};

template <> struct waits<1> {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    queue.push_back(h); // always-warning {{'waits' hands out the coroutine}}
  }
  void await_resume() {}
};
// Awaited and then destroyed, or never started.
own::task<> of_own_task() { co_await waits<1>{}; }

template <> struct waits<2> {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) { queue.push_back(h); }
  void await_resume() {}
};
// Known not to be dropped once it runs.
cppcoro::task<> of_cppcoro() { co_await waits<2>{}; }
folly::coro::Task<void> of_folly() { co_await waits<2>{}; }

struct [[clang::annotate("codrop::destroys_suspended_frame")]] dropped {
  struct promise_type {
    dropped get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};
template <> struct waits<3> {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    queue.push_back(h); // known-warning {{'waits' hands out the coroutine}} always-warning {{hands out}}
  }
  void await_resume() {}
};
dropped of_annotated() { co_await waits<3>{}; }

// The owner resumes it, and destroys it only when it is done.
struct finished {
  struct promise_type {
    finished get_return_object() {
      return finished{
          std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> frame;
  void run() { frame.resume(); }
  finished(finished &&) = delete;
  explicit finished(std::coroutine_handle<promise_type> h) : frame(h) {}
  ~finished() {
    if (frame && frame.done())
      frame.destroy();
  }
};
template <> struct waits<4> {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    queue.push_back(h); // always-warning {{hands out}}
  }
  void await_resume() {}
};
finished of_finished() { co_await waits<4>{}; }

// A generator is dropped where it yields.
template <> struct waits<5> {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) { queue.push_back(h); }
  void await_resume() {}
};
folly::coro::AsyncGenerator<int> of_generator() {
  co_await waits<5>{};
  co_yield 1;
}
