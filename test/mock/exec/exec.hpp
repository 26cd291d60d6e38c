// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock of stdexec: names and meaning only, see test/mock/README.md.

#ifndef MOCK_EXEC
#define MOCK_EXEC

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace stdexec {
namespace mock {
template <class Sender>
using value_of = decltype(std::declval<Sender>().operator co_await().await_resume());
template <class T> struct optional_awaiter {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept;
  std::optional<T> await_resume();
};
} // namespace mock
struct stopped_as_optional_t {
  template <class Sender>
  mock::optional_awaiter<mock::value_of<Sender>> operator()(Sender &&) const;
};
inline constexpr stopped_as_optional_t stopped_as_optional{};
struct sync_wait_t {
  template <class Sender> void operator()(Sender &&sender) const {}
};
inline constexpr sync_wait_t sync_wait{};
struct starts_on_t {
  template <class Scheduler, class Sender>
  Sender &&operator()(Scheduler &&, Sender &&sender) const {
    return static_cast<Sender &&>(sender);
  }
};
inline constexpr starts_on_t starts_on{};
struct spawn_t {
  template <class Sender, class Token>
  void operator()(Sender &&sender, Token token) const {}
};
inline constexpr spawn_t spawn{};
struct spawned {};
struct spawn_future_t {
  template <class Sender, class Token>
  spawned operator()(Sender &&sender, Token token) const {
    return {};
  }
};
inline constexpr spawn_future_t spawn_future{};
struct simple_counting_scope {
  struct token {};
  token get_token() noexcept;
  spawned join() noexcept;
};
} // namespace stdexec

namespace experimental::execution {

namespace __task {
template <class T> struct awaiter {
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept;
  T await_resume();
};
struct promise_base {
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept {}
};
template <class T> struct promise : promise_base {
  template <class U> void return_value(U &&) {}
};
template <> struct promise<void> : promise_base {
  void return_void() {}
};
template <class T, class Context> class [[nodiscard]] basic_task {
public:
  struct promise_type : promise<T> {
    basic_task get_return_object();
  };
  basic_task(basic_task &&) noexcept;
  ~basic_task();
  awaiter<T> operator co_await() && noexcept;
};
} // namespace __task
template <class T> using task = __task::basic_task<T, int>;

namespace __scope {
struct async_scope {
  async_scope();
  async_scope(const async_scope &) = delete;
  ~async_scope();
  [[nodiscard]] __task::awaiter<void> on_empty() const;
  template <class Sender> void spawn(Sender &&sender);
  template <class Sender> stdexec::spawned spawn_future(Sender &&sender);
};
} // namespace __scope
using __scope::async_scope;

namespace __at_coro_exit {
struct __at_coro_exit_t {
  template <class Action, class... Ts>
  __task::awaiter<void> operator()(Action &&action, Ts &&...ts) const {
    return {};
  }
};
} // namespace __at_coro_exit
inline constexpr __at_coro_exit::__at_coro_exit_t at_coroutine_exit{};

struct start_detached_t {
  template <class Sender> void operator()(Sender &&sender) const {}
};
inline constexpr start_detached_t start_detached{};

struct static_thread_pool {
  explicit static_thread_pool(unsigned threads);
  ~static_thread_pool();
  struct scheduler {};
  scheduler get_scheduler() noexcept;
};

} // namespace experimental::execution
namespace exec = experimental::execution;

#endif // MOCK_EXEC
