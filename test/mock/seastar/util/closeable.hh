// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_UTIL_CLOSEABLE
#define MOCK_SEASTAR_UTIL_CLOSEABLE

#include "seastar/core/coroutine.hh"

namespace seastar {

template <class Object> class [[nodiscard]] deferred_close {
public:
  deferred_close(Object &obj) noexcept;
  deferred_close(deferred_close &&) noexcept;
  ~deferred_close();
  void close_now() noexcept;
  void cancel() noexcept;
};

template <class Object> class [[nodiscard]] deferred_stop {
public:
  deferred_stop(Object &obj) noexcept;
  deferred_stop(deferred_stop &&) noexcept;
  ~deferred_stop();
  void stop_now() noexcept;
  void cancel() noexcept;
};

template <class Closeable, class Func>
future<> with_closeable(Closeable &&obj, Func func) noexcept {
  return func(obj);
}
template <class Stoppable, class Func>
future<> with_stoppable(Stoppable &&obj, Func func) noexcept {
  return func(obj);
}

} // namespace seastar

#endif // MOCK_SEASTAR_UTIL_CLOSEABLE
