// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check swallowed-cancellation %s -I%mock --no-notes
//
// What is known to be wrong.
#include "folly/coro/Task.h"
#include "seastar/core/abort_source.hh"
#include "seastar/core/coroutine.hh"
#include "seastar/coroutine/as_future.hh"
#include <exception>

using seastar::future;

future<> send(seastar::abort_source &as);
future<int> receive(seastar::abort_source &as);
future<> record();

// The flag is that of a stop, but is not called so.
class service {
  seastar::abort_source _as;
  bool _finished = false;

public:
  void stop() {
    _finished = true;
    _as.request_abort();
  }
  future<> flag_by_another_name_FP() {
    while (!_finished) {
      try {
        co_await send(_as);
      } catch (...) {
        // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
      }
    }
  }
};

// The await behind the try does not know of the abort, and the loop goes on.
future<> next_await_does_not_notice_FN(seastar::abort_source &as) {
  for (;;) {
    co_await record();
    try {
      co_await send(as);
    } catch (...) {
    }
  }
}

// Looked at, but not for that.
future<> looks_for_something_else_FN(seastar::abort_source &as) {
  for (;;) {
    try {
      co_await send(as);
      co_return;
    } catch (const std::exception &e) {
      if (e.what()[0] == 'x')
        throw;
    }
  }
}

// The result is thrown away before anybody asks.
folly::coro::Task<int> fetch();
folly::coro::Task<void> never_asked_FN() {
  for (;;)
    co_await folly::coro::co_awaitTry(fetch());
}
