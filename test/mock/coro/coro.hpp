// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CORO_CORO
#define MOCK_CORO_CORO

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace coro {

template <typename return_type = void> class task;

namespace detail {
template <typename return_type> struct promise {
  return_type *value = nullptr;
  task<return_type> get_return_object() noexcept;
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept {}
  template <typename value_type> void return_value(value_type &&) {}
  return_type result() { return static_cast<return_type &&>(*value); }
};
template <> struct promise<void> {
  task<void> get_return_object() noexcept;
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept {}
  void return_void() noexcept {}
  void result() {}
};
} // namespace detail

namespace detail {
class task_self_deleting {
public:
  struct promise_type {
    task_self_deleting get_return_object() noexcept;
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void unhandled_exception() noexcept {}
    void return_void() noexcept {}
  };
  std::coroutine_handle<promise_type> handle();
};
task_self_deleting make_task_self_deleting(task<void> user_task);
} // namespace detail

template <typename return_type> class [[nodiscard]] task {
public:
  using promise_type = detail::promise<return_type>;
  using coroutine_handle = std::coroutine_handle<promise_type>;
  explicit task(coroutine_handle handle) : m_coroutine(handle) {}
  task(task &&other) noexcept
      : m_coroutine(std::exchange(other.m_coroutine, nullptr)) {}
  ~task() {
    if (m_coroutine != nullptr)
      m_coroutine.destroy();
  }
  bool resume();
  struct awaitable {
    coroutine_handle m_coroutine;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
      return m_coroutine;
    }
    decltype(auto) await_resume() { return m_coroutine.promise().result(); }
  };
  auto operator co_await() const & noexcept { return awaitable{m_coroutine}; }
  auto operator co_await() const && noexcept { return awaitable{m_coroutine}; }

private:
  coroutine_handle m_coroutine;
};

template <typename return_type>
task<return_type> detail::promise<return_type>::get_return_object() noexcept {
  return task<return_type>(std::coroutine_handle<promise>::from_promise(*this));
}
inline task<void> detail::promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<promise>::from_promise(*this));
}

template <typename awaitable_type> void sync_wait(awaitable_type &&awaitable);

class event {
public:
  struct awaiter {
    bool await_ready() const noexcept;
    bool await_suspend(std::coroutine_handle<>) noexcept;
    void await_resume() noexcept {}
  };
  awaiter operator co_await() const noexcept;
  void set() noexcept;
  template <class executor_type>
  void set(std::unique_ptr<executor_type> &e) noexcept;
};

class latch {
public:
  explicit latch(std::int64_t count) noexcept;
  void count_down(std::int64_t n = 1) noexcept;
  event::awaiter operator co_await() const noexcept;
};

class mutex;

class scoped_lock {
public:
  explicit scoped_lock(mutex &m);
  ~scoped_lock();
  scoped_lock(scoped_lock &&other) noexcept;
  void unlock();
};

namespace detail {
template <typename return_type> struct lock_operation {
  mutex &m_mutex;
  bool await_ready() const noexcept;
  bool await_suspend(std::coroutine_handle<>) noexcept;
  return_type await_resume() noexcept {
    if constexpr (!std::is_void_v<return_type>)
      return return_type{m_mutex};
  }
};
} // namespace detail

class mutex {
public:
  [[nodiscard]] detail::lock_operation<coro::scoped_lock> scoped_lock();
  [[nodiscard]] detail::lock_operation<void> lock();
  [[nodiscard]] bool try_lock();
  void unlock();
};

class condition_variable {
public:
  [[nodiscard]] event::awaiter wait(coro::scoped_lock &lock);
  template <class predicate_type>
  [[nodiscard]] event::awaiter wait(coro::scoped_lock &lock,
                                    predicate_type predicate);
  task<void> notify_one();
  task<void> notify_all();
};

template <std::ptrdiff_t max_value> class semaphore {
public:
  explicit semaphore(std::ptrdiff_t starting_value);
  ~semaphore() { sync_wait(shutdown()); }
  [[nodiscard]] task<bool> acquire();
  [[nodiscard]] task<void> release();
  bool try_acquire();
  [[nodiscard]] task<void> shutdown();
};

template <typename... awaitable_types>
task<int> when_any(awaitable_types... awaitables);

template <typename element_type> class queue {
public:
  queue();
  ~queue() { sync_wait(shutdown()); }
  task<bool> push(element_type element);
  task<element_type> pop();
  task<void> shutdown();
};

class thread_pool {
public:
  static std::unique_ptr<thread_pool> make_unique();
  virtual ~thread_pool();
  struct schedule_operation {
    bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) noexcept;
    void await_resume() noexcept {}
  };
  [[nodiscard]] schedule_operation schedule();
  bool spawn_detached(task<void> &&task) noexcept;
  task<void> spawn_joinable(task<void> &&task) noexcept;
  void shutdown() noexcept;
};

class scheduler {
public:
  static std::unique_ptr<scheduler> make_unique();
  virtual ~scheduler();
  std::size_t process_events(
      std::chrono::milliseconds timeout = std::chrono::milliseconds{0});
  [[nodiscard]] task<void> yield_for(std::chrono::milliseconds amount);
  bool spawn_detached(task<void> &&task);
  task<void> spawn_joinable(task<void> &&task);
  void shutdown() noexcept;
};

template <typename executor_type> class task_group {
public:
  explicit task_group(executor_type *executor);
  explicit task_group(std::unique_ptr<executor_type> &executor);
  explicit task_group(executor_type *executor, task<void> &&task);
  task_group(const task_group &) = delete;
  ~task_group();
  bool start(task<void> &&task);
  event::awaiter operator co_await() const noexcept;
};

template <typename executor_type> class shared_mutex {
public:
  explicit shared_mutex(std::unique_ptr<executor_type> &e);
  [[nodiscard]] task<void> scoped_lock(task<void> scoped_task);
  [[nodiscard]] task<void> lock();
  [[nodiscard]] task<void> unlock();
  [[nodiscard]] task<void> lock_shared();
  [[nodiscard]] task<void> unlock_shared();
};

namespace net::tls {
enum class connection_status { connected, error };
class client {
public:
  explicit client(std::unique_ptr<scheduler> &scheduler);
  client(client &&other) noexcept;
  ~client();
  task<connection_status> connect();
  task<std::size_t> send(const std::string &buffer);
  task<void> shutdown();
};
class server {
public:
  task<client> accept();
};
} // namespace net::tls

} // namespace coro

#endif // MOCK_CORO_CORO
