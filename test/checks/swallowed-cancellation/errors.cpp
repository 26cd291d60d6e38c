// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check swallowed-cancellation %s -I%mock
//
// Cancellation that arrives in a result.
#include "folly/OperationCancelled.h"
#include "folly/Try.h"
#include "folly/coro/Sleep.h"
#include "folly/coro/Task.h"
#include <chrono>

using folly::coro::Task;

Task<int> receive();
void use(int value);
bool isOver(const folly::Try<int> &result);

Task<void> bad_try() {
  for (;;) {
    auto result = co_await folly::coro::co_awaitTry(receive());
    // expected-note@-1 {{suspends here; when it is cancelled, 'result' says so}}
    // expected-note@-2 {{starts again here}}
    if (result.hasException()) {
      // expected-warning@-1 {{loop takes an operation that was cancelled for one that failed, and starts it again}}
      // expected-note@-2 {{nothing asks here whether it is that}}
      // expected-note@-3 {{leave the loop if 'result' tells of a cancellation, or if a stop has been requested}}
      co_await folly::coro::sleep(std::chrono::seconds(1));
      continue;
    }
    use(result.value());
  }
}
Task<void> ok_left() {
  for (;;) {
    auto result = co_await folly::coro::co_awaitTry(receive());
    if (result.hasException())
      co_return;
    use(result.value());
  }
}
Task<void> ok_judged() {
  for (;;) {
    auto result = co_await folly::coro::co_awaitTry(receive());
    if (isOver(result))
      break;
    if (!result.hasValue())
      continue;
    use(result.value());
  }
}
