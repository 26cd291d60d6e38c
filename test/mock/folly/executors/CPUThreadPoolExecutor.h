// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CPU_THREAD_POOL_EXECUTOR
#define MOCK_FOLLY_CPU_THREAD_POOL_EXECUTOR

#include "folly/Executor.h"

namespace folly {

class ThreadPoolExecutor : public Executor {
public:
  virtual void stop();
  virtual void join();
};

class CPUThreadPoolExecutor : public ThreadPoolExecutor {
public:
  explicit CPUThreadPoolExecutor(unsigned long numThreads);
  ~CPUThreadPoolExecutor() override;
};

} // namespace folly

#endif // MOCK_FOLLY_CPU_THREAD_POOL_EXECUTOR
