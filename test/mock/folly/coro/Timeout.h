// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CORO_TIMEOUT
#define MOCK_FOLLY_CORO_TIMEOUT

#include "folly/coro/Task.h"
#include <chrono>

namespace folly {
class FutureTimeout : public std::exception {};
namespace coro {

template <class T, class Duration>
Task<T> timeout(Task<T> task, Duration duration);
template <class T, class Duration>
Task<T> timeoutNoDiscard(Task<T> task, Duration duration);

} // namespace coro
} // namespace folly

#endif // MOCK_FOLLY_CORO_TIMEOUT
