// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_COROUTINE_AS_FUTURE
#define MOCK_SEASTAR_COROUTINE_AS_FUTURE

#include "seastar/core/coroutine.hh"

namespace seastar {
namespace internal {
template <class T> struct as_future_awaiter {
  future<T> f;
  bool await_ready() const noexcept { return f.available(); }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  future<T> await_resume() { return std::move(f); }
};
} // namespace internal

namespace coroutine {
template <class T> auto as_future(future<T> &&f) noexcept {
  return ::seastar::internal::as_future_awaiter<T>{std::move(f)};
}
} // namespace coroutine
} // namespace seastar

#endif // MOCK_SEASTAR_COROUTINE_AS_FUTURE
