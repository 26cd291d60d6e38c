// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CPPCORO_SYNC_WAIT
#define MOCK_CPPCORO_SYNC_WAIT

#include "cppcoro/task.hpp"

namespace cppcoro {
template <typename T> T sync_wait(task<T> awaitable);
} // namespace cppcoro

#endif // MOCK_CPPCORO_SYNC_WAIT
