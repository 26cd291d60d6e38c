// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A counting semaphore for coroutines of one executor, and the one-shot wakeup
// it is made of. With one permit the limiter is a mutex.

#ifndef LEDGERD_LIMITER_HPP
#define LEDGERD_LIMITER_HPP

#include "asio_support.hpp"

#include <cstddef>
#include <deque>
#include <memory>

namespace ledgerd {

class wakeup {
public:
  explicit wakeup(asio::any_io_executor executor);

  asio::awaitable<void> wait();
  /// To be called on the executor.
  void fire();
  bool fired() const { return fired_; }

private:
  asio::steady_timer timer_;
  bool fired_ = false;
};

class limiter {
public:
  class permit {
  public:
    permit() = default;
    explicit permit(limiter &owner) : owner_(&owner) {}
    permit(permit &&other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)) {}
    permit &operator=(permit &&other) noexcept {
      std::swap(owner_, other.owner_);
      return *this;
    }
    ~permit() {
      if (owner_)
        owner_->release();
    }

  private:
    limiter *owner_ = nullptr;
  };

  limiter(asio::any_io_executor executor, std::size_t permits);

  asio::awaitable<void> acquire();
  void release();
  asio::awaitable<permit> scoped_acquire();

private:
  asio::any_io_executor executor_;
  std::size_t free_;
  std::deque<std::shared_ptr<wakeup>> waiting_;
};

} // namespace ledgerd

#endif
