// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CPPCORO_IO_SERVICE
#define MOCK_CPPCORO_IO_SERVICE

#include "cppcoro/cancellation_token.hpp"
#include <chrono>
#include <coroutine>
#include <cstdint>

namespace cppcoro {

class io_service {
public:
  struct schedule_operation {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept {}
    void await_resume() const noexcept {}
  };
  struct timed_schedule_operation {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) {}
    void await_resume();
  };
  schedule_operation schedule() noexcept;
  timed_schedule_operation
  schedule_after(std::chrono::milliseconds delay,
                 cancellation_token token = {}) noexcept;
  std::uint64_t process_events();
  void stop() noexcept;
};

} // namespace cppcoro

#endif // MOCK_CPPCORO_IO_SERVICE
