// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Proof by cancelling everywhere: a coroutine is run again and again, and at
// its first, second, … suspension it is cancelled, an exception is thrown into
// it, or its frame is destroyed; after each run the test says what must hold.
// For coroutines of Asio see <codrop/testing_asio.hpp>.

#ifndef CODROP_TESTING_HPP
#define CODROP_TESTING_HPP

#include <codrop/cancellation.hpp>
#include <codrop/coroutine.hpp>
#include <codrop/environment.hpp>

#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace codrop::testing {

/// What is thrown into a coroutine.
class injected_error : public std::runtime_error {
public:
  injected_error() : std::runtime_error("injected by codrop::testing") {}
};

enum class interruption {
  none,    ///< It runs to its end.
  cancel,  ///< Its token is requested.
  fail,    ///< injected_error is thrown where it is suspended.
  destroy, ///< Its frame is destroyed where it is suspended.
};

/// How one run of the coroutine went.
struct run_report {
  interruption how = interruption::none;
  /// The suspension at which it was interrupted, from 1; 0 for none.
  std::size_t at = 0;
  enum { returned, threw, destroyed, stuck } end = returned;
  /// What it has thrown, where end is threw.
  std::exception_ptr error;

  /// It tells of a cancellation, in the words of the library that was run.
  bool cancelled = false;

  [[nodiscard]] bool was_cancelled() const noexcept { return cancelled; }
  /// "destroyed at suspension 3: destroyed"
  [[nodiscard]] std::string describe() const {
    static constexpr const char *hows[] = {"not interrupted", "cancelled",
                                           "thrown into", "destroyed"};
    static constexpr const char *ends[] = {"returned", "threw", "destroyed",
                                           "never ended"};
    std::string text = hows[static_cast<int>(how)];
    if (at != 0)
      text += " at suspension " + std::to_string(at);
    return text + ": " + ends[static_cast<int>(end)];
  }
};

namespace detail {

class point_base;

/// The loop that runs the coroutines of this thread, one run at a time.
class world {
public:
  static world *&current() noexcept {
    static thread_local world *instance = nullptr;
    return instance;
  }

  std::deque<std::coroutine_handle<>> ready;
  std::size_t suspensions = 0;
  std::size_t target = 0;
  point_base *hit = nullptr;
  std::size_t frames = 0;
};

class point_base {
public:
  point_base() = default;
  point_base(const point_base &) = delete;
  point_base &operator=(const point_base &) = delete;
  bool fail = false;
  std::coroutine_handle<> where;

protected:
  ~point_base() { leave(); }
  void enter(std::coroutine_handle<> handle) noexcept {
    world *const w = world::current();
    where = handle;
    if (w != nullptr && ++w->suspensions == w->target)
      w->hit = this;
  }
  void leave() noexcept {
    if (world *const w = world::current(); w != nullptr && w->hit == this)
      w->hit = nullptr;
  }
};

/// An await of anything that is no task of ours: where a run may be
/// interrupted.
template <class A>
class point : point_base {
  using awaiter_type = decltype(codrop::detail::get_awaiter(std::declval<A>()));

public:
  explicit point(A &&awaited)
      : awaiter_(codrop::detail::get_awaiter(std::forward<A>(awaited))) {}

  bool await_ready() { return awaiter_.await_ready(); }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> handle) {
    enter(handle);
    return awaiter_.await_suspend(handle);
  }
  decltype(auto) await_resume() {
    leave();
    if (fail)
      throw injected_error();
    return awaiter_.await_resume();
  }

private:
  awaiter_type awaiter_;
};

struct counted {
  counted() noexcept {
    if (world *const w = world::current())
      ++w->frames;
  }
  counted(const counted &) = delete;
  counted &operator=(const counted &) = delete;
  ~counted() {
    if (world *const w = world::current())
      --w->frames;
  }
};

} // namespace detail

/// A lazy coroutine whose awaits can be interrupted. Destroying it destroys the
/// frame, wherever it is suspended.
template <class T = void>
class [[nodiscard]] task {
  struct promise_base : detail::counted {
    std::coroutine_handle<> continuation;
    outcome<T> result;

    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct go_on {
        static bool await_ready() noexcept { return false; }
        static std::coroutine_handle<>
        await_suspend(std::coroutine_handle<promise_type> self) noexcept {
          const auto next = self.promise().continuation;
          return next ? next : std::noop_coroutine();
        }
        static void await_resume() noexcept {}
      };
      return go_on();
    }
    void unhandled_exception() noexcept {
      result.fail(std::current_exception());
    }

