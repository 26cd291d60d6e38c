// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a resource is closed whose close must be awaited. The patterns of closing
// ask here.

#ifndef CODROP_ASYNC_CLOSE_HPP
#define CODROP_ASYNC_CLOSE_HPP

#include <codrop/annotations.hpp>
#include <codrop/coroutine.hpp>
#include <codrop/environment.hpp>

#include <coroutine>
#include <type_traits>
#include <utility>

namespace codrop {

/// Says how a foreign type is closed: specialize it with
///     static AWAITABLE close(T &value);
template <class T>
struct closer;

namespace detail {

template <class A>
concept can_be_closed_with = awaitable<A> || requires {
  typename std::coroutine_traits<A>::promise_type;
};

template <class T>
concept closed_by_trait =
    requires(T &value) { closer<std::remove_cv_t<T>>::close(value); };
template <class T>
concept closed_by_async_close = requires(T &value) {
  requires can_be_closed_with<decltype(value.async_close())>;
};
template <class T>
concept closed_by_close = requires(T &value) {
  requires can_be_closed_with<decltype(value.close())>;
};

namespace async_close_functions {
void async_close() = delete;
template <class T>
concept closed_by_function = requires(T &value) {
  requires can_be_closed_with<decltype(async_close(value))>;
};

struct function {
  template <class T>
    requires closed_by_trait<T> || closed_by_async_close<T> ||
             closed_by_function<T> || closed_by_close<T>
  auto operator()(T &value) const {
    if constexpr (closed_by_trait<T>)
      return closer<std::remove_cv_t<T>>::close(value);
    else if constexpr (closed_by_async_close<T>)
      return value.async_close();
    else if constexpr (closed_by_function<T>)
      return async_close(value);
    else
      return value.close();
  }
};
} // namespace async_close_functions

} // namespace detail

inline namespace customization {
/// `co_await codrop::async_close(value)` closes it, by the first of these that
/// there is: `closer<T>::close(value)`, `value.async_close()`,
/// `async_close(value)` found by its argument, `value.close()` if that gives
/// something to await. The value must live until then.
inline constexpr detail::async_close_functions::function async_close{};
} // namespace customization

/// Has a close that must be awaited. A type whose `close()` gives nothing to
/// await is none: its destructor can do that.
template <class T>
concept async_closeable =
    requires(std::remove_reference_t<T> &value) { codrop::async_close(value); };

namespace detail {

template <class T>
using close_result_t =
    decltype(codrop::async_close(std::declval<std::remove_reference_t<T> &>()));

template <class A, class B>
concept same_coroutine =
    std::is_same_v<rebind_result_t<A, void>, rebind_result_t<B, void>>;

/// What is awaited in a coroutine of type `Coroutine` to await `f()`, where its
/// cancellation must not reach. Its cancellation must not throw there, either:
/// see environment<>::throw_when_cancelled().
template <class Coroutine, class F>
auto await_shielded(environment<Coroutine> &here, F f) {
  using awaited = std::invoke_result_t<F &>;
  if constexpr (same_coroutine<awaited, Coroutine>) {
    return here.shielded(std::move(f));
  } else {
    // It is not given the token.
    return here.await(
        [f = std::move(f)](const cancellation_token &) mutable { return f(); });
  }
}

} // namespace detail

} // namespace codrop

#endif // CODROP_ASYNC_CLOSE_HPP
