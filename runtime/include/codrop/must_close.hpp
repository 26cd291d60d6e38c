// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A value that must be closed, and says so when it is not: a destructor cannot
// await the close, but it can tell who forgot it, or hand the value on.

#ifndef CODROP_MUST_CLOSE_HPP
#define CODROP_MUST_CLOSE_HPP

#include <codrop/annotations.hpp>
#include <codrop/async_close.hpp>
#include <codrop/environment.hpp>
#include <codrop/report.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace codrop {

/// The policy of a must_close to tell the report handler (see
/// set_report_handler) that the value was not closed, and to destroy it.
struct report_unclosed {
  template <class T>
  void operator()(T &&, const std::source_location &where) const noexcept {
    detail::tell({report::not_closed,
                  detail::type_name<std::remove_cvref_t<T>>(), where, nullptr});
  }
};

/// The policy to tell and to end the program.
struct terminate_unclosed {
  template <class T>
  [[noreturn]] void
  operator()(T &&value, const std::source_location &where) const noexcept {
    report_unclosed()(value, where);
    std::terminate();
  }
};

namespace detail {

/// What a must_close does, whatever the checks think of it.
template <class T, class Policy>
class closed_or_told {
  static_assert(async_closeable<T>, "there is no awaited close for this type");

public:
  closed_or_told(T value, Policy policy, const std::source_location &where)
      : value_(std::move(value)), policy_(std::move(policy)), where_(where) {}
  closed_or_told(closed_or_told &&other) noexcept(
      std::is_nothrow_move_constructible_v<T> &&
      std::is_nothrow_move_constructible_v<Policy>)
      : value_(std::move(other.value_)), policy_(std::move(other.policy_)),
        where_(other.where_), open_(std::exchange(other.open_, false)) {}
  closed_or_told &operator=(closed_or_told &&other) noexcept(
      std::is_nothrow_move_assignable_v<T> &&
      std::is_nothrow_move_assignable_v<Policy>) {
    if (this == std::addressof(other))
      return *this;
    forget();
    value_ = std::move(other.value_);
    policy_ = std::move(other.policy_);
    where_ = other.where_;
    open_ = std::exchange(other.open_, false);
    return *this;
  }
  ~closed_or_told() { forget(); }

  [[nodiscard]] T &operator*() noexcept { return value_; }
  [[nodiscard]] const T &operator*() const noexcept { return value_; }
  [[nodiscard]] T *operator->() noexcept { return std::addressof(value_); }
  [[nodiscard]] const T *operator->() const noexcept {
    return std::addressof(value_);
  }
  /// Not closed, not released and not moved from.
  [[nodiscard]] bool is_open() const noexcept { return open_; }

  /// Awaits async_close(value). Does nothing if that has been done. The value
  /// counts as closed when this has ended, also by an exception, which tells of
  /// the failure, but not by a cancellation: then the policy has it, and the
  /// close may be begun again. Do not move the must_close meanwhile. The
  /// coroutine type is that of the close.
  [[nodiscard]] auto close()
    requires requires {
      typename std::coroutine_traits<detail::close_result_t<T>>::promise_type;
    }
  {
    return run_close<rebind_result_t<close_result_t<T>, void>>(*this);
  }
  /// The same in a coroutine type that has to be named, where the close of the
  /// value gives something that any coroutine can await.
  template <class Coroutine>
  [[nodiscard]] Coroutine close_as() {
    return run_close<Coroutine>(*this);
  }
  /// Takes the value out. Who does that must close it.
  [[nodiscard]] T release() noexcept(std::is_nothrow_move_constructible_v<T>) {
    open_ = false;
    return std::move(value_);
  }

private:
  template <class Coroutine>
  static Coroutine run_close(closed_or_told &self) {
    using here_type = environment<Coroutine>;
    here_type here(co_await here_type::here());
    if (!self.open_)
      co_return;
    try {
      if constexpr (same_coroutine<close_result_t<T>, Coroutine>) {
        static_cast<void>(co_await codrop::async_close(self.value_));
      } else {
        const auto closing = [&](const cancellation_token &) {
          return codrop::async_close(self.value_);
        };
        static_cast<void>(co_await here.await(closing));
      }
    } catch (...) {
      if (!here_type::is_cancellation(std::current_exception()))
        self.open_ = false;
      throw;
    }
    self.open_ = false;
  }
  void forget() noexcept {
    if (std::exchange(open_, false))
      policy_(std::move(value_), where_);
  }

  T value_;
  Policy policy_;
  std::source_location where_;
  bool open_ = true;
};

} // namespace detail

/// Holds a value that must be closed. Where it is destroyed, or assigned to,
/// and the value has not been closed, `policy(std::move(value), where)` is
/// called with the place where the must_close was made; see also hand_over_to
/// in <codrop/cleanup_scope.hpp>.
///     codrop::must_close file(co_await open(name));
///     co_await file->write(text);
///     co_await file.close();
///
/// Exceptions: `policy` must not throw. Cancellation: close() is not shielded;
/// see with_resource. Destruction: calls the policy, which must not block;
/// nothing is awaited. Threading: as the value.
template <class T, class Policy = report_unclosed>
class CODROP_MUST_CLOSE must_close : public detail::closed_or_told<T, Policy> {
public:
  explicit must_close(
      T value, Policy policy = Policy(),
      const std::source_location &where = std::source_location::current())
      : detail::closed_or_told<T, Policy>(std::move(value), std::move(policy),
                                          where) {}
};

} // namespace codrop

#endif // CODROP_MUST_CLOSE_HPP
