// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CPPCORO_TASK
#define MOCK_CPPCORO_TASK

#include <coroutine>
#include <exception>
#include <utility>

namespace cppcoro {

template <typename T> class task;

namespace detail {
template <typename T> struct task_promise {
  T *value = nullptr;
  task<T> get_return_object() noexcept;
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept {}
  template <typename U> void return_value(U &&) {}
  T result() { return static_cast<T &&>(*value); }
};
template <> struct task_promise<void> {
  task<void> get_return_object() noexcept;
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept {}
  void return_void() noexcept {}
  void result() {}
};
} // namespace detail

template <typename T = void> class [[nodiscard]] task {
public:
  using promise_type = detail::task_promise<T>;
  explicit task(std::coroutine_handle<promise_type> coroutine)
      : m_coroutine(coroutine) {}
  task(task &&t) noexcept : m_coroutine(std::exchange(t.m_coroutine, {})) {}
  task &operator=(task &&other) noexcept {
    std::swap(m_coroutine, other.m_coroutine);
    return *this;
  }
  ~task() {
    if (m_coroutine)
      m_coroutine.destroy();
  }
  struct awaitable {
    std::coroutine_handle<promise_type> m_coroutine;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
      return m_coroutine;
    }
    decltype(auto) await_resume() { return m_coroutine.promise().result(); }
  };
  auto operator co_await() const & noexcept { return awaitable{m_coroutine}; }
  auto operator co_await() const && noexcept { return awaitable{m_coroutine}; }

private:
  std::coroutine_handle<promise_type> m_coroutine;
};

template <typename T>
task<T> detail::task_promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}
inline task<void> detail::task_promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

} // namespace cppcoro

#endif // MOCK_CPPCORO_TASK
