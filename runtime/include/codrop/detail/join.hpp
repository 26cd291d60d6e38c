// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Waiting until all tasks that were begun have ended.

#ifndef CODROP_DETAIL_JOIN_HPP
#define CODROP_DETAIL_JOIN_HPP

#include <coroutine>
#include <cstddef>
#include <mutex>
#include <utility>

namespace codrop::detail {

/// Counts tasks. The last that ends resumes who waits; it may destroy this.
class join_counter {
public:
  void begun() noexcept {
    std::lock_guard lock(mutex_);
    ++running_;
  }
  void ended() noexcept {
    std::coroutine_handle<> waiter;
    {
      std::lock_guard lock(mutex_);
      if (--running_ != 0)
        return;
      waiter = std::exchange(waiter_, nullptr);
    }
    if (waiter)
      waiter.resume();
  }
  /// False: there is nothing to wait for.
  bool wait(std::coroutine_handle<> handle) noexcept {
    std::lock_guard lock(mutex_);
    if (running_ == 0)
      return false;
    waiter_ = handle;
    return true;
  }
  void leave() noexcept {
    std::lock_guard lock(mutex_);
    waiter_ = nullptr;
  }

private:
  std::mutex mutex_;
  std::size_t running_ = 0;
  std::coroutine_handle<> waiter_;
};

class [[nodiscard]] join_awaiter {
public:
  explicit join_awaiter(join_counter &join) noexcept : join_(&join) {}
  join_awaiter(join_awaiter &&other) noexcept : join_(other.join_) {}
  join_awaiter &operator=(join_awaiter &&) = delete;
  ~join_awaiter() {
    if (waits_)
      join_->leave();
  }
  static bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> handle) noexcept {
    // Before: nothing of it may be there after.
    waits_ = true;
    return join_->wait(handle);
  }
  void await_resume() noexcept { waits_ = false; }

private:
  join_counter *join_;
  bool waits_ = false;
};

} // namespace codrop::detail

#endif // CODROP_DETAIL_JOIN_HPP
