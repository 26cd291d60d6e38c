// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CONCURRENCPP
#define MOCK_CONCURRENCPP

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace concurrencpp {
template <class type> class result;
template <class type> class lazy_result;
struct null_result {};

namespace errors {
struct interrupted_task : std::runtime_error {
  using runtime_error::runtime_error;
};
struct broken_task : interrupted_task {
  using interrupted_task::interrupted_task;
};
} // namespace errors

namespace details {
template <class object, class initial> struct promise_base {
  object get_return_object();
  initial initial_suspend() const noexcept { return {}; }
  std::suspend_always final_suspend() const noexcept { return {}; }
  void unhandled_exception() {}
};
template <class object, class initial, class type>
struct promise : promise_base<object, initial> {
  template <class value> void return_value(value &&) {}
};
template <class object, class initial>
struct promise<object, initial, void> : promise_base<object, initial> {
  void return_void() {}
};
template <class type> struct awaitable {
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) noexcept { return true; }
  type await_resume();
};
template <class type> struct resolve_awaitable {
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) noexcept { return true; }
  type await_resume();
};
} // namespace details

template <class type> class result {
public:
  using promise_type = details::promise<result, std::suspend_never, type>;
  result(result &&) noexcept;
  ~result();
  void wait() const;
  void wait_for(std::chrono::milliseconds duration) const;
  type get();
  details::awaitable<type> operator co_await();
  details::resolve_awaitable<result> resolve();
};

template <class type> class lazy_result {
public:
  using promise_type = details::promise<lazy_result, std::suspend_always, type>;
  lazy_result(lazy_result &&) noexcept;
  ~lazy_result();
  details::awaitable<type> operator co_await();
  details::resolve_awaitable<lazy_result> resolve();
  result<type> run();
};

template <class type> class generator {
public:
  struct promise_type : details::promise_base<generator, std::suspend_always> {
    std::suspend_always yield_value(type);
    void return_void();
  };
  generator(generator &&) noexcept;
  ~generator();
};

class executor {
public:
  virtual ~executor() noexcept = default;
  virtual void shutdown() = 0;
};
class thread_pool_executor : public executor {
public:
  ~thread_pool_executor() override;
  template <class callable> result<void> submit(callable &&work) {
    return enqueue();
  }
  result<void> enqueue();
  void shutdown() override;
};
class manual_executor : public executor {
public:
  void shutdown() override;
  bool loop_once();
  void wait_for_task();
  bool wait_for_task_for(std::chrono::milliseconds max_waiting_time);
};

template <class executor_type>
details::awaitable<void> resume_on(std::shared_ptr<executor_type> executor);

class runtime {
public:
  runtime();
  ~runtime() noexcept;
  std::shared_ptr<thread_pool_executor> thread_pool_executor() const noexcept;
};

class scoped_async_lock;
class async_lock {
public:
  ~async_lock() noexcept;
  lazy_result<scoped_async_lock>
  lock(std::shared_ptr<executor> resume_executor);
  lazy_result<bool> try_lock();
  void unlock();
};
class scoped_async_lock {
public:
  scoped_async_lock() noexcept = default;
  scoped_async_lock(scoped_async_lock &&rhs) noexcept;
  scoped_async_lock(async_lock &lock, std::defer_lock_t) noexcept;
  scoped_async_lock(async_lock &lock, std::adopt_lock_t) noexcept;
  ~scoped_async_lock() noexcept;
  lazy_result<void> lock(std::shared_ptr<executor> resume_executor);
  lazy_result<bool> try_lock();
  void unlock();
  async_lock *release() noexcept;
};
} // namespace concurrencpp

template <class... arguments>
struct std::coroutine_traits<concurrencpp::null_result, arguments...> {
  struct promise_type
      : concurrencpp::details::promise<concurrencpp::null_result,
                                       std::suspend_never, void> {};
};

#endif // MOCK_CONCURRENCPP
