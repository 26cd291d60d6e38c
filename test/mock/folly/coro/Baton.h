// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CORO_BATON
#define MOCK_FOLLY_CORO_BATON

#include "folly/coro/Task.h"

namespace folly {
namespace coro {

class Baton {
public:
  struct WaitOperation {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept {}
    void await_resume() noexcept {}
  };
  explicit Baton(bool initiallySignalled = false) noexcept;
  bool ready() const noexcept;
  [[nodiscard]] WaitOperation operator co_await() const noexcept { return {}; }
  void post() noexcept;
  void reset() noexcept;
};

} // namespace coro
} // namespace folly

#endif // MOCK_FOLLY_CORO_BATON
