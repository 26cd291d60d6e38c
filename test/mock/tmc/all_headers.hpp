// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_TMC
#define MOCK_TMC

#include <coroutine>
#include <cstddef>
#include <exception>
#include <future>

namespace tmc {

template <typename Result> class aw_task {
public:
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept;
  Result await_resume() noexcept;
};

struct promise_base {
  std::suspend_always initial_suspend() const noexcept { return {}; }
  std::suspend_always final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
};
template <typename Result> struct task_promise;

template <typename Result> class [[nodiscard]] task {
public:
  using promise_type = task_promise<Result>;
  task(task &&) noexcept;
  ~task();
  aw_task<Result> operator co_await() && noexcept;
};
template <typename Result> struct task_promise : promise_base {
  task<Result> get_return_object() noexcept;
  template <typename T> void return_value(T &&) {}
};
template <> struct task_promise<void> : promise_base {
  task<void> get_return_object() noexcept;
  void return_void() {}
};

struct aw_acquire {
  bool await_ready() noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume() noexcept {}
};

class [[nodiscard]] mutex_scope {
public:
  mutex_scope(mutex_scope &&) noexcept;
  ~mutex_scope();
};
struct aw_mutex_lock_scope_impl {
  bool await_ready() noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  mutex_scope await_resume() noexcept;
};
struct aw_mutex_lock_scope {
  aw_mutex_lock_scope_impl operator co_await() && noexcept;
};
class mutex {
public:
  void unlock() noexcept;
  aw_acquire co_unlock() noexcept;
  bool try_lock() noexcept;
  aw_acquire operator co_await() noexcept;
  aw_mutex_lock_scope lock_scope() noexcept;
};

template <std::size_t MaxCount, typename Result>
class [[nodiscard]] aw_fork_group {
public:
  aw_fork_group();
  template <typename Awaitable> void fork(Awaitable &&Aw);
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume() noexcept;
};
inline aw_fork_group<0, void> fork_group();

template <typename Awaitable> class [[nodiscard]] aw_spawn {
public:
  aw_spawn(aw_spawn &&);
  ~aw_spawn();
  void detach();
  aw_task<void> operator co_await() && noexcept;
};
template <typename Awaitable> aw_spawn<Awaitable> spawn(Awaitable &&Aw);

template <typename Result> class [[nodiscard]] aw_spawn_func {
public:
  aw_spawn_func(aw_spawn_func &&);
  ~aw_spawn_func();
  void detach();
  aw_task<Result> operator co_await() && noexcept;
};
template <typename FuncVoid> aw_spawn_func<void> spawn_func(FuncVoid &&Func);

template <std::size_t Count, typename Awaitable>
class [[nodiscard]] aw_spawn_many {
public:
  aw_spawn_many(aw_spawn_many &&);
  ~aw_spawn_many();
  void detach();
  aw_task<void> operator co_await() && noexcept;
};
template <std::size_t Count, typename Iterator>
aw_spawn_many<Count, task<void>> spawn_many(Iterator &&Begin);

template <typename... Awaitables> class [[nodiscard]] aw_spawn_tuple {
public:
  aw_spawn_tuple(aw_spawn_tuple &&);
  ~aw_spawn_tuple();
  void detach();
  aw_task<void> operator co_await() && noexcept;
};
template <typename... Awaitables>
aw_spawn_tuple<Awaitables...> spawn_tuple(Awaitables &&...Aws);

template <std::size_t MaxCount, typename Result> class mux_many {
public:
  mux_many();
  ~mux_many();
  template <typename Awaitable> void fork(std::size_t Index, Awaitable &&Aw);
  aw_task<std::size_t> operator co_await() noexcept;
};

template <typename Executor, typename Awaitable>
void post(Executor &&Ex, Awaitable &&Aw, std::size_t Priority = 0);
template <typename Executor, typename Awaitable>
std::future<void> post_waitable(Executor &&Ex, Awaitable &&Aw,
                                std::size_t Priority = 0);

class ex_cpu {
public:
  ex_cpu();
  ~ex_cpu();
  void init();
  void teardown();
};

} // namespace tmc

#endif // MOCK_TMC
