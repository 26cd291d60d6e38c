// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CORO_ASYNC_SCOPE
#define MOCK_FOLLY_CORO_ASYNC_SCOPE

#include "folly/coro/Task.h"

namespace folly {
namespace coro {

class AsyncScope {
public:
  AsyncScope() noexcept;
  explicit AsyncScope(bool throwOnJoin) noexcept;
  AsyncScope(const AsyncScope &) = delete;
  ~AsyncScope();
  template <class Awaitable> void add(Awaitable &&awaitable);
  Task<void> joinAsync() noexcept;
  SemiFuture<Unit> cleanup() noexcept;
};

class CancellableAsyncScope {
public:
  CancellableAsyncScope() noexcept;
  CancellableAsyncScope(const CancellableAsyncScope &) = delete;
  ~CancellableAsyncScope();
  template <class Awaitable> void add(Awaitable &&awaitable);
  template <class T> Task<void> co_schedule(Task<T> &&task);
  void requestCancellation() const noexcept;
  Task<void> joinAsync() noexcept;
  Task<void> cancelAndJoinAsync() noexcept;
};

} // namespace coro
} // namespace folly

#endif // MOCK_FOLLY_CORO_ASYNC_SCOPE
