// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_GLOBAL_EXECUTOR
#define MOCK_FOLLY_GLOBAL_EXECUTOR

#include "folly/Executor.h"

namespace folly {

Executor::KeepAlive<> getGlobalCPUExecutor();
Executor::KeepAlive<> getGlobalIOExecutor();

} // namespace folly

#endif // MOCK_FOLLY_GLOBAL_EXECUTOR
