// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Guards that run a function at the end of a scope. In a coroutine there are
// three ways out: the end, an exception, and the destruction of the frame while
// it is suspended. std::uncaught_exceptions() does not tell them apart: nothing
// is in flight in a frame that is dropped, what is in flight may belong to
// whoever drops it, and the count is that of another thread if the coroutine
// has moved. So success is said, not guessed: by succeed().

#ifndef CODROP_SCOPE_HPP
#define CODROP_SCOPE_HPP

#include <type_traits>
#include <utility>

namespace codrop {

namespace detail {

template <class F>
class scope_guard {
  static_assert(std::is_nothrow_move_constructible_v<F>,
                "the function of a guard must move without throwing");
  static_assert(std::is_invocable_v<F &>,
                "the function of a guard takes no arguments");

public:
  scope_guard(const scope_guard &) = delete;
  scope_guard &operator=(const scope_guard &) = delete;

protected:
  scope_guard(F f, bool armed) noexcept : f_(std::move(f)), armed_(armed) {}
  scope_guard(scope_guard &&other) noexcept
      : f_(std::move(other.f_)), armed_(std::exchange(other.armed_, false)) {}
  ~scope_guard() {
    if (armed_)
      static_cast<void>(f_());
  }
  void arm(bool armed) noexcept { armed_ = armed; }

private:
  F f_;
  bool armed_;
};

} // namespace detail

/// Runs `f` on every way out of the scope: the end, a return, an exception, and
/// the destruction of a suspended coroutine.
///     codrop::scope_exit leave([this] { --active_; });
///
/// Exceptions: `f` must not throw; std::terminate() is called if it does.
/// Cancellation: it leaves the scope as any exception does. Destruction: runs
/// `f`, unless it was disarmed or moved from. Threading: `f` runs in the thread
/// that leaves the scope, which after a suspension may be another one than
/// that which entered it.
template <class F>
class [[nodiscard]] scope_exit : detail::scope_guard<F> {
public:
  [[nodiscard]] explicit scope_exit(F f) noexcept
      : detail::scope_guard<F>(std::move(f), true) {}
  scope_exit(scope_exit &&) noexcept = default;
  /// `f` is not run any more.
  void disarm() noexcept { this->arm(false); }
};

/// Runs `f` on every way out of the scope but success, which is what
/// `succeed()` says: `f` runs after an exception, and where a suspended
/// coroutine is destroyed. A return without `succeed()` counts as a failure.
///     codrop::scope_fail undo([&] { table.erase(key); });
///     co_await store(key);
///     undo.succeed();
///
/// Exceptions: as scope_exit. Cancellation: a failure. Destruction: runs `f`
/// before `succeed()`, not after it. Threading: as scope_exit.
template <class F>
class [[nodiscard]] scope_fail : detail::scope_guard<F> {
public:
  [[nodiscard]] explicit scope_fail(F f) noexcept
      : detail::scope_guard<F>(std::move(f), true) {}
  scope_fail(scope_fail &&) noexcept = default;
  /// What must not be undone has been reached.
  void succeed() noexcept { this->arm(false); }
  /// `f` is not run any more.
  void disarm() noexcept { this->arm(false); }
};

/// Runs `f` at the end of the scope if `succeed()` has been called; so it runs
/// neither after an exception nor where a suspended coroutine is destroyed,
/// unless that happens after `succeed()`. Call that last.
///     codrop::scope_success count([&] { ++stored; });
///     co_await store(key);
///     count.succeed();
///
/// Exceptions: as scope_exit. Cancellation: no success. Destruction: runs `f`
/// after `succeed()`, not before it. Threading: as scope_exit.
template <class F>
class [[nodiscard]] scope_success : detail::scope_guard<F> {
public:
  [[nodiscard]] explicit scope_success(F f) noexcept
      : detail::scope_guard<F>(std::move(f), false) {}
  scope_success(scope_success &&) noexcept = default;
  /// The way out from here is that of a success.
  void succeed() noexcept { this->arm(true); }
  /// Takes that back.
  void disarm() noexcept { this->arm(false); }
};

} // namespace codrop

#endif // CODROP_SCOPE_HPP
