// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_COROUTINE_TRY_FUTURE
#define MOCK_SEASTAR_COROUTINE_TRY_FUTURE

#include "seastar/core/coroutine.hh"

namespace seastar {
namespace internal {
template <class T> struct try_future_awaiter {
  future<T> f;
  bool await_ready() const noexcept { return f.available(); }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  T await_resume() { return f.get(); }
};
} // namespace internal

namespace coroutine {
template <class T> auto try_future(future<T> &&f) noexcept {
  return ::seastar::internal::try_future_awaiter<T>{std::move(f)};
}
} // namespace coroutine
} // namespace seastar

#endif // MOCK_SEASTAR_COROUTINE_TRY_FUTURE
