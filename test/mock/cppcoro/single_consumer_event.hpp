// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CPPCORO_SINGLE_CONSUMER_EVENT
#define MOCK_CPPCORO_SINGLE_CONSUMER_EVENT

#include <coroutine>

namespace cppcoro {

class single_consumer_event {
public:
  void set();
  void reset() noexcept;
  struct awaiter {
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) { return true; }
    void await_resume() {}
  };
  awaiter operator co_await() noexcept { return {}; }
};

} // namespace cppcoro

#endif // MOCK_CPPCORO_SINGLE_CONSUMER_EVENT
