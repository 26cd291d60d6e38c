// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_COROUTINE_EXCEPTION
#define MOCK_SEASTAR_COROUTINE_EXCEPTION

#include "seastar/core/coroutine.hh"

namespace seastar {
namespace internal {
struct exception_awaiter {
  std::exception_ptr eptr;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() noexcept {}
};
} // namespace internal

namespace coroutine {
struct exception {
  std::exception_ptr eptr;
};
[[nodiscard]] exception return_exception_ptr(std::exception_ptr ex) noexcept;
template <class T> [[nodiscard]] exception return_exception(T &&t) noexcept;
inline auto operator co_await(exception ex) noexcept {
  return ::seastar::internal::exception_awaiter{ex.eptr};
}
} // namespace coroutine
} // namespace seastar

#endif // MOCK_SEASTAR_COROUTINE_EXCEPTION
