// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_COROUTINE
#define MOCK_SEASTAR_CORE_COROUTINE

#include "seastar/core/future.hh"
#include <coroutine>

namespace seastar {
namespace internal {

template <class T> struct coroutine_traits_base {
  struct promise_type {
    promise<T> p;
    future<T> get_return_object() noexcept { return p.get_future(); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept {}
    template <class U> void return_value(U &&value) {
      p.set_value(std::forward<U>(value));
    }
  };
};
template <> struct coroutine_traits_base<void> {
  struct promise_type {
    promise<> p;
    future<> get_return_object() noexcept { return p.get_future(); }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept {}
    void return_void() noexcept {}
  };
};

template <class T> struct awaiter {
  future<T> f;
  bool await_ready() const noexcept { return f.available(); }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  T await_resume() { return f.get(); }
};

} // namespace internal

template <class T> auto operator co_await(future<T> &&f) noexcept {
  return internal::awaiter<T>{std::move(f)};
}

namespace coroutine {
/// Keeps the captures of a coroutine lambda alive until it is done.
template <class Func> struct lambda {
  Func *func;
  explicit lambda(Func &&f) : func(&f) {}
  template <class... A> decltype(auto) operator()(A &&...a) const {
    return (*func)(std::forward<A>(a)...);
  }
};
} // namespace coroutine

} // namespace seastar

template <class T, class... Args>
struct std::coroutine_traits<seastar::future<T>, Args...>
    : seastar::internal::coroutine_traits_base<T> {};

#endif // MOCK_SEASTAR_CORE_COROUTINE
