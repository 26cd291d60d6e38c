// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// async_mutex and async_semaphore as coroutines of Asio await them.

#ifndef CODROP_ASIO_LOCKS_HPP
#define CODROP_ASIO_LOCKS_HPP

#include <codrop/asio.hpp>
#include <codrop/async_mutex.hpp>
#include <codrop/async_semaphore.hpp>

#include <cstddef>
#include <utility>

namespace codrop {

/// `co_await asio_lock(mutex)` gives an async_lock in a coroutine of Asio.
///
/// Exceptions: operation_cancelled. Cancellation: ends the wait; a lock that
/// comes at the same moment is given back. Destruction: leaves the line, as
/// does the destruction of the execution context. The mutex must outlive the
/// execution context if coroutines wait for it then. Threading: the coroutine
/// goes on on its executor, whoever unlocks.
inline auto asio_lock(async_mutex &mutex) {
  return as_asio([&mutex](cancellation_token token) {
    return mutex.lock(std::move(token));
  });
}

/// `co_await asio_acquire(semaphore, n)` gives an async_permit for `n` in a
/// coroutine of Asio. All else is as for asio_lock().
inline auto asio_acquire(async_semaphore &semaphore, std::size_t count = 1) {
  return as_asio([&semaphore, count](cancellation_token token) {
    return semaphore.acquire(count, std::move(token));
  });
}

} // namespace codrop

#endif // CODROP_ASIO_LOCKS_HPP
