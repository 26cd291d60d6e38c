// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CORO_ASYNC_GENERATOR
#define MOCK_FOLLY_CORO_ASYNC_GENERATOR

#include "folly/coro/Task.h"

namespace folly {
namespace coro {

template <class Reference> class [[nodiscard]] AsyncGenerator {
public:
  struct promise_type {
    AsyncGenerator get_return_object() noexcept {
      return AsyncGenerator(
          std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept {}
    void return_void() noexcept {}
    template <class U> std::suspend_always yield_value(U &&) noexcept {
      return {};
    }
  };
  AsyncGenerator(AsyncGenerator &&other) noexcept
      : coro_(std::exchange(other.coro_, {})) {}
  ~AsyncGenerator() {
    if (coro_)
      coro_.destroy();
  }
  class NextResult {
  public:
    explicit operator bool() const noexcept;
    Reference operator*() const;
  };
  Task<NextResult> next();

private:
  explicit AsyncGenerator(std::coroutine_handle<promise_type> coro)
      : coro_(coro) {}
  std::coroutine_handle<promise_type> coro_;
};

} // namespace coro
} // namespace folly

#endif // MOCK_FOLLY_CORO_ASYNC_GENERATOR
