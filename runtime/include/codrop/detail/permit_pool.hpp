// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What async_semaphore and async_mutex have in common: a number of permits, and
// those who wait for them in order. A waiter that is destroyed or cancelled
// when its permits have been put aside for it, and before it is resumed, leaves
// them to the next one.

#ifndef CODROP_DETAIL_PERMIT_POOL_HPP
#define CODROP_DETAIL_PERMIT_POOL_HPP

#include <codrop/cancellation.hpp>

#include <cassert>
#include <coroutine>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace codrop::detail {

class resume_queue;

struct permit_waiter {
  enum phase { starting, waiting, granted, refused, taken };

  permit_waiter *previous = nullptr;
  permit_waiter *next = nullptr;
  /// Where it is in line to be resumed.
  resume_queue *queue = nullptr;
  std::coroutine_handle<> handle;
  std::size_t count = 1;
  phase state = starting;
};

/// A list that its nodes are in, and can leave.
class permit_waiters {
public:
  [[nodiscard]] permit_waiter *first() const noexcept { return first_; }
  void append(permit_waiter *waiter) noexcept {
    waiter->previous = last_;
    waiter->next = nullptr;
    (last_ != nullptr ? last_->next : first_) = waiter;
    last_ = waiter;
  }
  void remove(permit_waiter *waiter) noexcept {
    (waiter->previous != nullptr ? waiter->previous->next : first_) =
        waiter->next;
    (waiter->next != nullptr ? waiter->next->previous : last_) =
        waiter->previous;
    waiter->previous = waiter->next = nullptr;
  }

private:
  permit_waiter *first_ = nullptr;
  permit_waiter *last_ = nullptr;
};

/// Those that one thread resumes, one after the other and outside of all locks.
/// The outermost call of a thread does it for those within, so that a long line
/// of waiters needs no deep stack. It does not touch the pool that they come
/// from: the last of them may destroy that.
class resume_queue {
public:
  resume_queue() noexcept {
    resume_queue *&outermost = active();
    if (outermost == nullptr)
      outermost = this;
  }
  resume_queue(const resume_queue &) = delete;
  resume_queue &operator=(const resume_queue &) = delete;
  ~resume_queue() {
    if (active() != this)
      return;
    while (const std::coroutine_handle<> handle = pop())
      handle.resume();
    active() = nullptr;
  }

  static void push(permit_waiter *waiter) noexcept {
    resume_queue *const queue = active();
    std::lock_guard lock(queue->mutex_);
    waiter->queue = queue;
    queue->waiters_.append(waiter);
  }
  static void remove(permit_waiter *waiter) noexcept {
    resume_queue *const queue = waiter->queue;
    if (queue == nullptr)
      return;
    std::lock_guard lock(queue->mutex_);
    queue->waiters_.remove(waiter);
    waiter->queue = nullptr;
  }

private:
  static resume_queue *&active() noexcept {
    static thread_local resume_queue *queue = nullptr;
    return queue;
  }
  std::coroutine_handle<> pop() noexcept {
    std::lock_guard lock(mutex_);
    permit_waiter *const waiter = waiters_.first();
    if (waiter == nullptr)
      return {};
    waiters_.remove(waiter);
    waiter->queue = nullptr;
    return waiter->handle;
  }

  std::mutex mutex_;
  permit_waiters waiters_;
};

class permit_pool {
public:
  explicit permit_pool(std::size_t available) noexcept
      : available_(available) {}
  permit_pool(const permit_pool &) = delete;
  permit_pool &operator=(const permit_pool &) = delete;
  ~permit_pool() {
    assert(waiters_.first() == nullptr &&
           "destroyed while coroutines wait for it");
  }

