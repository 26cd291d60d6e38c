// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stops calling what fails again and again, and tries it from time to time
// until it answers. Around any coroutine.

#ifndef CODROP_CIRCUIT_BREAKER_HPP
#define CODROP_CIRCUIT_BREAKER_HPP

#include <codrop/annotations.hpp>
#include <codrop/environment.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace codrop {

enum class circuit_state {
  closed,    ///< Calls are made.
  open,      ///< Calls fail at once, with circuit_open.
  half_open, ///< A few calls are made, to see whether they go well.
};

/// What a call fails with that is not made because the circuit is open.
class circuit_open : public std::runtime_error {
public:
  explicit circuit_open(std::chrono::steady_clock::duration retry_after)
      : std::runtime_error("codrop: circuit open"), retry_after_(retry_after) {}
  /// How long the circuit stays open; zero if it is a probe that is waited for.
  [[nodiscard]] std::chrono::steady_clock::duration
  retry_after() const noexcept {
    return retry_after_;
  }

private:
  std::chrono::steady_clock::duration retry_after_;
};

struct circuit_breaker_options {
  using duration = std::chrono::steady_clock::duration;
  using time_point = std::chrono::steady_clock::time_point;

  /// So many failures within the window open the circuit.
  std::size_t failures = 5;
  duration window = std::chrono::seconds(10);
  /// After this time it is half open.
  duration open_for = std::chrono::seconds(5);
  /// So many calls at a time are made while it is half open.
  std::size_t probes = 1;
  /// So many of them have to go well to close it.
  std::size_t successes = 1;
  /// Which exceptions are failures; without it all are. Any other one is an
  /// answer, and a success. Cancellation is neither.
  std::function<bool(const std::exception_ptr &)> is_failure = {};
  /// Is called after each change, with no lock held. Must not throw.
  std::function<void(circuit_state)> on_change = {};
  /// The time, for tests.
  std::function<time_point()> now = {};
};

/// Counts how calls end, and makes none for a while when too many have failed.
///
/// Exceptions: those of the call, or circuit_open. Cancellation: reaches the
/// call; a call that was cancelled is neither a failure nor a success.
/// Destruction: a call whose frame is destroyed is as one that was cancelled: a
/// probe gives its slot back, so that another can be made. The breaker must
/// outlive its calls. Threading: all members may be called from any thread.
class circuit_breaker {
public:
  using options = circuit_breaker_options;
  using duration = options::duration;

  explicit circuit_breaker(options o = {}) : options_(std::move(o)) {
    options_.failures = std::max<std::size_t>(options_.failures, 1);
    options_.probes = std::max<std::size_t>(options_.probes, 1);
    options_.successes = std::max<std::size_t>(options_.successes, 1);
  }
  circuit_breaker(const circuit_breaker &) = delete;
  circuit_breaker &operator=(const circuit_breaker &) = delete;

  /// `co_await breaker.call(f)` awaits `f()` and gives its result, in a
  /// coroutine of the type that f gives. Whether the call is made is decided
  /// when it is awaited.
  template <class F>
  std::invoke_result_t<F &> call(F f) {
    using coroutine = std::invoke_result_t<F &>;
    permit made(*this);
    try {
      if constexpr (std::is_void_v<coroutine_result_t<coroutine>>) {
        co_await f();
        made.succeeded();
        co_return;
      } else {
        auto &&result = co_await f();
        made.succeeded();
        co_return std::forward<decltype(result)>(result);
      }
    } catch (...) {
      made.failed<coroutine>(std::current_exception());
      throw;
    }
  }

  /// Throws circuit_open if a call that is made now would not be: for those who
  /// wait for something else before they call.
  void throw_if_open() {
    const std::lock_guard lock(mutex_);
    if (state_ != circuit_state::open)
      return;
    if (const time_point at = now(); at < until_)
      throw circuit_open(until_ - at);
  }

