// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A semaphore that is awaited: its permits are objects that give back on every
// way out, may be held across a suspension, and are never lost.

#ifndef CODROP_ASYNC_SEMAPHORE_HPP
#define CODROP_ASYNC_SEMAPHORE_HPP

#include <codrop/annotations.hpp>
#include <codrop/cancellation.hpp>
#include <codrop/detail/permit_pool.hpp>

#include <cstddef>
#include <utility>

namespace codrop {

class async_semaphore;

/// Permits of an async_semaphore, which gets them back when this is destroyed,
/// whichever way the coroutine takes. One that was moved from, or that
/// try_acquire() could not fill, holds none.
///
/// Exceptions: none. Cancellation: gives back nothing before it is destroyed.
/// Destruction: gives back, and resumes who waits for it. Threading: may be
/// destroyed in another thread than the one it was got in.
class CODROP_GUARD CODROP_COROUTINE_SAFE [[nodiscard]] async_permit {
public:
  async_permit() noexcept = default;
  async_permit(async_permit &&other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)),
        count_(std::exchange(other.count_, 0)) {}
  async_permit &operator=(async_permit &&other) noexcept {
    async_permit given(std::move(other));
    std::swap(pool_, given.pool_);
    std::swap(count_, given.count_);
    return *this;
  }
  ~async_permit() { give_back(); }

  /// How many it holds.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  explicit operator bool() const noexcept { return pool_ != nullptr; }
  /// Gives back now.
  void give_back() noexcept {
    if (detail::permit_pool *const pool = std::exchange(pool_, nullptr))
      pool->give_back(std::exchange(count_, 0));
  }

private:
  friend class async_semaphore;
  friend class detail::permit_awaiter<async_permit>;
  async_permit(detail::permit_pool &pool, std::size_t count) noexcept
      : pool_(&pool), count_(count) {}

  detail::permit_pool *pool_ = nullptr;
  std::size_t count_ = 0;
};

/// A number of permits. Who waits gets them in the order of asking: one who
/// wants many is not overtaken by those who want few. A permit that was put
/// aside for a coroutine which ends before it gets it goes to the next.
///
/// Exceptions: acquire() throws operation_cancelled. Cancellation: a wait ends
/// when the token of acquire() is requested; what it had been granted before
/// that, it keeps. Destruction: a waiting coroutine that is destroyed leaves
/// the line. The semaphore must outlive its permits and those who wait.
/// Threading: all members may be called from any thread. Who waits is resumed
/// by the thread that gives back or cancels, never under a lock, before that
/// call returns; if that call was itself made by a coroutine that was resumed
/// so, after this one has suspended.
class async_semaphore {
public:
  using permit = async_permit;

  explicit async_semaphore(std::size_t permits) noexcept : pool_(permits) {}

  /// Awaiting it gives an async_permit for `count`.
  [[nodiscard]] detail::permit_awaiter<async_permit>
  acquire(std::size_t count = 1, cancellation_token token = {}) noexcept {
    return {pool_, count, std::move(token)};
  }
  [[nodiscard]] detail::permit_awaiter<async_permit>
  acquire(cancellation_token token) noexcept {
    return acquire(1, std::move(token));
  }
  /// A permit that holds none if there are too few, or others wait for them.
  async_permit try_acquire(std::size_t count = 1) noexcept {
    return pool_.try_take(count) ? async_permit(pool_, count) : async_permit();
  }
  /// Adds permits that there were not before.
  void add(std::size_t count) noexcept { pool_.give_back(count); }
  /// How many could be had now; in another thread that may not be true any
  /// more.
  [[nodiscard]] std::size_t available() const noexcept {
    return pool_.available();
  }

private:
  detail::permit_pool pool_;
};

} // namespace codrop

#endif // CODROP_ASYNC_SEMAPHORE_HPP
