// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls to something that may be slow or down: so many at a time, each with a
// time limit, and none while it does not answer anyway. On Asio.

#ifndef CODROP_LIMITED_CLIENT_HPP
#define CODROP_LIMITED_CLIENT_HPP

#include <codrop/asio.hpp>
#include <codrop/async_semaphore.hpp>
#include <codrop/circuit_breaker.hpp>
#include <codrop/timeout.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace codrop {

/// What a call fails with when too many others wait for their turn.
class too_many_waiting : public std::runtime_error {
public:
  too_many_waiting() : std::runtime_error("codrop: too many calls waiting") {}
};

struct limited_client_options {
  /// So many calls at a time.
  std::size_t calls = 8;
  /// So many more wait for their turn; others fail at once.
  std::size_t waiting = std::numeric_limits<std::size_t>::max();
  /// For each call, from the moment it is made.
  std::chrono::steady_clock::duration time_limit = std::chrono::seconds(10);
  circuit_breaker_options breaker = {};
};

/// Makes calls through a semaphore, a circuit breaker and a timeout, from the
/// outside to the inside: who waits for a permit is not timed out, and a call
/// that takes too long is cancelled, awaited and counted as a failure.
///
/// Exceptions: those of the call, timed_out, circuit_open, too_many_waiting.
/// Cancellation: ends the wait, or reaches the call, and is not counted as a
/// failure. Destruction: a call whose frame is destroyed gives back its permit
/// and the slot of its probe. The client must outlive its calls. Threading:
/// call() may be used from any thread; one call runs on the executor of its
/// caller, which must not run handlers of it at the same time.
class limited_client {
public:
  using options = limited_client_options;

  explicit limited_client(options o = {})
      : waiting_limit_(o.waiting), time_limit_(o.time_limit),
        breaker_(std::move(o.breaker)), permits_(o.calls) {}
  limited_client(const limited_client &) = delete;
  limited_client &operator=(const limited_client &) = delete;

  /// `co_await client.call(f)` awaits `f(cancellation_token)`, which gives an
  /// asio::awaitable, and gives its result.
  template <class F>
  auto call(F f) -> std::invoke_result_t<F &, cancellation_token> {
    using here_type =
        environment<std::invoke_result_t<F &, cancellation_token>>;
    here_type here(co_await here_type::here());
    // Nothing is waited for if it would be in vain.
    breaker_.throw_if_open();
    async_permit permit = permits_.try_acquire();
    if (!permit) {
      const in_line here_now(*this);
      const auto wait = [this](cancellation_token token) {
        return permits_.acquire(std::move(token));
      };
      permit = co_await here.await(wait);
    }
    const auto limited = [this, &f] {
      return timeout(time_limit_, std::ref(f));
    };
    co_return co_await breaker_.call(limited);
  }

  [[nodiscard]] circuit_breaker &breaker() noexcept { return breaker_; }
  /// How many more calls could be made at once.
  [[nodiscard]] std::size_t available() const noexcept {
    return permits_.available();
  }

private:
  class CODROP_GUARD CODROP_COROUTINE_SAFE in_line {
  public:
    explicit in_line(limited_client &client) : client_(client) {
      if (client.waiting_.fetch_add(1) >= client.waiting_limit_) {
        client.waiting_.fetch_sub(1);
        throw too_many_waiting();
      }
    }
    in_line(const in_line &) = delete;
    in_line &operator=(const in_line &) = delete;
    ~in_line() { client_.waiting_.fetch_sub(1); }

  private:
    limited_client &client_;
  };

  std::size_t waiting_limit_;
  std::chrono::steady_clock::duration time_limit_;
  std::atomic<std::size_t> waiting_{0};
  circuit_breaker breaker_;
  async_semaphore permits_;
};

} // namespace codrop

#endif // CODROP_LIMITED_CLIENT_HPP
