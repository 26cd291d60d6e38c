// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_UNIFEX
#define MOCK_UNIFEX

#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

namespace unifex {

namespace _task {
template <typename T> struct _awaiter {
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept;
  T await_resume();
};
struct _promise_base {
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept {}
};
template <typename T> struct _promise : _promise_base {
  template <typename U> void return_value(U &&) {}
};
template <> struct _promise<void> : _promise_base {
  void return_void() {}
};
template <typename T, bool nothrow> struct _task {
  struct [[nodiscard]] type;
};
template <typename T, bool nothrow> struct _task<T, nothrow>::type {
  struct promise_type : _promise<T> {
    type get_return_object();
  };
  type(type &&) noexcept;
  ~type();
  _awaiter<T> operator co_await() &&;
};
} // namespace _task
template <typename T> using task = typename _task::_task<T, false>::type;

namespace _done_as_opt {
template <typename T> struct _optional {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept;
  std::optional<T> await_resume();
};
namespace _cpo {
inline const struct _fn {
  template <typename Sender>
  auto operator()(Sender &&) const
      -> _optional<decltype(std::declval<Sender>().operator co_await().await_resume())>;
} done_as_optional{};
} // namespace _cpo
} // namespace _done_as_opt
using _done_as_opt::_cpo::done_as_optional;

namespace _future {
struct [[nodiscard]] future {
  future(future &&) noexcept;
  ~future();
  _task::_awaiter<void> operator co_await() &&;
};
} // namespace _future

namespace _async_scope {
class async_scope {
public:
  async_scope() noexcept;
  ~async_scope();
  template <typename Sender> _future::future spawn(Sender &&sender);
  template <typename Sender> void detached_spawn(Sender &&sender);
  template <typename Scheduler, typename Sender>
  _future::future spawn_on(Scheduler &&scheduler, Sender &&sender);
  template <typename Scheduler, typename Sender>
  void detached_spawn_on(Scheduler &&scheduler, Sender &&sender);
  [[nodiscard]] _task::_awaiter<void> complete() noexcept;
  [[nodiscard]] _task::_awaiter<void> cleanup() noexcept;
};
} // namespace _async_scope
using _async_scope::async_scope;

namespace v0 {
namespace _async_scope {
class async_scope {
public:
  async_scope() noexcept;
  ~async_scope();
  template <typename Sender> void spawn(Sender &&sender);
  template <typename Scheduler, typename Sender>
  void spawn_on(Scheduler &&scheduler, Sender &&sender);
  [[nodiscard]] _task::_awaiter<void> complete() noexcept;
};
} // namespace _async_scope
using _async_scope::async_scope;
} // namespace v0

namespace _spawn_detached {
inline constexpr struct _spawn_detached_fn {
  template <typename Sender, typename Scope>
  void operator()(Sender &&sender, Scope &scope) const {}
} spawn_detached{};
} // namespace _spawn_detached
using _spawn_detached::spawn_detached;

namespace _spawn_future {
struct _spawn_future_fn {
  template <typename Sender, typename Scope>
  _future::future operator()(Sender &&sender, Scope &scope) const;
};
inline constexpr _spawn_future_fn spawn_future{};
} // namespace _spawn_future
using _spawn_future::spawn_future;

class async_mutex {
  struct lock_sender {
    bool await_ready() const noexcept;
    void await_suspend(std::coroutine_handle<>) noexcept;
    void await_resume() noexcept;
  };

public:
  [[nodiscard]] bool try_lock() noexcept;
  [[nodiscard]] lock_sender async_lock() noexcept;
  void unlock() noexcept;
};

namespace _sync_wait_cpo {
class _fn {
public:
  template <typename Sender> void operator()(Sender &&sender) const {}
};
} // namespace _sync_wait_cpo
inline constexpr _sync_wait_cpo::_fn sync_wait{};

namespace _at_coroutine_exit {
inline constexpr struct _fn {
  template <typename Action, typename... Ts>
  _task::_awaiter<void> operator()(Action &&action, Ts &&...ts) const {
    return {};
  }
} at_coroutine_exit{};
} // namespace _at_coroutine_exit
using _at_coroutine_exit::at_coroutine_exit;

namespace _single_thread {
class context {
public:
  context();
  ~context();
  struct scheduler {};
  scheduler get_scheduler() noexcept;
};
} // namespace _single_thread
using single_thread_context = _single_thread::context;

} // namespace unifex

#endif // MOCK_UNIFEX
