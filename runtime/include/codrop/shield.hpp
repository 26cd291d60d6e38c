// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Keeps cancellation from what must run to its end once it has begun.

#ifndef CODROP_SHIELD_HPP
#define CODROP_SHIELD_HPP

#include <codrop/annotations.hpp>
#include <codrop/coroutine.hpp>
#include <codrop/environment.hpp>

#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

namespace codrop {

/// `co_await shield(f)` awaits `f()`, which gives a coroutine, to its end even
/// when the caller is cancelled meanwhile.
///
/// Exceptions: those of `f()`. Cancellation: does not reach `f()`; where awaits
/// throw when they are cancelled, as in Asio, the next one of the caller does.
/// A caller that was cancelled before does not begin it there. Destruction:
/// destroys the coroutine of `f()` where it is suspended; in Asio that happens
/// only together with the execution context. Threading: in Asio `f()` runs on
/// the executor of the caller.
template <class F>
CODROP_SHIELD auto shield(F f) -> std::invoke_result_t<F &> {
  using coroutine = std::invoke_result_t<F &>;
  using result_type = coroutine_result_t<coroutine>;
  using here_type = environment<coroutine>;
  here_type here(co_await here_type::here());
  const bool threw = co_await here.throws_when_cancelled();
  co_await here.throw_when_cancelled(false);
  outcome<result_type> result;
  try {
    if constexpr (std::is_void_v<result_type>) {
      co_await here.shielded(std::ref(f));
      result.set();
    } else {
      result.set(co_await here.shielded(std::ref(f)));
    }
  } catch (...) {
    result = outcome<result_type>(std::current_exception());
  }
  co_await here.throw_when_cancelled(threw);
  co_return std::move(result).get();
}

} // namespace codrop

#endif // CODROP_SHIELD_HPP
