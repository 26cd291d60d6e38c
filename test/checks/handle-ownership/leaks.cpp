// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check handle-ownership %s --no-notes
//
// Coroutines that wait at their end to be destroyed. A file of its own: one
// destroy() of an untyped handle could be the one that is missing.

#include <coroutine>
#include <exception>
#include <utility>

struct kept {
  struct promise_type {
    kept get_return_object() {
      return kept(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  explicit kept(std::coroutine_handle<promise_type> h) : handle(h) {}
  void step() { handle.resume(); }
  bool done() const { return handle.done(); }

private:
  std::coroutine_handle<promise_type> handle; // expected-warning {{'kept' never destroys the coroutine of 'handle', which waits at its end for that}}
};

struct thrown_away { // expected-warning {{nobody has a handle to destroy the coroutines of 'thrown_away' with, which wait at their end for that}}
  struct promise_type {
    thrown_away get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};
thrown_away background() { co_return; }

struct ok_forgotten {
  struct promise_type {
    ok_forgotten get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

// Somebody else may destroy it.
struct ok_handed_out {
  struct promise_type {
    ok_handed_out get_return_object() {
      return ok_handed_out(
          std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  explicit ok_handed_out(std::coroutine_handle<promise_type> h) : handle(h) {}
  std::coroutine_handle<promise_type> release() {
    return std::exchange(handle, nullptr);
  }

private:
  std::coroutine_handle<promise_type> handle;
};
struct ok_public {
  struct promise_type {
    ok_public get_return_object() {
      return ok_public{
          std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};
void run(ok_public p) { p.handle.destroy(); }

struct ok_elsewhere {
  struct promise_type {
    ok_elsewhere get_return_object();
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  ~ok_elsewhere();
  std::coroutine_handle<promise_type> handle;
};

// Destroys itself at its end.
struct ok_self_destroying {
  struct promise_type {
    struct last {
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> h) noexcept {
        h.destroy();
      }
      void await_resume() noexcept {}
    };
    ok_self_destroying get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    last final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};
