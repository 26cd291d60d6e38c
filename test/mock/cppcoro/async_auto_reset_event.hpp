// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CPPCORO_ASYNC_AUTO_RESET_EVENT
#define MOCK_CPPCORO_ASYNC_AUTO_RESET_EVENT

#include <coroutine>

namespace cppcoro {

class async_auto_reset_event_operation {
public:
  bool await_ready() const noexcept;
  bool await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume() const noexcept {}
};

class async_auto_reset_event {
public:
  explicit async_auto_reset_event(bool initiallySet = false) noexcept;
  async_auto_reset_event_operation operator co_await() const noexcept;
  void set() noexcept;
  void reset() noexcept;
};

} // namespace cppcoro

#endif // MOCK_CPPCORO_ASYNC_AUTO_RESET_EVENT
