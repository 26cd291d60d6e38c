// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the code blocks of the rule pages take for granted: a lazy task that is
// awaited, a pause, and two mutexes. It is included before each block, so that a
// page can show the hazard alone.

#ifndef CODROP_TEST_DOCS_PRELUDE_H
#define CODROP_TEST_DOCS_PRELUDE_H

#include <chrono>
#include <coroutine>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

/// Starts when it is awaited; destroying it destroys the coroutine's frame.
template <class T = void> class [[nodiscard]] task;

namespace detail {
struct promise_base {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  std::exception_ptr error;
  std::suspend_always initial_suspend() noexcept { return {}; }
  auto final_suspend() noexcept {
    struct resume_continuation : std::suspend_always {
      std::coroutine_handle<> next;
      std::coroutine_handle<>
      await_suspend(std::coroutine_handle<>) noexcept {
        return next;
      }
    };
    return resume_continuation{{}, continuation};
  }
  void unhandled_exception() { error = std::current_exception(); }
};
template <class T> struct promise : promise_base {
  std::optional<T> value;
  task<T> get_return_object();
  void return_value(T result) { value.emplace(std::move(result)); }
  T result() { return std::move(*value); }
};
template <> struct promise<void> : promise_base {
  task<void> get_return_object();
  void return_void() {}
  void result() {}
};
} // namespace detail

template <class T> class [[nodiscard]] task {
public:
  using promise_type = detail::promise<T>;
  explicit task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  task(task &&other) noexcept : frame_(std::exchange(other.frame_, {})) {}
  task &operator=(task &&other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~task() {
    if (frame_)
      frame_.destroy();
  }
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
    frame_.promise().continuation = caller;
    return frame_;
  }
  T await_resume() {
    if (frame_.promise().error)
      std::rethrow_exception(frame_.promise().error);
    return frame_.promise().result();
  }

private:
  std::coroutine_handle<promise_type> frame_;
};

template <class T> task<T> detail::promise<T>::get_return_object() {
  return task<T>(std::coroutine_handle<promise>::from_promise(*this));
}
inline task<void> detail::promise<void>::get_return_object() {
  return task<void>(std::coroutine_handle<promise>::from_promise(*this));
}

/// Suspends; may throw when it is cancelled.
task<> pause(std::chrono::milliseconds time);

/// A mutex for coroutines: `auto lock = co_await mutex.scoped_lock();`
class async_mutex {
public:
  class [[nodiscard]] guard {
  public:
    guard(guard &&other) noexcept : mutex_(std::exchange(other.mutex_, {})) {}
    ~guard();
    void unlock();

  private:
    async_mutex *mutex_ = nullptr;
  };
  task<guard> scoped_lock();
};

/// Shared by all that the blocks show.
inline std::mutex shared_mutex;

#endif // CODROP_TEST_DOCS_PRELUDE_H
