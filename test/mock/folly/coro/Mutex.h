// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CORO_MUTEX
#define MOCK_FOLLY_CORO_MUTEX

#include "folly/coro/Task.h"
#include <mutex>

namespace folly {
namespace coro {

class Mutex {
  struct LockOperation {
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept {}
    void await_resume() noexcept {}
  };
  struct ScopedLockOperation {
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept {}
    std::unique_lock<Mutex> await_resume() noexcept;
  };

public:
  Mutex() noexcept = default;
  Mutex(const Mutex &) = delete;
  bool try_lock() noexcept;
  [[nodiscard]] ScopedLockOperation co_scoped_lock() noexcept;
  [[nodiscard]] LockOperation co_lock() noexcept;
  void unlock() noexcept;
};

} // namespace coro
} // namespace folly

#endif // MOCK_FOLLY_CORO_MUTEX
