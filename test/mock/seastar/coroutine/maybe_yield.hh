// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_COROUTINE_MAYBE_YIELD
#define MOCK_SEASTAR_COROUTINE_MAYBE_YIELD

#include "seastar/core/coroutine.hh"

namespace seastar::coroutine {
namespace internal {
struct maybe_yield_awaiter {
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<>) {}
  void await_resume() {}
};
} // namespace internal

class [[nodiscard]] maybe_yield {
public:
  auto operator co_await() { return internal::maybe_yield_awaiter(); }
};
} // namespace seastar::coroutine

#endif // MOCK_SEASTAR_COROUTINE_MAYBE_YIELD
