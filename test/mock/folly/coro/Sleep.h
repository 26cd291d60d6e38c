// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CORO_SLEEP
#define MOCK_FOLLY_CORO_SLEEP

#include "folly/coro/Task.h"
#include <chrono>

namespace folly {
namespace coro {

Task<void> sleep(std::chrono::microseconds duration);
template <class T>
Task<T> timeout(Task<T> task, std::chrono::microseconds duration);

} // namespace coro
} // namespace folly

#endif // MOCK_FOLLY_CORO_SLEEP