    template <class U>
    decltype(auto) await_transform(task<U> &&inner) noexcept {
      return std::move(inner);
    }
    template <class A>
    detail::point<A> await_transform(A &&awaited) {
      return detail::point<A>(std::forward<A>(awaited));
    }
    // What is ready anyway is no place to be interrupted at.
    template <class V>
    codrop::detail::ready<V>
    await_transform(codrop::detail::ready<V> value) noexcept {
      return value;
    }
  };
  struct void_promise : promise_base {
    void return_void() { this->result.set(); }
  };
  struct value_promise : promise_base {
    template <class U = T>
    void return_value(U &&value) {
      this->result.set(std::forward<U>(value));
    }
  };

public:
  struct promise_type
      : std::conditional_t<std::is_void_v<T>, void_promise, value_promise> {
    task get_return_object() noexcept {
      return task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };

  task(task &&other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)) {}
  task &operator=(task &&other) noexcept {
    task(std::move(other)).swap(*this);
    return *this;
  }
  ~task() {
    if (handle_)
      handle_.destroy();
  }
  void swap(task &other) noexcept { std::swap(handle_, other.handle_); }

  [[nodiscard]] bool await_ready() const noexcept { return handle_.done(); }
  std::coroutine_handle<>
  await_suspend(std::coroutine_handle<> continuation) noexcept {
    handle_.promise().continuation = continuation;
    return handle_;
  }
  T await_resume() { return std::move(handle_.promise().result).get(); }

  /// For those who run it: resumes it the first time.
  void begin() { handle_.resume(); }
  [[nodiscard]] bool done() const noexcept { return handle_.done(); }

private:
  explicit task(std::coroutine_handle<promise_type> handle) noexcept
      : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

/// Suspends once: everything else that is ready runs before. With a token it
/// throws operation_cancelled if that is requested when it is resumed.
class yield {
public:
  explicit yield(cancellation_token token = {}) noexcept
      : token_(std::move(token)) {}
  yield(const yield &other) noexcept : token_(other.token_) {}
  yield &operator=(const yield &) = delete;
  ~yield() {
    if (handle_ && detail::world::current() != nullptr)
      std::erase(detail::world::current()->ready, handle_);
  }
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    detail::world::current()->ready.push_back(handle);
  }
  void await_resume() {
    handle_ = nullptr;
    token_.throw_if_requested();
  }

private:
  cancellation_token token_;
  std::coroutine_handle<> handle_;
};

/// Runs `make(token)`, a task of this namespace, once, and interrupts it as
/// told. Throws std::logic_error if frames are left over when it has ended.
template <class Make>
run_report run_once(Make &&make, interruption how = interruption::none,
                    std::size_t at = 0, std::size_t *suspensions = nullptr) {
  run_report report;
  report.how = how;
  report.at = at;
  detail::world world;
  struct restore {
    detail::world *before;
    ~restore() { detail::world::current() = before; }
  } const restore{std::exchange(detail::world::current(), &world)};
  world.target = at;
  {
    cancellation_source source;
    auto root = std::optional(make(source.token()));
    auto interrupt = [&] {
      detail::point_base *const point = std::exchange(world.hit, nullptr);
      if (point == nullptr)
        return;
      if (how == interruption::cancel) {
        source.request();
      } else if (how == interruption::fail) {
        point->fail = true;
        const auto where = point->where;
        std::erase(world.ready, where);
        where.resume();
      } else if (how == interruption::destroy) {
        root.reset();
        report.end = run_report::destroyed;
      }
    };
    root->begin();
    interrupt();
    while (root && !world.ready.empty()) {
      const auto next = world.ready.front();
      world.ready.pop_front();
      next.resume();
      interrupt();
    }
    if (root && !root->done()) {
      report.end = run_report::stuck;
    } else if (root) {
      try {
        static_cast<void>(root->await_resume());
      } catch (...) {
        report.end = run_report::threw;
        report.error = std::current_exception();
        report.cancelled = environment<task<>>::is_cancellation(report.error);
      }
    }
  }
  if (suspensions != nullptr)
    *suspensions = world.suspensions;
  if (world.frames != 0)
    throw std::logic_error("codrop::testing: " + std::to_string(world.frames) +
                           " frames left over, " + report.describe());
  return report;
}

/// Runs `make(token)` to its end, then once for every suspension and every way
/// to interrupt it, and calls `check(report)` after each run. Returns the
/// number of suspensions of the run that nothing interrupted.
///
/// A run that is interrupted may have more suspensions than that; those of
/// clean-up are not interrupted a second time.
template <class Make, class Check>
std::size_t interrupt_everywhere(Make &&make, Check &&check) {
  std::size_t count = 0;
  check(run_once(make, interruption::none, 0, &count));
  for (const interruption how :
       {interruption::cancel, interruption::fail, interruption::destroy})
    for (std::size_t at = 1; at <= count; ++at)
      check(run_once(make, how, at));
  return count;
}

} // namespace codrop::testing

#endif // CODROP_TESTING_HPP
