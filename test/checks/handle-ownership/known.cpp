// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check handle-ownership %s --no-notes
//
// What is not seen, or seen wrongly, and known to be.

#include <coroutine>
#include <exception>
#include <utility>

// The flag is never cleared, but who asks for one is trusted.
struct flag_FN {
  ~flag_FN() {
    if (owns)
      handle.destroy();
  }
  bool owns = true;
  std::coroutine_handle<> handle;
};

// The handle is the base's.
struct base {
  std::coroutine_handle<> handle;
};
struct derived_FN : base {
  ~derived_FN() { handle.destroy(); }
};

struct array_FN {
  ~array_FN() {
    for (auto &h : handles)
      h.destroy();
  }
  std::coroutine_handle<> handles[2];
};

// Wrong: it yields for ever and never comes to its end.
struct endless {
  struct promise_type {
    int current = 0;
    endless get_return_object() {
      return endless(
          std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(int value) noexcept {
      current = value;
      return {};
    }
    void unhandled_exception() { std::terminate(); }
    void return_void() {}
  };
  explicit endless(std::coroutine_handle<promise_type> h) : handle(h) {}
  endless(endless &&other) noexcept
      : handle(std::exchange(other.handle, {})) {}
  ~endless() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<promise_type> handle; // expected-warning {{whose frame is gone}}
};
