// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dead-handler %s -I%mock --no-notes
#include "cppcoro/task.hpp"
#include "folly/coro/Task.h"
#include "qcoro/qcoro.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/future.hh"
#include <exception>

void log_line(const char *text);

namespace folly_code {
folly::coro::Task<void> send(int value);
folly::coro::Task<void> none();
folly::coro::Task<void> bad(int value) {
  try {
    return send(value);
  } catch (const std::exception &) {
    // expected-warning@-1 {{handler never sees what 'send()' throws, because that is thrown where the task is awaited}}
    return none();
  }
}
folly::coro::Task<void> ok(int value) {
  try {
    co_await send(value);
  } catch (const std::exception &) {
    log_line("not sent");
  }
}
} // namespace folly_code

namespace cppcoro_code {
cppcoro::task<> send(int value) { co_return; }
cppcoro::task<> none() { co_return; }
cppcoro::task<> bad(int value) {
  try {
    return send(value);
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'send()' throws, because that is thrown where the task is awaited}}
    return none();
  }
}
cppcoro::task<> ok(int value) { return send(value); }
} // namespace cppcoro_code

namespace seastar_code {
using seastar::future;
future<> visible(int value) {
  if (value < 0)
    throw value;
  co_return;
}
future<> unseen(int value);
future<> bad(int value) {
  try {
    return visible(value);
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'visible()' throws, because that is kept in the task}}
    return seastar::make_ready_future<>();
  }
}
// A guard against what is thrown before there is a future changes nothing.
future<> ok_hands_on(int value) {
  try {
    return visible(value);
  } catch (...) {
    return seastar::make_exception_future<>(std::current_exception());
  }
}
// A plain function may throw before there is a future.
future<> ok_unseen(int value) {
  try {
    return unseen(value);
  } catch (...) {
    return seastar::make_ready_future<>();
  }
}
future<> ok_awaited(int value) {
  try {
    co_await unseen(value);
  } catch (...) {
    log_line("failed");
  }
}
} // namespace seastar_code

namespace qcoro_code {
QCoro::Task<void> send(int value) { co_return; }
QCoro::Task<void> none() { co_return; }
QCoro::Task<void> bad(int value) {
  try {
    return send(value);
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'send()' throws, because that is kept in the task}}
    return none();
  }
}
} // namespace qcoro_code