  [[nodiscard]] std::size_t available() const noexcept {
    std::lock_guard lock(mutex_);
    return available_;
  }
  /// Not past those who wait.
  bool try_take(std::size_t count) noexcept {
    std::lock_guard lock(mutex_);
    return take(count);
  }
  void give_back(std::size_t count) noexcept {
    // Is destroyed, and resumes, after the lock.
    const resume_queue queue;
    std::lock_guard lock(mutex_);
    available_ += count;
    grant();
  }

  /// False: it has what it wants, or has been cancelled.
  bool wait(permit_waiter *waiter) noexcept {
    std::lock_guard lock(mutex_);
    if (waiter->state == permit_waiter::refused)
      return false;
    if (take(waiter->count)) {
      waiter->state = permit_waiter::granted;
      return false;
    }
    waiter->state = permit_waiter::waiting;
    waiters_.append(waiter);
    return true;
  }
  void cancel(permit_waiter *waiter) noexcept {
    const resume_queue queue;
    std::lock_guard lock(mutex_);
    if (waiter->state == permit_waiter::starting) {
      waiter->state = permit_waiter::refused;
    } else if (waiter->state == permit_waiter::waiting) {
      waiters_.remove(waiter);
      waiter->state = permit_waiter::refused;
      resume_queue::push(waiter);
      // It may have wanted more than those behind it.
      grant();
    }
  }
  /// The waiter is being destroyed.
  void leave(permit_waiter *waiter) noexcept {
    const resume_queue queue;
    std::lock_guard lock(mutex_);
    if (waiter->state == permit_waiter::waiting)
      waiters_.remove(waiter);
    else
      resume_queue::remove(waiter);
    if (waiter->state == permit_waiter::granted)
      available_ += waiter->count;
    grant();
  }

private:
  bool take(std::size_t count) noexcept {
    if (waiters_.first() != nullptr || available_ < count)
      return false;
    available_ -= count;
    return true;
  }
  void grant() noexcept {
    while (permit_waiter *const waiter = waiters_.first()) {
      if (waiter->count > available_)
        return;
      available_ -= waiter->count;
      waiters_.remove(waiter);
      waiter->state = permit_waiter::granted;
      resume_queue::push(waiter);
    }
  }

  mutable std::mutex mutex_;
  std::size_t available_;
  permit_waiters waiters_;
};

/// Awaits permits and gives a `Grant` made of the pool and their number.
template <class Grant>
class [[nodiscard]] permit_awaiter : permit_waiter {
public:
  permit_awaiter(permit_pool &pool, std::size_t n,
                 cancellation_token token) noexcept
      : pool_(&pool), token_(std::move(token)) {
    this->count = n;
  }
  /// Before it is awaited.
  permit_awaiter(permit_awaiter &&other) noexcept
      : permit_awaiter(*other.pool_, other.count, std::move(other.token_)) {}
  permit_awaiter &operator=(permit_awaiter &&) = delete;
  ~permit_awaiter() {
    // Waits for a cancellation that is under way in another thread.
    callback_.reset();
    if (this->state != starting && this->state != taken)
      pool_->leave(this);
  }

  bool await_ready() noexcept {
    if (token_.is_requested())
      this->state = refused;
    else if (pool_->try_take(this->count))
      this->state = granted;
    return this->state != starting;
  }
  bool await_suspend(std::coroutine_handle<> to_resume) noexcept {
    this->handle = to_resume;
    // Before it can be resumed: after that nothing of it may be there.
    if (token_.can_be_requested())
      callback_.emplace(token_, cancel{this});
    return pool_->wait(this);
  }
  Grant await_resume() {
    callback_.reset();
    if (std::exchange(this->state, taken) == refused)
      throw operation_cancelled();
    return Grant(*pool_, this->count);
  }

private:
  struct cancel {
    permit_awaiter *self;
    void operator()() const noexcept { self->pool_->cancel(self); }
  };

  permit_pool *pool_;
  cancellation_token token_;
  std::optional<cancellation_callback<cancel>> callback_;
};

} // namespace codrop::detail

#endif // CODROP_DETAIL_PERMIT_POOL_HPP
