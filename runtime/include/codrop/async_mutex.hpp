// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mutex that is awaited: its lock may be held across a suspension and
// released in any thread.

#ifndef CODROP_ASYNC_MUTEX_HPP
#define CODROP_ASYNC_MUTEX_HPP

#include <codrop/annotations.hpp>
#include <codrop/cancellation.hpp>
#include <codrop/detail/permit_pool.hpp>

#include <cstddef>
#include <utility>

namespace codrop {

class async_mutex;

/// Holds an async_mutex until it is destroyed, whichever way the coroutine
/// takes. One that was moved from, or that try_lock() could not fill, holds
/// none.
///
/// Exceptions: none. Cancellation: unlocks nothing before it is destroyed.
/// Destruction: unlocks, and resumes who waits next. Threading: may be
/// destroyed in another thread than the one it was got in.
class CODROP_GUARD CODROP_COROUTINE_SAFE [[nodiscard]] async_lock {
public:
  async_lock() noexcept = default;
  async_lock(async_lock &&other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)) {}
  async_lock &operator=(async_lock &&other) noexcept {
    async_lock given(std::move(other));
    std::swap(pool_, given.pool_);
    return *this;
  }
  ~async_lock() { unlock(); }

  [[nodiscard]] bool owns_lock() const noexcept { return pool_ != nullptr; }
  explicit operator bool() const noexcept { return owns_lock(); }
  /// Unlocks now.
  void unlock() noexcept {
    if (detail::permit_pool *const pool = std::exchange(pool_, nullptr))
      pool->give_back(1);
  }

private:
  friend class async_mutex;
  friend class detail::permit_awaiter<async_lock>;
  explicit async_lock(detail::permit_pool &pool, std::size_t = 1) noexcept
      : pool_(&pool) {}

  detail::permit_pool *pool_ = nullptr;
};

/// Lets one coroutine in at a time, in the order of asking, and suspends the
/// others instead of their threads. It cannot be locked twice by the same.
///
/// Exceptions: lock() throws operation_cancelled. Cancellation: a wait ends
/// when the token of lock() is requested; a lock that it had been granted
/// before that, it keeps. Destruction: a waiting coroutine that is destroyed
/// leaves the line, and a lock that was put aside for it goes to the next. The
/// mutex must outlive its lock and those who wait. Threading: all members may
/// be called from any thread. Who waits is resumed by the thread that unlocks
/// or cancels, never under a lock of threads, before that call returns; if that
/// call was itself made by a coroutine that was resumed so, after this one has
/// suspended.
class CODROP_COROUTINE_MUTEX async_mutex {
public:
  async_mutex() noexcept = default;

  /// Awaiting it gives an async_lock.
  [[nodiscard]] detail::permit_awaiter<async_lock>
  lock(cancellation_token token = {}) noexcept {
    return {pool_, 1, std::move(token)};
  }
  /// The same, under the name that other libraries have for it.
  [[nodiscard]] detail::permit_awaiter<async_lock>
  scoped_lock(cancellation_token token = {}) noexcept {
    return lock(std::move(token));
  }
  /// Holds none if it is locked, or others wait for it.
  async_lock try_lock() noexcept {
    return pool_.try_take(1) ? async_lock(pool_) : async_lock();
  }
  [[nodiscard]] bool is_locked() const noexcept {
    return pool_.available() == 0;
  }

private:
  detail::permit_pool pool_{1};
};

} // namespace codrop

#endif // CODROP_ASYNC_MUTEX_HPP
