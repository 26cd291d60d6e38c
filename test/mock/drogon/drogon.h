// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_DROGON
#define MOCK_DROGON

#include <coroutine>
#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace trantor {
class EventLoop {
public:
  void loop();
  void quit();
};
class EventLoopThread {
public:
  ~EventLoopThread();
  void wait();
};
} // namespace trantor

namespace drogon {
template <typename T = void> struct Task;

namespace internal {
template <typename Type, typename Initial> struct PromiseBase {
  Type get_return_object();
  Initial initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() {}
};
template <typename T> struct TaskAwaiter {
  bool await_ready() const noexcept;
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept;
  T await_resume();
};
struct TimerAwaiter {
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume() noexcept(false);
};
} // namespace internal

template <typename T> struct [[nodiscard]] Task {
  struct promise_type : internal::PromiseBase<Task, std::suspend_always> {
    template <typename U> void return_value(U &&) {}
  };
  Task(Task &&other) noexcept;
  ~Task();
  internal::TaskAwaiter<T> operator co_await() const noexcept;
};
template <> struct [[nodiscard]] Task<void> {
  struct promise_type : internal::PromiseBase<Task, std::suspend_always> {
    void return_void() {}
  };
  Task(Task &&other) noexcept;
  ~Task();
  internal::TaskAwaiter<void> operator co_await() const noexcept;
};

struct AsyncTask {
  struct promise_type : internal::PromiseBase<AsyncTask, std::suspend_never> {
    void return_void() {}
  };
};

template <typename Await> void sync_wait(Await &&await);
template <typename Coro> void async_run(Coro &&coro) {}
template <typename Await> std::future<void> co_future(Await await) noexcept;
internal::TimerAwaiter sleepCoro(trantor::EventLoop *loop,
                                 double delay) noexcept;

class Mutex final {
  struct CoroMutexAwaiter {
    bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) noexcept { return true; }
    void await_resume() noexcept {}
  };
  struct ScopedCoroMutexAwaiter : CoroMutexAwaiter {
    Mutex &mutex;
    [[nodiscard]] std::unique_lock<Mutex> await_resume() noexcept {
      return std::unique_lock<Mutex>{mutex, std::adopt_lock};
    }
  };

public:
  bool try_lock() noexcept;
  [[nodiscard]] ScopedCoroMutexAwaiter scoped_lock() noexcept;
  [[nodiscard]] CoroMutexAwaiter lock() noexcept;
  void unlock() noexcept;
};

namespace orm {
class Result {};
class Transaction;
class DbClient {
public:
  virtual ~DbClient();
  Result execSqlSync(const std::string &sql);
  internal::TaskAwaiter<Result> execSqlCoro(const std::string &sql);
  internal::TaskAwaiter<std::shared_ptr<Transaction>> newTransactionCoro();
};
class Transaction : public DbClient {
public:
  virtual void rollback() = 0;
};
template <typename T> class Mapper {
public:
  explicit Mapper(std::shared_ptr<DbClient> client);
  std::vector<T> findAll() noexcept(false);
  template <typename Callback> void findAll(Callback done, Callback failed);
  std::size_t update(const T &obj);
  template <typename Callback>
  void update(const T &obj, Callback done, Callback failed);
};
} // namespace orm
} // namespace drogon

#endif // MOCK_DROGON
