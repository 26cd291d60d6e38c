// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What can be awaited, what it gives, and which coroutine type goes with
// another one: the words that all other headers speak in. They look only at the
// type, so they hold for every library.

#ifndef CODROP_COROUTINE_HPP
#define CODROP_COROUTINE_HPP

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

namespace codrop {

namespace detail {

template <class T>
concept suspend_result = std::same_as<T, void> || std::same_as<T, bool> ||
                         std::convertible_to<T, std::coroutine_handle<>>;

template <class A>
decltype(auto) get_awaiter(A &&a) {
  if constexpr (requires { static_cast<A &&>(a).operator co_await(); })
    return static_cast<A &&>(a).operator co_await();
  else if constexpr (requires { operator co_await(static_cast<A &&>(a)); })
    return operator co_await(static_cast<A &&>(a));
  else
    return static_cast<A &&>(a);
}

} // namespace detail

/// Has the three functions that a `co_await` calls, for a coroutine of any
/// type.
template <class T>
concept awaiter = requires(T t, std::coroutine_handle<> h) {
  { t.await_ready() } -> std::convertible_to<bool>;
  { t.await_suspend(h) } -> detail::suspend_result;
  t.await_resume();
};

/// Can be awaited in a coroutine whose promise does not transform it. Types
/// that only their own library's coroutines can await, as asio::awaitable, are
/// none.
template <class T>
concept awaitable = awaiter<T> || requires(T &&t) {
  { static_cast<T &&>(t).operator co_await() } -> awaiter;
} || requires(T &&t) {
  { operator co_await(static_cast<T &&>(t)) } -> awaiter;
};

/// The coroutine type to have for `Coroutine` when its result is to be `T`:
/// `task<T>` for `task<int>`, with further parameters kept. Libraries whose
/// coroutine types do not have their result first specialize it.
template <class Coroutine, class T>
struct rebind_result;

template <template <class, class...> class Coroutine, class Old, class... Rest,
          class T>
struct rebind_result<Coroutine<Old, Rest...>, T> {
  using type = Coroutine<T, Rest...>;
};

template <class Coroutine, class T>
using rebind_result_t =
    typename rebind_result<std::remove_cvref_t<Coroutine>, T>::type;

/// The result of a coroutine type: the first template parameter, unless a
/// library says otherwise.
template <class Coroutine>
struct coroutine_result;

template <template <class, class...> class Coroutine, class T, class... Rest>
struct coroutine_result<Coroutine<T, Rest...>> {
  using type = T;
};

template <class Coroutine>
using coroutine_result_t =
    typename coroutine_result<std::remove_cvref_t<Coroutine>>::type;

} // namespace codrop

#endif // CODROP_COROUTINE_HPP
