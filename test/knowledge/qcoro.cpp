// RUN: %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes
// RUN: %if qcoro %{ %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes -DREAL -fPIC -isystem%qt -isystem%qt/QtCore -isystem/usr/include/qcoro6 %}
//
// QCoro, and what of Qt its coroutines meet; the same on the real headers.

#ifdef REAL
#include <qcoro/qcorogenerator.h>
#include <qcoro/qcorotask.h>
#include <qcoro/qcorothread.h>
#include <QMutex>
#include <QProcess>
#include <QReadWriteLock>
#include <QSemaphore>
#include <QThreadPool>
#else
#include "qcoro/qcoro.h"
#endif

using QCoro::Task;

Task<> work();

class Connection {
public:
  Connection(Connection &&) noexcept;
  ~Connection();
  Task<int> read();
  Task<> close();
};
Task<Connection> connectTo(const char *host);

Task<int> bad_connection() {
  auto c = co_await connectTo("host");
  // expected-warning@-1 {{'c' of type 'Connection' is destroyed without an awaited 'close()' when a co_await throws}}
  int n = co_await c.read();
  co_await c.close();
  co_return n;
}

Task<> ok_connection() {
  auto c = co_await connectTo("host");
  co_await c.close();
}

QCoro::Generator<int> bad_generator(Connection c) { co_yield 1; }
// expected-warning@-1 {{'c' of type 'Connection' is destroyed without an awaited 'close()'}}

Task<> bad_mutex_locker(QMutex &mutex) {
  QMutexLocker lock(&mutex);
  // expected-warning@-1 {{'lock' of type 'QMutexLocker<QMutex>' still holds its lock where the coroutine suspends}}
  co_await work();
}

Task<> bad_read_locker(QReadWriteLock &mutex) {
  QReadLocker lock(&mutex);
  // expected-warning@-1 {{'lock' of type 'QReadLocker' still holds its lock where the coroutine suspends}}
  co_await work();
}

Task<> ok_unlocked_before(QMutex &mutex) {
  QMutexLocker lock(&mutex);
  lock.unlock();
  co_await work();
}

Task<> bad_relocked(QMutex &mutex) {
  QMutexLocker lock(&mutex);
  // expected-warning@-1 {{'lock' of type 'QMutexLocker<QMutex>' still holds its lock where the coroutine suspends}}
  lock.unlock();
  co_await work();
  lock.relock();
  co_await work();
}

Task<> bad_semaphore_by_hand(QSemaphore &semaphore) {
  if (!semaphore.tryAcquire())
  // expected-warning@-1 {{'semaphore' is acquired and given back by hand and stays acquired when a co_await throws}}
    co_return;
  co_await work();
  semaphore.release();
}

Task<> ok_semaphore_releaser(QSemaphore &semaphore) {
  if (!semaphore.tryAcquire())
    co_return;
  QSemaphoreReleaser releaser(semaphore);
  co_await work();
}

// Moving to another thread throws nothing.
Task<> ok_semaphore_over_move(QSemaphore &semaphore, QThread *thread) {
  if (!semaphore.tryAcquire())
    co_return;
  co_await QCoro::moveToThread(thread);
  semaphore.release();
}

struct BadWaitFor {
  Task<> close();
  ~BadWaitFor() { QCoro::waitFor(close()); }
  // expected-warning@-1 {{destructor of 'BadWaitFor' blocks the thread: 'QCoro::waitFor' waits for the coroutine in a nested event loop}}
};

struct BadThread {
  QThread *thread;
  ~BadThread() {
  // expected-warning@-1 {{destructor of 'BadThread' blocks the thread: 'QThread::wait' waits for the thread to end}}
    thread->quit();
    thread->wait(1000);
  }
};

struct BadPool {
  QThreadPool pool;
  ~BadPool() {}
  // expected-warning@-1 {{destructor of 'BadPool' blocks the thread: the destructor of 'QThreadPool' waits for the pool's runnables}}
};

struct OkKills {
  QProcess *process;
  ~OkKills() {
    process->kill();
    process->waitForFinished(0);
  }
};

struct BadThen {
  Task<> bye();
  ~BadThen() {
    bye().then([] {});
    // expected-warning@-1 {{destructor of 'BadThen' starts a coroutine that uses the object after it is destroyed}}
  }
};

Task<> bad_waits_for_a_thread(QThread *thread) {
  thread->wait(1000);
  // expected-warning@-1 {{coroutine 'bad_waits_for_a_thread' blocks the thread that runs it: 'QThread::wait' waits for the thread to end}}
  co_return;
}

Task<> bad_waits_for_a_semaphore(QSemaphore &semaphore) {
  semaphore.acquire();
  // expected-warning@-1 {{coroutine 'bad_waits_for_a_semaphore' blocks the thread that runs it: 'QSemaphore::acquire' waits for the semaphore}}
  co_return;
}

// It has ended before it is destroyed.
Task<> ok_process() {
  QProcess process;
  co_await work();
}
