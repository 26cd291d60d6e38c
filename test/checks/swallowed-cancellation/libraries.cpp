// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check swallowed-cancellation %s -I%mock --no-notes
//
// Libraries that deliver cancellation as an exception, and some that do not.
#include "cppcoro/cancellation_token.hpp"
#include "cppcoro/task.hpp"
#include "folly/CancellationToken.h"
#include "folly/OperationCancelled.h"
#include "folly/coro/Sleep.h"
#include "folly/coro/Task.h"
#include "qcoro/qcoro.h"
#include "seastar/core/abort_source.hh"
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/sleep.hh"
#include "seastar/coroutine/exception.hh"
#include <chrono>
#include <exception>
#include <optional>
#include <functional>

using namespace std::chrono_literals;

void log_line(const char *text);

namespace folly_code {
using folly::coro::Task;
Task<void> send(int value);
Task<int> receive();

// Cancellation belongs to the coroutine: any await may throw it.
Task<void> bad_retry(int value) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      co_await send(value);
      co_return;
    } catch (const std::exception &e) {
      // expected-warning@-1 {{handler of 'std::exception' takes a cancellation for any other failure, and the loop goes on}}
      log_line(e.what());
    }
    co_await folly::coro::sleep(100ms);
  }
}
Task<void> ok_rethrown(int value) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      co_await send(value);
      co_return;
    } catch (const folly::OperationCancelled &) {
      throw;
    } catch (const std::exception &e) {
      log_line(e.what());
    }
  }
}
Task<void> ok_token_asked(int value) {
  const auto &token = co_await folly::coro::co_current_cancellation_token;
  while (!token.isCancellationRequested()) {
    try {
      co_await send(value);
    } catch (...) {
      log_line("again");
    }
  }
}
Task<void> ok_worker() {
  for (;;) {
    int value = co_await receive();
    try {
      co_await send(value);
    } catch (const std::exception &e) {
      log_line(e.what());
    }
  }
}
// Nothing else is awaited that would throw.
Task<void> bad_worker() {
  for (;;) {
    try {
      int value = co_await receive();
      co_await send(value);
    } catch (const std::exception &e) {
      // expected-warning@-1 {{handler of 'std::exception' takes a cancellation for any other failure, and the loop goes on}}
      log_line(e.what());
    }
  }
}
// Told as a failure, where a token is at hand to ask.
Task<bool> bad_answer(folly::CancellationToken token, int value) {
  try {
    co_await folly::coro::co_withCancellation(token, send(value));
    co_return true;
  } catch (...) {
    // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and makes an ordinary result of it}}
    co_return false;
  }
}
Task<bool> ok_try_send(folly::CancellationToken token, int value);
Task<bool> try_send(folly::CancellationToken token, int value) {
  try {
    co_await folly::coro::co_withCancellation(token, send(value));
    co_return true;
  } catch (...) {
    co_return false;
  }
}
Task<bool> ok_answer_without_token(int value) {
  try {
    co_await send(value);
    co_return true;
  } catch (...) {
    co_return false;
  }
}
} // namespace folly_code

namespace seastar_code {
using seastar::future;
future<> send(int value);
future<int> receive(seastar::abort_source &as);
future<> roll_back(int value);
future<> record(int value);
struct moved_on : std::exception {};
struct request_aborted : std::exception {};

class service {
  seastar::abort_source _as;
  seastar::gate _gate;
  int _value = 0;

public:
  future<> bad_retry() {
    while (true) {
      try {
        co_await send(_value);
        co_return;
      } catch (...) {
        // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
        log_line("again");
      }
      co_await seastar::sleep(1s);
    }
  }
  future<> ok_sleep_notices() {
    while (true) {
      try {
        co_await send(_value);
        co_return;
      } catch (...) {
        log_line("again");
      }
      co_await seastar::sleep_abortable(1s, _as);
    }
  }
  future<> bad_sleep_swallows() {
    while (true) {
      try {
        co_await send(_value);
        co_return;
      } catch (...) {
        // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
        log_line("again");
      }
      try {
        co_await seastar::sleep_abortable(1s, _as);
      } catch (...) {
      }
    }
  }
  future<> ok_loop_asks() {
    while (!_as.abort_requested()) {
      try {
        co_await send(_value);
      } catch (...) {
        log_line("again");
      }
    }
  }
  future<> ok_check() {
    while (true) {
      _as.check();
      try {
        co_await send(_value);
      } catch (...) {
        log_line("again");
      }
    }
  }
  future<> ok_gate() {
    while (true) {
      auto held = _gate.hold();
      try {
        co_await send(_value);
      } catch (...) {
        log_line("again");
      }
    }
  }
  // An exception of its own rethrown, the library's is not.
  future<> bad_goes_on() {
    bool failed = false;
    try {
      co_await send(_value);
    } catch (const request_aborted &) {
      throw;
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the coroutine goes on with other work}}
      failed = true;
    }
    if (failed)
      co_await roll_back(_value);
    co_await record(_value);
  }
  future<> ok_goes_on() {
    bool failed = false;
    try {
      co_await send(_value);
    } catch (const request_aborted &) {
      throw;
    } catch (const seastar::abort_requested_exception &) {
      throw;
    } catch (...) {
      failed = true;
    }
    if (failed)
      co_await roll_back(_value);
    co_await record(_value);
  }
  future<> ok_worker_with_token() {
    for (;;) {
      co_await record(_value);
      try {
        co_await receive(_as);
      } catch (...) {
        log_line("not received");
      }
    }
  }
  future<> bad_worker_goes_on() {
    for (;;) {
      try {
        co_await receive(_as);
      } catch (...) {
        // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the coroutine goes on with other work}}
        log_line("not received");
      }
      co_await record(_value);
    }
  }
  // A failure that does not matter; nothing says that an abort arrives here.
  future<> ok_goes_on_untold() {
    try {
      co_await send(_value);
    } catch (...) {
      log_line("not sent");
    }
    co_await record(_value);
  }
  future<int> bad_answer() {
    try {
      co_return co_await receive(_as);
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and makes an ordinary result of it}}
      log_line("nothing received");
    }
    co_return 0;
  }
  future<int> ok_answer() {
    try {
      co_return co_await receive(_as);
    } catch (const seastar::abort_requested_exception &) {
      throw;
    } catch (...) {
      log_line("nothing received");
    }
    co_return 0;
  }
};
// Nobody can ask it to stop.
future<> ok_no_token(int value) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      co_await send(value);
      co_return;
    } catch (...) {
      log_line("again");
    }
  }
}
} // namespace seastar_code

namespace cppcoro_code {
using cppcoro::task;
task<> send(int value, cppcoro::cancellation_token token);
task<> send_untold(int value);
task<> bad_retry(int value, cppcoro::cancellation_token token) {
  for (;;) {
    try {
      co_await send(value, token);
      co_return;
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
      log_line("again");
    }
  }
}
task<> ok_retry(int value, cppcoro::cancellation_token token) {
  while (!token.is_cancellation_requested()) {
    try {
      co_await send(value, token);
      co_return;
    } catch (...) {
      log_line("again");
    }
  }
}
task<> ok_no_token(int value) {
  for (;;) {
    try {
      co_await send_untold(value);
      co_return;
    } catch (...) {
      log_line("again");
    }
  }
}
} // namespace cppcoro_code

// There is no cancellation in this one.
namespace qcoro_code {
QCoro::Task<void> send(int value);
QCoro::Task<void> ok_retry(int value) {
  for (;;) {
    try {
      co_await send(value);
      co_return;
    } catch (...) {
      log_line("again");
    }
  }
}
} // namespace qcoro_code
