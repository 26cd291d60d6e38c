// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The few pieces of Asio glue that the whole service uses.

#ifndef LEDGERD_ASIO_SUPPORT_HPP
#define LEDGERD_ASIO_SUPPORT_HPP

#include <codrop/asio.hpp>
#include <codrop/asio_offload.hpp>
#include <codrop/async_mutex.hpp>
#include <codrop/async_semaphore.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>

namespace ledgerd {

inline constexpr auto as_result =
    asio::experimental::as_tuple(asio::use_awaitable);

inline asio::awaitable<void> pause(std::chrono::milliseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

/// Where calls that block run.
using blocking_executor = codrop::asio_offload<asio::any_io_executor>;

inline asio::awaitable<codrop::async_lock> lock(codrop::async_mutex &mutex) {
  const auto wait = [&mutex](codrop::cancellation_token token) {
    return mutex.lock(token);
  };
  co_return co_await codrop::as_asio(wait);
}

inline asio::awaitable<codrop::async_permit>
acquire(codrop::async_semaphore &permits, std::size_t count = 1) {
  const auto wait = [&permits, count](codrop::cancellation_token token) {
    return permits.acquire(count, token);
  };
  co_return co_await codrop::as_asio(wait);
}

/// Lasts until a worker is asked to stop. From then on its awaits do not throw
/// any more, so that it can come to an orderly end.
inline asio::awaitable<void> stop_requested(codrop::cancellation_token token) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const auto wait = [&token](const codrop::cancellation_token &) {
    return token.cancelled();
  };
  co_await codrop::as_asio(wait);
}

} // namespace ledgerd

#endif
