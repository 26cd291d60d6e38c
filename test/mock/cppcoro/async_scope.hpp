// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CPPCORO_ASYNC_SCOPE
#define MOCK_CPPCORO_ASYNC_SCOPE

#include <coroutine>

namespace cppcoro {

class async_scope {
public:
  async_scope() noexcept;
  async_scope(const async_scope &) = delete;
  ~async_scope();
  template <typename AWAITABLE> void spawn(AWAITABLE &&awaitable);
  struct awaiter {
    bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) noexcept { return true; }
    void await_resume() noexcept {}
  };
  [[nodiscard]] awaiter join() noexcept { return {}; }
};

} // namespace cppcoro

#endif // MOCK_CPPCORO_ASYNC_SCOPE