  /// What a call that is made now would find.
  [[nodiscard]] circuit_state state() {
    std::lock_guard lock(mutex_);
    if (state_ == circuit_state::open && now() >= until_)
      return circuit_state::half_open;
    return state_;
  }

  /// Closes the circuit and forgets the failures.
  void reset() {
    bool changed = false;
    {
      const std::lock_guard lock(mutex_);
      changed = change(circuit_state::closed);
    }
    if (changed)
      tell(circuit_state::closed);
  }

private:
  // One call. It counts for the time between two changes in which it was begun:
  // what was begun before the circuit opened says nothing about a probe.
  class CODROP_GUARD CODROP_COROUTINE_SAFE permit {
  public:
    explicit permit(circuit_breaker &breaker)
        : breaker_(&breaker), period_(breaker.enter()) {}
    permit(const permit &) = delete;
    permit &operator=(const permit &) = delete;
    ~permit() {
      if (breaker_ != nullptr)
        breaker_->leave(period_);
    }
    void succeeded() { std::exchange(breaker_, nullptr)->succeeded(period_); }
    template <class Coroutine>
    void failed(const std::exception_ptr &error) {
      // The result may throw when it is handed over, after the success.
      if (breaker_ == nullptr || environment<Coroutine>::is_cancellation(error))
        return;
      const auto &is_failure = breaker_->options_.is_failure;
      const bool failure = !is_failure || is_failure(error);
      circuit_breaker *const breaker = std::exchange(breaker_, nullptr);
      if (failure)
        breaker->failed(period_);
      else
        breaker->succeeded(period_);
    }

  private:
    circuit_breaker *breaker_;
    std::uint64_t period_;
  };

  using time_point = options::time_point;

  time_point now() const {
    return options_.now ? options_.now() : std::chrono::steady_clock::now();
  }

  std::uint64_t enter() {
    std::unique_lock lock(mutex_);
    bool tries = false;
    if (state_ == circuit_state::open) {
      const time_point at = now();
      if (at < until_)
        throw circuit_open(until_ - at);
      tries = change(circuit_state::half_open);
    }
    if (state_ == circuit_state::half_open) {
      if (probing_ == options_.probes)
        throw circuit_open(duration::zero());
      ++probing_;
    }
    const std::uint64_t period = period_;
    lock.unlock();
    if (tries)
      tell(circuit_state::half_open);
    return period;
  }

  void leave(std::uint64_t period) noexcept {
    const std::lock_guard lock(mutex_);
    if (period == period_ && state_ == circuit_state::half_open)
      --probing_;
  }

  void succeeded(std::uint64_t period) {
    {
      const std::lock_guard lock(mutex_);
      if (period != period_ || state_ != circuit_state::half_open)
        return;
      --probing_;
      if (++succeeded_ < options_.successes)
        return;
      change(circuit_state::closed);
    }
    tell(circuit_state::closed);
  }

  void failed(std::uint64_t period) {
    {
      const std::lock_guard lock(mutex_);
      if (period != period_)
        return;
      const time_point at = now();
      if (state_ == circuit_state::closed) {
        failures_.push_back(at);
        while (failures_.front() + options_.window < at)
          failures_.pop_front();
        if (failures_.size() < options_.failures)
          return;
      }
      until_ = at + options_.open_for;
      change(circuit_state::open);
    }
    tell(circuit_state::open);
  }

  bool change(circuit_state to) {
    const bool changed = state_ != to;
    state_ = to;
    ++period_;
    probing_ = succeeded_ = 0;
    failures_.clear();
    return changed;
  }
  // It may ask for the state: no lock is held.
  void tell(circuit_state to) const {
    if (options_.on_change)
      options_.on_change(to);
  }

  options options_;
  std::mutex mutex_;
  circuit_state state_ = circuit_state::closed;
  std::uint64_t period_ = 0;
  time_point until_{};
  std::deque<time_point> failures_;
  std::size_t probing_ = 0;
  std::size_t succeeded_ = 0;
};

} // namespace codrop

#endif // CODROP_CIRCUIT_BREAKER_HPP
