// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CORO_COLLECT
#define MOCK_FOLLY_CORO_COLLECT

#include "folly/coro/Task.h"

namespace folly {
namespace coro {

template <class... Tasks> Task<void> collectAll(Tasks... tasks);
template <class... Tasks> Task<int> collectAny(Tasks... tasks);
template <class Range> Task<void> collectAllRange(Range tasks);

} // namespace coro
} // namespace folly

#endif // MOCK_FOLLY_CORO_COLLECT
