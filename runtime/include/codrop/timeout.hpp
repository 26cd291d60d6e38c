// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A limit in time for a coroutine of Asio. What does not keep it is cancelled
// and awaited before the caller is told.

#ifndef CODROP_TIMEOUT_HPP
#define CODROP_TIMEOUT_HPP

#include <codrop/annotations.hpp>
#include <codrop/asio.hpp>
#include <codrop/cancellation.hpp>
#include <codrop/coroutine.hpp>
#include <codrop/environment.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

namespace codrop {

/// What timeout() throws when the time is over. It is no cancellation: the
/// caller was not asked to stop.
class timed_out : public std::exception {
public:
  const char *what() const noexcept override { return "timed out"; }
};

namespace detail {

/// What the timer, the slot of the caller and the coroutine with the limit
/// share. Its signal must outlive that coroutine.
struct time_limit {
  enum reason : unsigned char { none, time, caller };

  void stop(reason why, net::cancellation_type type) {
    if (ended)
      return;
    if (because == none)
      because = why;
    source.request();
    signal.emit(type);
  }

  cancellation_source source;
  net::cancellation_signal signal;
  reason because = none;
  bool ended = false;
};

template <class F>
struct call_limited {
  F *f;
  std::shared_ptr<time_limit> limit;
  auto operator()() { return (*f)(limit->source.token()); }
};

template <class Executor>
using timer_of =
    net::basic_waitable_timer<std::chrono::steady_clock,
                              net::wait_traits<std::chrono::steady_clock>,
                              Executor>;

} // namespace detail

/// `co_await timeout(duration, f)`: `f(cancellation_token)` gives an
/// asio::awaitable, which is run on the executor of the caller; gives its
/// value. When the time is over it is cancelled, through its token and as Asio
/// cancels, and awaited.
///
/// Exceptions: timed_out if `f` was cancelled because the time was over; what
/// `f` has thrown otherwise, also when it fails while it is cancelled. A value
/// that `f` gives in spite of being cancelled is not lost, but returned.
/// Cancellation: of the caller cancels `f` and awaits it; its exception comes
/// out. Destruction: with the execution context, together with `f`. Threading:
/// the executor must not run handlers of the caller at the same time: in
/// several threads, a strand.
template <class Rep, class Period, class F>
CODROP_CANCELLING_COMBINATOR auto
timeout(std::chrono::duration<Rep, Period> duration, F f)
    -> std::invoke_result_t<F &, cancellation_token> {
  namespace net = detail::net;
  using coroutine = std::invoke_result_t<F &, cancellation_token>;
  using result_type = coroutine_result_t<coroutine>;
  using executor_type = typename coroutine::executor_type;
  using detail::time_limit;
  const executor_type executor = co_await net::this_coro::executor;
  const auto limit = std::make_shared<time_limit>();
  // What was cancelled must be awaited nevertheless.
  const bool threw = co_await net::this_coro::throw_if_cancelled();
  co_await net::this_coro::throw_if_cancelled(false);
  const net::cancellation_state state =
      co_await net::this_coro::cancellation_state;
  net::cancellation_slot caller = state.slot();
  detail::timer_of<executor_type> timer(executor);
  outcome<result_type> result;
  try {
    // The slot may outlive the execution context, and this coroutine with it.
    if (caller.is_connected())
      caller.assign([weak = std::weak_ptr(limit)](net::cancellation_type type) {
        const auto kept = weak.lock();
        if (kept && type != net::cancellation_type::none)
          kept->stop(time_limit::caller, type);
      });
    timer.expires_after(
        std::chrono::ceil<std::chrono::steady_clock::duration>(duration));
    timer.async_wait([limit](const detail::net_error_code &error) {
      if (!error)
        limit->stop(time_limit::time, net::cancellation_type::terminal);
    });
    // This coroutine is destroyed after the one that it waits for, and `f` with
    // it.
    detail::call_limited<F> run{&f, limit};
    auto task = detail::keep_outcome<result_type, executor_type>(std::move(run),
                                                                 result);
    co_await net::co_spawn(
        executor, std::move(task),
        net::bind_cancellation_slot(limit->signal.slot(),
                                    net::use_awaitable_t<executor_type>()));
  } catch (...) {
    result.fail(std::current_exception());
  }
  limit->ended = true;
  if (caller.is_connected())
    caller.clear();
  timer.cancel();
  co_await net::this_coro::throw_if_cancelled(threw);
  if (limit->because == time_limit::time &&
      environment<coroutine>::is_cancellation(result.error()))
    throw timed_out();
  co_return std::move(result).get();
}

} // namespace codrop

#endif // CODROP_TIMEOUT_HPP
