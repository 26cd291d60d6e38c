// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The few pieces of Asio glue that the whole service uses: a completion token
// that returns error codes, a pause, and a way to run a function elsewhere.

#ifndef LEDGERD_ASIO_SUPPORT_HPP
#define LEDGERD_ASIO_SUPPORT_HPP

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <type_traits>
#include <utility>

namespace ledgerd {

inline constexpr auto as_result =
    asio::experimental::as_tuple(asio::use_awaitable);

inline asio::awaitable<void> pause(std::chrono::milliseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

template <typename Result, typename Work>
asio::awaitable<Result> call(Work work) {
  co_return work();
}

/// Calls `work` on `executor` and resumes the caller on its own executor.
/// Capture by reference: g++ 12 destroys a closure twice that is a temporary of
/// an await expression and has captures with destructors.
template <typename Executor, typename Work>
asio::awaitable<std::invoke_result_t<Work &>> offload(Executor executor,
                                                      Work work) {
  return asio::co_spawn(executor,
                        call<std::invoke_result_t<Work &>>(std::move(work)),
                        asio::use_awaitable);
}

} // namespace ledgerd

#endif
