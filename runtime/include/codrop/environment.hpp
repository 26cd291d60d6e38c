// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the patterns need of the coroutine type that they run in, and a library
// can say of its own: how to await something of codrop's there, how to start a
// task beside the coroutine, how to keep cancellation from a task, and which
// exceptions tell of one. What stands here holds for every coroutine that can
// await anything; <codrop/asio.hpp> specializes it for Asio.

#ifndef CODROP_ENVIRONMENT_HPP
#define CODROP_ENVIRONMENT_HPP

#include <codrop/cancellation.hpp>
#include <codrop/coroutine.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace codrop {

/// How a task has ended: its value, or what it has thrown.
template <class T>
class outcome {
  using stored = std::conditional_t<
      std::is_void_v<T>, std::monostate,
      std::conditional_t<std::is_reference_v<T>, std::add_pointer_t<T>, T>>;

public:
  /// Not ended.
  outcome() noexcept = default;
  explicit outcome(std::exception_ptr error) noexcept
      : state_(std::in_place_index<2>, std::move(error)) {}

  template <class... Args>
  void set(Args &&...args) {
    if constexpr (std::is_reference_v<T>)
      state_.template emplace<1>(std::addressof(args)...);
    else
      state_.template emplace<1>(std::forward<Args>(args)...);
  }
  /// It has ended by throwing that.
  void fail(std::exception_ptr error) noexcept {
    state_.template emplace<2>(std::move(error));
  }
  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 1; }
  [[nodiscard]] bool has_error() const noexcept { return state_.index() == 2; }
  /// Null unless has_error().
  [[nodiscard]] std::exception_ptr error() const noexcept {
    return has_error() ? *std::get_if<2>(&state_) : std::exception_ptr();
  }
  /// The value; throws what the task has thrown. The task must have ended.
  T get() && {
    if (has_error())
      std::rethrow_exception(*std::get_if<2>(&state_));
    if constexpr (std::is_reference_v<T>)
      return static_cast<T>(**std::get_if<1>(&state_));
    else if constexpr (!std::is_void_v<T>)
      return std::move(*std::get_if<1>(&state_));
  }

private:
  std::variant<std::monostate, stored, std::exception_ptr> state_;
};

/// A task that runs beside the coroutine that holds this. Destroying it before
/// it has ended destroys the task where it is suspended, and `done` is not
/// called.
class running_task {
public:
  virtual ~running_task() = default;
  /// May call `done` before it returns.
  virtual void begin() = 0;
};

namespace detail {

/// A value that an await gives at once.
template <class T>
struct ready {
  T value;
  static constexpr bool await_ready() noexcept { return true; }
  static constexpr void await_suspend(std::coroutine_handle<>) noexcept {}
  constexpr T await_resume() noexcept { return std::move(value); }
};

template <class A>
using await_result_t = decltype(get_awaiter(std::declval<A>()).await_resume());

// A coroutine that awaits one thing and hands its outcome on. Handing on is
// done when it is suspended for good, so that `done` may destroy it.
template <class T, class Done>
class driver {
public:
  struct promise_base {
    outcome<T> result;
    Done *done = nullptr;

    driver get_return_object() noexcept {
      return driver(std::coroutine_handle<promise_type>::from_promise(
          static_cast<promise_type &>(*this)));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct hand_on {
        static bool await_ready() noexcept { return false; }
        // Clang 16 would put what is local here into the frame that goes away.
        [[gnu::noinline]] static void
        await_suspend(std::coroutine_handle<promise_type> self) noexcept {
          outcome<T> result = std::move(self.promise().result);
          Done done = std::move(*self.promise().done);
          done(std::move(result));
        }
        static void await_resume() noexcept {}
      };
      return hand_on();
    }
    void unhandled_exception() noexcept {
      result.fail(std::current_exception());
    }
  };
  struct void_promise : promise_base {
    void return_void() { this->result.set(); }
  };
  struct value_promise : promise_base {
    template <class U>
    void return_value(U &&value) {
      this->result.set(std::forward<U>(value));
    }
  };
  struct promise_type
      : std::conditional_t<std::is_void_v<T>, void_promise, value_promise> {
    template <class A>
    promise_type(A &, Done &d) noexcept {
      this->done = &d;
    }
  };

  driver(driver &&other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)) {}
  driver &operator=(driver &&) = delete;
  ~driver() {
    if (handle_)
      handle_.destroy();
  }
  void begin() { handle_.resume(); }

private:
  explicit driver(std::coroutine_handle<promise_type> handle) noexcept
      : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

template <class T, class A, class Done>
driver<T, Done> drive(A task, Done) {
  co_return co_await static_cast<A &&>(task);
}

// A coroutine made by a lambda refers to it: `f` lives as long as its task.
template <class T, class F, class Done>
class driven_task final : public running_task {
  using task = std::invoke_result_t<F &, cancellation_token>;

public:
  driven_task(F f, cancellation_token token, Done done)
      : f_(std::move(f)),
        driver_(drive<T, task, Done>(f_(std::move(token)), std::move(done))) {}
  driven_task(const driven_task &) = delete;
  driven_task &operator=(const driven_task &) = delete;
  void begin() override { driver_.begin(); }

private:
  F f_;
  driver<T, Done> driver_;
};

} // namespace detail

/// What a coroutine of type `Coroutine` has around it. A coroutine of the
/// library begins with
///     environment<Coroutine> here(co_await environment<Coroutine>::here());
/// Specializations have the same members. `F` is called with a
/// cancellation_token and gives what is awaited.
template <class Coroutine>
class environment {
public:
  /// What is awaited to make one.
  static detail::ready<std::monostate> here() noexcept { return {}; }
  explicit environment(std::monostate, cancellation_token token = {}) noexcept
      : token_(std::move(token)) {}

  /// `co_await here.await(f)` awaits `f(token)`, which any coroutine could, in
  /// this one; the token is requested when this coroutine is cancelled.
  template <class F>
  auto await(F &&f) {
    return std::forward<F>(f)(token_);
  }

  /// Whether the next await throws when this coroutine has been cancelled, and
  /// the way to change it.
  static detail::ready<bool> throws_when_cancelled() noexcept {
    return {false};
  }
  static detail::ready<std::monostate> throw_when_cancelled(bool) noexcept {
    return {};
  }
  /// `co_await here.shielded(f)` awaits `f()`, and the cancellation of this
  /// coroutine does not reach it. Call throw_when_cancelled(false) before.
  template <class F>
  auto shielded(F &&f) {
    return std::forward<F>(f)();
  }

  /// `f(token)` as a task beside this coroutine; `done` is called with its
  /// outcome<T> and must not throw. It begins with begin().
  template <class F, class Done>
  auto start(F f, cancellation_token token, Done done) {
    using task = std::invoke_result_t<F &, cancellation_token>;
    using result = detail::await_result_t<task>;
    return std::make_unique<detail::driven_task<result, F, Done>>(
        std::move(f), std::move(token), std::move(done));
  }

  /// `error` tells that something was cancelled.
  static bool is_cancellation(const std::exception_ptr &error) noexcept {
    if (!error)
      return false;
    try {
      std::rethrow_exception(error);
    } catch (const operation_cancelled &) {
      return true;
    } catch (...) {
      return false;
    }
  }

private:
  cancellation_token token_;
};

} // namespace codrop

#endif // CODROP_ENVIRONMENT_HPP
