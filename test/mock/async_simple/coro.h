// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_ASYNC_SIMPLE_CORO
#define MOCK_ASYNC_SIMPLE_CORO

#include <coroutine>
#include <cstddef>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace async_simple {

class Executor {
public:
  virtual ~Executor() {}
};
struct CurrentExecutor {};

template <typename T> class Try {
public:
  bool hasError() const;
  T &value();
};
template <> class Try<void> {
public:
  bool hasError() const;
};

template <typename T> class Future {
public:
  Future(Future &&);
  ~Future();
  T get() &&;
  void wait();
};

class SignalException : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

namespace coro {
template <typename T = void> class Lazy;
template <typename T = void> class RescheduleLazy;

template <typename T> struct ReadyAwaiter {
  T value;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  T await_resume() noexcept { return value; }
};

namespace detail {
struct DetachedCoroutine {
  struct promise_type {
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { throw; }
    DetachedCoroutine get_return_object() noexcept { return {}; }
  };
};

struct LazyPromiseBase {
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept {}
  template <typename Awaitable>
  decltype(auto) await_transform(Awaitable &&awaitable) {
    if constexpr (requires { awaitable.operator co_await(); })
      return awaitable.operator co_await();
    else
      return static_cast<Awaitable &&>(awaitable);
  }
  ReadyAwaiter<Executor *> await_transform(CurrentExecutor) { return {}; }
};
template <typename T> struct LazyPromise : LazyPromiseBase {
  T *_value = nullptr;
  Lazy<T> get_return_object() noexcept;
  template <typename V> void return_value(V &&) {}
  T result() { return static_cast<T &&>(*_value); }
};
template <> struct LazyPromise<void> : LazyPromiseBase {
  Lazy<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void result() {}
};

template <typename T> class LazyBase {
public:
  using promise_type = LazyPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;
  explicit LazyBase(Handle coro) noexcept : _coro(coro) {}
  LazyBase(LazyBase &&other) noexcept
      : _coro(std::exchange(other._coro, nullptr)) {}
  ~LazyBase() {
    if (_coro)
      _coro.destroy();
  }
  struct ValueAwaiter {
    Handle _handle;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
      return _handle;
    }
    T await_resume() { return _handle.promise().result(); }
  };
  struct TryAwaiter {
    Handle _handle;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
      return _handle;
    }
    Try<T> await_resume() noexcept { return {}; }
  };
  auto operator co_await() { return ValueAwaiter{_coro}; }
  auto coAwaitTry() { return TryAwaiter{_coro}; }
  template <typename F> void start(F &&callback);

protected:
  Handle _coro;
};
} // namespace detail

template <typename T> class [[nodiscard]] Lazy : public detail::LazyBase<T> {
public:
  using Base = detail::LazyBase<T>;
  using Base::Base;
  using Base::start;
  RescheduleLazy<T> via(Executor *ex) &&;
  template <typename F> void directlyStart(F &&callback, Executor *executor);
};

template <typename T>
class [[nodiscard]] RescheduleLazy : public detail::LazyBase<T> {
public:
  using Base = detail::LazyBase<T>;
  using Base::Base;
  void detach();
};

template <typename T>
Lazy<T> detail::LazyPromise<T>::get_return_object() noexcept {
  return Lazy<T>(std::coroutine_handle<LazyPromise>::from_promise(*this));
}
inline Lazy<void> detail::LazyPromise<void>::get_return_object() noexcept {
  return Lazy<void>(std::coroutine_handle<LazyPromise>::from_promise(*this));
}

template <typename LazyType> auto syncAwait(LazyType &&lazy) {}

class Mutex {
  struct LockAwaiter {
    bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) noexcept { return true; }
    void await_resume() noexcept {}
  };
  struct ScopedLockAwaiter : LockAwaiter {
    Mutex &_mutex;
    explicit ScopedLockAwaiter(Mutex &mutex) : _mutex(mutex) {}
    [[nodiscard]] std::unique_lock<Mutex> await_resume() noexcept {
      return std::unique_lock<Mutex>{_mutex, std::adopt_lock};
    }
  };

public:
  bool tryLock() noexcept;
  [[nodiscard]] LockAwaiter coLock() noexcept;
  [[nodiscard]] ScopedLockAwaiter coScopedLock() noexcept;
  void unlock() noexcept;
};

class SpinLock {
public:
  bool tryLock() noexcept;
  Lazy<> coLock();
  void lock() noexcept;
  void unlock() noexcept;
  [[nodiscard]] Lazy<std::unique_lock<SpinLock>> coScopedLock();
};

class ScopedSpinLock {
public:
  explicit ScopedSpinLock(SpinLock &lock);
  ~ScopedSpinLock();
};

template <typename Lock> class SharedMutexBase {
public:
  Lazy<> coLock() noexcept;
  bool tryLock() noexcept;
  Lazy<void> unlock() noexcept;
  Lazy<void> coLockShared();
  bool tryLockShared();
  Lazy<void> unlockShared();
};
struct SharedMutex : SharedMutexBase<SpinLock> {};

template <std::size_t LeastMaxValue = 1> class CountingSemaphore {
public:
  explicit CountingSemaphore(std::size_t desired);
  Lazy<void> acquire() noexcept;
  Lazy<void> release(std::size_t update = 1) noexcept;
};
} // namespace coro

namespace util {
class ThreadPool {
public:
  explicit ThreadPool(std::size_t threadNum = 1);
  ~ThreadPool();
};
} // namespace util

namespace executors {
class SimpleExecutor : public Executor {
public:
  explicit SimpleExecutor(std::size_t threadNum);
  ~SimpleExecutor();
};
} // namespace executors

} // namespace async_simple

#endif // MOCK_ASYNC_SIMPLE_CORO
