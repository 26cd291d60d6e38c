// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CPPCORO_ASYNC_MUTEX
#define MOCK_CPPCORO_ASYNC_MUTEX

#include <coroutine>
#include <mutex>
#include <utility>

namespace cppcoro {

class async_mutex;

class async_mutex_lock {
public:
  explicit async_mutex_lock(async_mutex &mutex, std::adopt_lock_t) noexcept
      : m_mutex(&mutex) {}
  async_mutex_lock(async_mutex_lock &&other) noexcept
      : m_mutex(std::exchange(other.m_mutex, nullptr)) {}
  ~async_mutex_lock();

private:
  async_mutex *m_mutex;
};

struct async_mutex_lock_operation {
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) noexcept { return true; }
  void await_resume() const noexcept {}
};
struct async_mutex_scoped_lock_operation {
  async_mutex &m_mutex;
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) noexcept { return true; }
  [[nodiscard]] async_mutex_lock await_resume() const noexcept {
    return async_mutex_lock(m_mutex, std::adopt_lock);
  }
};

class async_mutex {
public:
  async_mutex() noexcept = default;
  bool try_lock() noexcept;
  async_mutex_lock_operation lock_async() noexcept;
  async_mutex_scoped_lock_operation scoped_lock_async() noexcept;
  void unlock();
};

} // namespace cppcoro

#endif // MOCK_CPPCORO_ASYNC_MUTEX
