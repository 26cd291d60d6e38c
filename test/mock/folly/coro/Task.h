// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CORO_TASK
#define MOCK_FOLLY_CORO_TASK

#include "folly/CancellationToken.h"
#include "folly/Executor.h"
#include "folly/Try.h"
#include <coroutine>
#include <utility>

namespace folly {

template <class T> class SemiFuture;

namespace coro {

template <class T> class Task;

namespace detail {
struct TaskPromiseBase {
  CancellationToken cancelToken_;
};
template <class T> struct TaskPromise : TaskPromiseBase {
  T *value = nullptr;
  Task<T> get_return_object() noexcept;
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept {}
  template <class U = T> void return_value(U &&) {}
  template <class E> std::suspend_always yield_value(E &&) noexcept {
    return {};
  }
  T take() { return std::move(*value); }
};
template <> struct TaskPromise<void> : TaskPromiseBase {
  Task<void> get_return_object() noexcept;
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept {}
  void return_void() noexcept {}
  template <class E> std::suspend_always yield_value(E &&) noexcept {
    return {};
  }
  void take() {}
};
} // namespace detail

template <class T> class [[nodiscard]] TaskWithExecutor {
public:
  TaskWithExecutor(TaskWithExecutor &&) noexcept;
  ~TaskWithExecutor();
  SemiFuture<T> start() &&;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  T await_resume();
};

template <class T = void> class [[nodiscard]] Task {
public:
  using promise_type = detail::TaskPromise<T>;
  using handle_t = std::coroutine_handle<promise_type>;
  explicit Task(handle_t coro) noexcept : coro_(coro) {}
  Task(Task &&t) noexcept : coro_(std::exchange(t.coro_, {})) {}
  Task &operator=(Task t) noexcept {
    std::swap(coro_, t.coro_);
    return *this;
  }
  ~Task() {
    if (coro_)
      coro_.destroy();
  }
  TaskWithExecutor<T> scheduleOn(Executor::KeepAlive<> executor) && noexcept;
  SemiFuture<T> semi() &&;
  struct Awaiter {
    handle_t coro_;
    bool await_ready() noexcept { return false; }
    handle_t await_suspend(std::coroutine_handle<>) noexcept { return coro_; }
    T await_resume() { return coro_.promise().take(); }
  };
  Awaiter operator co_await() && noexcept { return Awaiter{coro_}; }

private:
  handle_t coro_;
};

template <class T>
Task<T> detail::TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> detail::TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

template <class T>
TaskWithExecutor<T> co_withExecutor(Executor::KeepAlive<> executor, Task<T> t);
template <class T>
Task<T> co_withCancellation(const CancellationToken &token, Task<T> t);

template <class T> struct TryAwaitable {
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  Try<T> await_resume() noexcept;
};
template <class T> TryAwaitable<T> co_awaitTry(Task<T> &&awaitable);

template <class T> struct NothrowAwaitable {
  bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  T await_resume();
};
template <class T> NothrowAwaitable<T> co_nothrow(Task<T> &&awaitable);

class co_error final {
public:
  template <class... A> explicit co_error(A &&...) noexcept {}
};

namespace detail {
struct co_current_executor_ {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  Executor::KeepAlive<> await_resume() const noexcept { return {}; }
};
struct co_current_cancellation_token_ {
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
  CancellationToken await_resume() const noexcept { return {}; }
};
struct co_reschedule_on_current_executor_ {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};
} // namespace detail
inline constexpr detail::co_current_executor_ co_current_executor{};
inline constexpr detail::co_current_cancellation_token_
    co_current_cancellation_token{};
inline constexpr detail::co_reschedule_on_current_executor_
    co_reschedule_on_current_executor{};
struct co_safe_point_t {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};
inline constexpr co_safe_point_t co_safe_point{};

} // namespace coro
} // namespace folly

#endif // MOCK_FOLLY_CORO_TASK
