// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CPPCORO_STATIC_THREAD_POOL
#define MOCK_CPPCORO_STATIC_THREAD_POOL

#include <coroutine>

namespace cppcoro {

class static_thread_pool {
public:
  static_thread_pool();
  ~static_thread_pool();
  struct schedule_operation {
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept {}
    void await_resume() noexcept {}
  };
  schedule_operation schedule() noexcept;
};

} // namespace cppcoro

#endif // MOCK_CPPCORO_STATIC_THREAD_POOL
