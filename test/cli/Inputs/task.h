// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A coroutine type of the tests' own, and a hazard in a line.
#pragma once
#include <coroutine>
#include <mutex>

struct task {
  struct promise_type {
    task get_return_object();
    std::suspend_always initial_suspend() noexcept;
    std::suspend_always final_suspend() noexcept;
    void return_void();
    void unhandled_exception();
  };
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  void await_resume();
};

task flush();
