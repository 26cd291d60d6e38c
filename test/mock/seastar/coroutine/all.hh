// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_COROUTINE_ALL
#define MOCK_SEASTAR_COROUTINE_ALL

#include "seastar/core/coroutine.hh"

namespace seastar {
namespace coroutine {
template <class... Funcs> class [[nodiscard]] all {
public:
  explicit all(Funcs &&...) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() {}
};
template <class... Funcs> all(Funcs &&...) -> all<Funcs...>;
} // namespace coroutine

template <class Range, class Func>
future<> parallel_for_each(Range &&range, Func func) noexcept {
  for (auto &&each : range)
    func(each).ignore_ready_future();
  return make_ready_future<>();
}
template <class Func> future<> repeat(Func &&func) noexcept;
template <class... Futures>
future<> when_all_succeed(Futures &&...futures) noexcept;
} // namespace seastar

#endif // MOCK_SEASTAR_COROUTINE_ALL
