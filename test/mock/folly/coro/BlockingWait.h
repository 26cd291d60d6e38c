// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CORO_BLOCKING_WAIT
#define MOCK_FOLLY_CORO_BLOCKING_WAIT

#include "folly/coro/Task.h"

namespace folly {
namespace coro {

struct blocking_wait_fn {
  template <class T> T operator()(Task<T> &&awaitable) const;
};
inline constexpr blocking_wait_fn blocking_wait{};
[[maybe_unused]] static constexpr blocking_wait_fn const &blockingWait =
    blocking_wait;

} // namespace coro
} // namespace folly

#endif // MOCK_FOLLY_CORO_BLOCKING_WAIT
