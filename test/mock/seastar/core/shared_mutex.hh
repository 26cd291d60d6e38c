// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_SHARED_MUTEX
#define MOCK_SEASTAR_CORE_SHARED_MUTEX

#include "seastar/core/coroutine.hh"
#include <mutex>
#include <shared_mutex>

namespace seastar {

class shared_mutex {
public:
  shared_mutex() = default;
  future<> lock_shared() noexcept;
  bool try_lock_shared() noexcept;
  void unlock_shared() noexcept;
  future<> lock() noexcept;
  bool try_lock() noexcept;
  void unlock() noexcept;
};

template <class T> future<std::shared_lock<T>> get_shared_lock(T &t);
template <class T> future<std::unique_lock<T>> get_unique_lock(T &t);

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_SHARED_MUTEX
