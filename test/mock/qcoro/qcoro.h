// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock of QCoro, and of what of Qt a test uses: names and meaning only, see
// test/mock/README.md.

#ifndef MOCK_QCORO
#define MOCK_QCORO

#include <coroutine>

class QMutex {
public:
  void lock();
  void unlock();
  bool tryLock(int timeout = 0);
};
template <typename Mutex> class QMutexLocker {
public:
  explicit QMutexLocker(Mutex *mutex);
  ~QMutexLocker();
  void unlock();
  void relock();
};
class QReadWriteLock {
public:
  void lockForRead();
  void unlock();
};
class QReadLocker {
public:
  QReadLocker(QReadWriteLock *lock);
  ~QReadLocker();
  void unlock();
};
class QSemaphore {
public:
  explicit QSemaphore(int n = 0);
  void acquire(int n = 1);
  bool tryAcquire(int n = 1);
  void release(int n = 1);
};
class QSemaphoreReleaser {
public:
  explicit QSemaphoreReleaser(QSemaphore &sem, int n = 1);
  ~QSemaphoreReleaser();
};
class QIODevice {
public:
  enum OpenModeFlag { ReadOnly = 1, WriteOnly = 2, ReadWrite = 3, Append = 4 };
  virtual ~QIODevice();
  virtual bool open(OpenModeFlag mode);
  virtual void close();
  long long write(const char *data);
};
class QFileDevice : public QIODevice {};
class QFile : public QFileDevice {
public:
  explicit QFile(const char *name);
  bool open(OpenModeFlag mode) override;
};
class QSaveFile : public QFileDevice {
public:
  explicit QSaveFile(const char *name);
  bool open(OpenModeFlag mode) override;
  bool commit();
};
class QThread {
public:
  void quit();
  bool wait(unsigned long time);
};
class QProcess {
public:
  virtual ~QProcess();
  void kill();
  bool waitForFinished(int msecs = 30000);
};
class QThreadPool {
public:
  ~QThreadPool();
};

class QObject {
public:
  virtual ~QObject();
};

namespace QCoro {
template <typename T = void> class Task;

namespace detail {
template <typename T> struct TaskPromise {
  Task<T> get_return_object() noexcept;
  std::suspend_never initial_suspend() const noexcept { return {}; }
  std::suspend_always final_suspend() const noexcept { return {}; }
  void unhandled_exception() {}
  template <typename U> void return_value(U &&) noexcept {}
};
template <> struct TaskPromise<void> {
  Task<void> get_return_object() noexcept;
  std::suspend_never initial_suspend() const noexcept { return {}; }
  std::suspend_always final_suspend() const noexcept { return {}; }
  void unhandled_exception() {}
  void return_void() noexcept {}
};
template <typename T> struct TaskAwaiter {
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  T await_resume();
};
} // namespace detail

template <typename T> class Task {
public:
  using promise_type = detail::TaskPromise<T>;
  explicit Task() noexcept = default;
  Task(Task &&other) noexcept;
  virtual ~Task();
  detail::TaskAwaiter<T> operator co_await() const noexcept;
  template <typename Callback> Task<> then(Callback &&callback);
};

template <typename T> class Generator {
public:
  struct promise_type {
    Generator get_return_object() noexcept;
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(T) { return {}; }
    void unhandled_exception() {}
    void return_void() noexcept {}
  };
  Generator(Generator &&) noexcept;
  ~Generator();
};

class ThreadContext {
public:
  ~ThreadContext();
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  void await_resume() noexcept;
};
ThreadContext moveToThread(QThread *thread);

template <typename T> T waitFor(Task<T> &&task);
template <typename T, typename Callback>
void connect(Task<T> &&task, QObject *context, Callback &&callback);
} // namespace QCoro

#endif // MOCK_QCORO
