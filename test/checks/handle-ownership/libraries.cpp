// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check handle-ownership %s --no-notes
//
// Next to libraries' own coroutine types: their owners are left alone, those
// that a program makes for their promises are not.

#include "coro/coro.hpp"
#include "cppcoro/generator.hpp"
#include "cppcoro/task.hpp"
#include "folly/coro/Task.h"
#include "own/task.h"
#include "qcoro/qcoro.h"
#include <coroutine>
#include <utility>

cppcoro::task<int> one() { co_return 1; }
cppcoro::generator<int> two() { co_yield 2; }
folly::coro::Task<int> three() { co_return 3; }
coro::task<int> four() { co_return 4; }
own::task<int> five() { co_return 5; }
own::generator<int> six() { co_yield 6; }
own::detached seven() { co_return; }

using promise = own::task<>::promise_type;

struct borrowed {
  std::coroutine_handle<promise> handle;
};
struct job {
  std::coroutine_handle<promise> handle; // expected-warning {{'job' destroys the coroutine of 'handle' but can be copied}}
  ~job() {
    if (handle)
      handle.destroy();
  }
};
struct step {
  std::coroutine_handle<own::detached::promise_type> handle; // expected-warning {{whose frame is gone when the coroutine has ended}}
  step(const step &) = delete;
  step &operator=(const step &) = delete;
  ~step() { handle.destroy(); }
};
