// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CORO_SHARED_MUTEX
#define MOCK_FOLLY_CORO_SHARED_MUTEX

#include "folly/coro/Task.h"
#include <mutex>

namespace folly {
namespace coro {

template <class Mutex> class [[nodiscard]] SharedLock {
public:
  SharedLock() noexcept = default;
  SharedLock(Mutex &mutex, std::defer_lock_t) noexcept;
  SharedLock(Mutex &mutex, std::adopt_lock_t) noexcept;
  SharedLock(SharedLock &&) noexcept;
  ~SharedLock();
  bool try_lock() noexcept;
  void unlock() noexcept;
  bool owns_lock() const noexcept;
};

template <class Mutex> class [[nodiscard]] UpgradeLock {
public:
  UpgradeLock() noexcept = default;
  UpgradeLock(Mutex &mutex, std::defer_lock_t) noexcept;
  UpgradeLock(Mutex &mutex, std::adopt_lock_t) noexcept;
  UpgradeLock(UpgradeLock &&) noexcept;
  ~UpgradeLock();
  bool try_lock() noexcept;
  void unlock() noexcept;
  bool owns_lock() const noexcept;
};

class SharedMutexFair {
public:
  bool try_lock() noexcept;
  bool try_lock_shared() noexcept;
  [[nodiscard]] Task<void> co_lock() noexcept;
  [[nodiscard]] Task<std::unique_lock<SharedMutexFair>>
  co_scoped_lock() noexcept;
  [[nodiscard]] Task<void> co_lock_shared() noexcept;
  [[nodiscard]] Task<SharedLock<SharedMutexFair>>
  co_scoped_lock_shared() noexcept;
  [[nodiscard]] Task<UpgradeLock<SharedMutexFair>>
  co_scoped_lock_upgrade() noexcept;
  void unlock() noexcept;
  void unlock_shared() noexcept;
};
using SharedMutex = SharedMutexFair;

} // namespace coro
} // namespace folly

#endif // MOCK_FOLLY_CORO_SHARED_MUTEX
