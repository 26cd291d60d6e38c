// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Waiting until all tasks that were begun have ended.

#ifndef CODROP_DETAIL_JOIN_HPP
#define CODROP_DETAIL_JOIN_HPP

#include <codrop/cancellation.hpp>

#include <coroutine>
#include <cstddef>
#include <mutex>
#include <optional>
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

/// Tells a `State` that the caller has been cancelled.
template <class State>
struct cancel_state {
  State *state;
  void operator()() const noexcept { state->caller_cancelled(); }
};
// Clang 16 deduces none for aggregates.
template <class State>
cancel_state(State *) -> cancel_state<State>;

/// Begins the tasks of a `State` and waits for all of them, also when the
/// caller is cancelled. They begin here, when a cancellation is heard already.
template <class State>
class [[nodiscard]] run_awaiter {
public:
  run_awaiter(State &state, cancellation_token token) noexcept
      : state_(&state), token_(std::move(token)), all_(state.join()) {}
  run_awaiter(run_awaiter &&other) noexcept
      : run_awaiter(*other.state_, std::move(other.token_)) {}
  run_awaiter &operator=(run_awaiter &&) = delete;
  ~run_awaiter() = default;

  static bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> handle) {
    if (token_.can_be_requested())
      cancelled_.emplace(token_, cancel_state<State>{state_});
    state_->begin();
    return all_.await_suspend(handle);
  }
  void await_resume() noexcept {
    cancelled_.reset();
    all_.await_resume();
  }

private:
  State *state_;
  cancellation_token token_;
  join_awaiter all_;
  std::optional<cancellation_callback<cancel_state<State>>> cancelled_;
};

} // namespace codrop::detail

#endif // CODROP_DETAIL_JOIN_HPP
