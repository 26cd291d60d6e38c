// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A resource whose close must be awaited, and a body that uses it: what a
// destructor cannot do, on every way that leaves the coroutine alive.

#ifndef CODROP_WITH_RESOURCE_HPP
#define CODROP_WITH_RESOURCE_HPP

#include <codrop/async_close.hpp>
#include <codrop/environment.hpp>
#include <codrop/report.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace codrop {

namespace detail {

/// A resource that is there, held by value or referred to.
template <class Resource>
struct given_resource {
  static constexpr bool must_be_opened = false;
  using type = std::remove_reference_t<Resource>;
  Resource value;
  type &get() noexcept { return value; }
};

/// One that an awaited function gives.
template <class Open>
struct opened_resource {
  static constexpr bool must_be_opened = true;
  using type = coroutine_result_t<std::invoke_result_t<Open &>>;
  static_assert(!std::is_reference_v<type>, "open() gives the resource itself");
  Open open;
  std::optional<type> value;
  type &get() noexcept { return *value; }
};

// All of it is in one frame: where Asio's coroutines have been cancelled, the
// await of another one would throw before that has begun.
template <class Coroutine, class Source, class Body, class Close>
Coroutine run_with_resource(Source source, Body body, Close close,
                            std::source_location where) {
  using here_type = environment<Coroutine>;
  using result_type = coroutine_result_t<Coroutine>;
  here_type here(co_await here_type::here());
  if constexpr (Source::must_be_opened)
    source.value.emplace(co_await source.open());
  outcome<result_type> result;
  std::exception_ptr body_error, close_error;
  try {
    if constexpr (std::is_void_v<result_type>) {
      co_await std::invoke(body, source.get());
      result.set();
    } else {
      result.set(co_await std::invoke(body, source.get()));
    }
  } catch (...) {
    body_error = std::current_exception();
  }
  const bool threw = co_await here.throws_when_cancelled();
  co_await here.throw_when_cancelled(false);
  try {
    const auto closing = [&] { return std::invoke(close, source.get()); };
    static_cast<void>(co_await await_shielded<Coroutine>(here, closing));
  } catch (...) {
    close_error = std::current_exception();
  }
  co_await here.throw_when_cancelled(threw);
  if (body_error && close_error)
    tell({report::close_failed, type_name<typename Source::type>(), where,
          close_error});
  if (body_error)
    std::rethrow_exception(std::move(body_error));
  if (close_error)
    std::rethrow_exception(std::move(close_error));
  co_return std::move(result).get();
}

/// Can be called to be awaited, and is no resource itself.
template <class Open>
concept opens_resource =
    !async_closeable<Open> && requires(std::remove_reference_t<Open> &open) {
      requires can_be_closed_with<decltype(open())>;
    };

} // namespace detail

/// `co_await with_resource(connection, body)` awaits `body(connection)`, gives
/// what that gives, and awaits the close of the connection before: after a
/// return, an exception and a cancellation. The close is shielded from the
/// cancellation that is under way. An lvalue is referred to, an rvalue moved
/// into the coroutine. `close(resource)` is awaited instead of
/// async_close(resource) if it is given. The coroutine type is that of `body`,
/// which is called once and kept until the end.
///
/// The second form opens the resource itself, by `co_await open()`. Prefer it:
/// no cancellation comes between the two. A coroutine of Asio that has been
/// cancelled throws at its next await, before that begins, so that a resource
/// opened before is destroyed unclosed.
///     co_await codrop::with_resource(
///         [&] { return connect(address); },
///         [&](connection &c) { return c.send(request); });
///
/// Exceptions: what the body throws, as it is. What the close throws if the
/// body has not thrown; the result is lost then. If both have thrown, the
/// error of the close goes to the report handler (see set_report_handler), so
/// that a cancellation stays one. What `open` throws. Cancellation: reaches
/// `open` and the body, not the close. Destruction: when it is dropped while
/// suspended, and when it is never awaited, the resource is destroyed without
/// a close, as there is nobody to await it: have a must_close in it that hands
/// it to a cleanup_scope. Threading: as the body.
template <class Resource, class Body,
          class Close = std::remove_const_t<decltype(async_close)>>
  requires(!detail::opens_resource<Resource>)
[[nodiscard]] auto
with_resource(Resource &&resource, Body body, Close close = {},
              std::source_location where = std::source_location::current()) {
  using given = detail::given_resource<Resource>;
  using coroutine =
      std::invoke_result_t<Body &, std::remove_reference_t<Resource> &>;
  return detail::run_with_resource<coroutine, given, Body, Close>(
      given{std::forward<Resource>(resource)}, std::move(body),
      std::move(close), where);
}

template <class Open, class Body,
          class Close = std::remove_const_t<decltype(async_close)>>
  requires detail::opens_resource<Open>
[[nodiscard]] auto
with_resource(Open open, Body body, Close close = {},
              std::source_location where = std::source_location::current()) {
  using opened = detail::opened_resource<Open>;
  using coroutine = std::invoke_result_t<Body &, typename opened::type &>;
  return detail::run_with_resource<coroutine, opened, Body, Close>(
      opened{std::move(open), std::nullopt}, std::move(body), std::move(close),
      where);
}

} // namespace codrop

#endif // CODROP_WITH_RESOURCE_HPP
