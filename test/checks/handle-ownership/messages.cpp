// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check handle-ownership %s
//
// What is said, step by step.

#include <coroutine>
#include <exception>
#include <utility>

struct copied {
  ~copied() {
    if (handle)
      handle.destroy(); // expected-note {{each copy destroys the same frame here}}
  }
  std::coroutine_handle<> handle;
  // expected-warning@-1 {{'copied' destroys the coroutine of 'handle' but can be copied}}
  // expected-note@-2 {{delete the copies, and let a move take the handle with std::exchange}}
};

struct moved {
  moved(moved &&other) noexcept : handle(other.handle) {}
  // expected-warning@-1 {{this move of 'moved' leaves 'handle' in the object that is moved from}}
  // expected-note@-2 {{take the handle with std::exchange, which leaves the other without}}
  moved &operator=(moved &&other) noexcept {
  // expected-warning@-1 {{this assignment of 'moved' loses the coroutine that 'handle' had before}}
  // expected-note@-2 {{destroy the old frame first, or swap the handles}}
    handle = std::exchange(other.handle, nullptr);
    return *this;
  }
  ~moved() {
    if (handle)
      handle.destroy();
      // expected-note@-1 {{both objects destroy the same frame here}}
      // expected-note@-2 {{only the destructor destroys a frame}}
  }
  std::coroutine_handle<> handle;
};

struct defaulted {
  defaulted(defaulted &&) = default;
  // expected-warning@-1 {{a defaulted move of 'defaulted' leaves 'handle' in the object that is moved from}}
  // expected-note@-2 {{take the handle with std::exchange, which leaves the other without}}
  ~defaulted() { handle.destroy(); } // expected-note {{both objects destroy the same frame here}}
  std::coroutine_handle<> handle; // expected-note {{a coroutine handle is copied like a pointer}}
};

struct to_itself {
  to_itself(to_itself &&) = delete;
  to_itself &operator=(to_itself &&other) noexcept {
  // expected-warning@-1 {{this assignment of 'to_itself' keeps a destroyed coroutine when an object is moved to itself}}
  // expected-note@-2 {{compare 'this' with the address of the other first, or swap the handles}}
    handle.destroy(); // expected-note {{the frame is destroyed here}}
    handle = std::exchange(other.handle, nullptr);
    // expected-note@-1 {{and its handle is taken here, if both are the same object}}
    return *this;
  }
  ~to_itself() { handle.destroy(); }
  std::coroutine_handle<> handle;
};

struct ends {
  struct promise_type {
    ends get_return_object() {
      return ends(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    // expected-note@-1 {{the coroutine does not suspend at its end, so its frame destroys itself}}
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  explicit ends(std::coroutine_handle<promise_type> h) : handle(h) {}
  ends(const ends &) = delete;
  ends &operator=(const ends &) = delete;
  ~ends() { handle.destroy(); } // expected-note {{and is destroyed again here}}
  std::coroutine_handle<promise_type> handle;
  // expected-warning@-1 {{'ends' destroys the coroutine of 'handle', whose frame is gone when the coroutine has ended}}
  // expected-note@-2 {{return std::suspend_always from final_suspend(), or let the frame go without a handle}}
};
