// RUN: %check blocking-call %s --no-notes -pthread
//
// How coroutines of the libraries reach what blocks: through calls, virtual
// ones too, through what dies in them, and by which arguments.

#include "coro/coro.hpp"
#include "cppcoro/io_service.hpp"
#include "cppcoro/static_thread_pool.hpp"
#include "cppcoro/sync_wait.hpp"
#include "cppcoro/task.hpp"
#include "folly/coro/BlockingWait.h"
#include "folly/coro/Task.h"
#include "folly/executors/CPUThreadPoolExecutor.h"
#include "folly/futures/Future.h"
#include "folly/synchronization/Baton.h"
#include "own/task.h"
#include "qcoro/qcoro.h"
#include "seastar/core/coroutine.hh"
#include <fstream>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

struct journal {
  virtual ~journal() = default;
  virtual void flush() = 0;
};

namespace on_folly {
using folly::coro::Task;
Task<int> read();

int read_now() { return folly::coro::blockingWait(read()); }
struct cache {
  int get() { return read_now(); }
};
Task<> bad_through_calls(cache &c) {
  (void)c.get();
  // expected-warning@-1 {{coroutine 'bad_through_calls' blocks the thread that runs it: 'folly::coro::blockingWait' waits for the awaitable}}
  co_return;
}

struct store : journal {
  folly::Baton<> done;
  void flush() override { done.wait(); }
};
Task<> bad_virtual(journal &j) {
  j.flush();
  // expected-warning@-1 {{coroutine 'bad_virtual' blocks the thread that runs it: 'folly::Baton::wait' waits for the baton}}
  co_return;
}

Task<> bad_pool_dies() {
  folly::CPUThreadPoolExecutor pool(2);
  // expected-warning@-1 {{coroutine 'bad_pool_dies' blocks the thread that runs it: the destructor of 'folly::CPUThreadPoolExecutor' stops the pool and waits for its threads}}
  co_await read();
}
Task<> bad_last_owner_of_a_pool() {
  auto pool = std::make_shared<folly::CPUThreadPoolExecutor>(2);
  // expected-warning@-1 {{coroutine 'bad_last_owner_of_a_pool' blocks the thread that runs it: the destructor of 'folly::CPUThreadPoolExecutor' stops the pool and waits for its threads}}
  co_await read();
}
Task<> ok_pool_is_kept(std::shared_ptr<folly::CPUThreadPoolExecutor> &kept) {
  auto pool = std::make_shared<folly::CPUThreadPoolExecutor>(2);
  kept = pool;
  co_await read();
}

Task<> bad_waits_a_while(folly::Baton<> &baton) {
  (void)baton.try_wait_for(1s);
  // expected-warning@-1 {{coroutine 'bad_waits_a_while' blocks the thread that runs it: 'folly::Baton::try_wait_for' waits for the baton}}
  co_return;
}
Task<> ok_looks(folly::Baton<> &baton) {
  (void)baton.try_wait_for(0s);
  (void)baton.try_wait();
  co_return;
}
} // namespace on_folly

namespace on_seastar {
using seastar::future;
future<> pause();

void join_all(std::vector<std::thread> &all) {
  for (std::thread &t : all)
    t.join();
}
future<> bad_through_calls(std::vector<std::thread> &all) {
  co_await pause();
  join_all(all);
  // expected-warning@-1 {{coroutine 'bad_through_calls' blocks the thread that runs it: 'std::thread::join' waits for the thread to end}}
}

struct waiting_store {
  virtual ~waiting_store() = default;
  virtual void flush(std::future<void> &f) { f.wait(); }
};
future<> bad_virtual(waiting_store &s, std::future<void> &f) {
  s.flush(f);
  // expected-warning@-1 {{coroutine 'bad_virtual' blocks the thread that runs it: 'std::future::wait' waits for the result}}
  co_return;
}

future<> bad_jthread() {
  std::jthread t([] {});
  // expected-warning@-1 {{coroutine 'bad_jthread' blocks the thread that runs it: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
  co_await pause();
}
future<> bad_async_dropped() {
  (void)std::async(std::launch::async, [] {});
  // expected-warning@-1 {{coroutine 'bad_async_dropped' blocks the thread that runs it: the destructor of 'std::future' waits for the task that std::async started}}
  co_await pause();
}
future<> bad_async_in_a_local() {
  auto result = std::async(std::launch::async, [] {});
  // expected-warning@-1 {{coroutine 'bad_async_in_a_local' blocks the thread that runs it: the destructor of 'std::future' waits for the task that std::async started}}
  co_await pause();
}
future<> ok_deferred() {
  auto result = std::async(std::launch::deferred, [] {});
  co_await pause();
}
future<> bad_last_owner() {
  auto t = std::make_shared<std::jthread>([] {});
  // expected-warning@-1 {{coroutine 'bad_last_owner' blocks the thread that runs it: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
  co_await pause();
}
future<> ok_looks(std::future<int> &f) {
  if (f.wait_for(0ms) == std::future_status::ready)
    (void)f.get();
  co_await pause();
}
} // namespace on_seastar

namespace on_cppcoro {
using cppcoro::task;
task<int> read();

struct client {
  int ask() { return helper(); }
  int helper() {
    cppcoro::sync_wait(read());
    return 0;
  }
};
task<> bad_through_calls(client &c) {
  (void)c.ask();
  // expected-warning@-1 {{coroutine 'bad_through_calls' blocks the thread that runs it: 'cppcoro::sync_wait' waits for the awaitable}}
  co_return;
}

struct loop_runner {
  virtual ~loop_runner() = default;
  virtual void go() = 0;
};
struct io_runner : loop_runner {
  cppcoro::io_service service;
  void go() override { service.process_events(); }
};
task<> bad_virtual(loop_runner &r) {
  co_await read();
  r.go();
  // expected-warning@-1 {{coroutine 'bad_virtual' blocks the thread that runs it: 'cppcoro::io_service::process_events' runs the event loop until it is stopped}}
}

task<> bad_pool_dies() {
  cppcoro::static_thread_pool pool;
  // expected-warning@-1 {{coroutine 'bad_pool_dies' blocks the thread that runs it: the destructor of 'cppcoro::static_thread_pool' waits for the pool's threads}}
  co_await read();
}
task<> bad_owned_pool_dies() {
  auto pool = std::make_unique<cppcoro::static_thread_pool>();
  // expected-warning@-1 {{coroutine 'bad_owned_pool_dies' blocks the thread that runs it: the destructor of 'cppcoro::static_thread_pool' waits for the pool's threads}}
  co_await read();
}
task<> ok_pool_of_others(cppcoro::static_thread_pool &pool) {
  cppcoro::static_thread_pool *same = &pool;
  (void)same;
  co_await read();
}
} // namespace on_cppcoro

namespace on_libcoro {
using coro::task;
task<> pause();

void stop(coro::thread_pool &pool) { pool.shutdown(); }
task<> bad_through_calls(coro::thread_pool &pool) {
  stop(pool);
  // expected-warning@-1 {{coroutine 'bad_through_calls' blocks the thread that runs it: 'coro::thread_pool::shutdown' waits for the pool's threads}}
  co_await pause();
}
task<> bad_processes_for_a_while(coro::scheduler &s) {
  s.process_events(100ms);
  // expected-warning@-1 {{coroutine 'bad_processes_for_a_while' blocks the thread that runs it: 'coro::scheduler::process_events' waits for events}}
  co_await pause();
}
task<> ok_processes_what_is_there(coro::scheduler &s) {
  s.process_events();
  s.process_events(0ms);
  co_await pause();
}
task<> bad_owned_pool_dies() {
  auto pool = coro::thread_pool::make_unique();
  // expected-warning@-1 {{coroutine 'bad_owned_pool_dies' blocks the thread that runs it: the destructor of 'coro::thread_pool' waits for its tasks and joins its threads}}
  co_await pause();
}
} // namespace on_libcoro

namespace on_qcoro {
using QCoro::Task;
Task<> pause();

void finish(QProcess &p) { p.waitForFinished(); }
Task<> bad_through_calls(QProcess &p) {
  finish(p);
  // expected-warning@-1 {{coroutine 'bad_through_calls' blocks the thread that runs it: 'QProcess::waitForFinished' waits for the process}}
  co_await pause();
}
Task<> bad_waits_for(QProcess &p) {
  p.waitForFinished(1000);
  // expected-warning@-1 {{coroutine 'bad_waits_for' blocks the thread that runs it: 'QProcess::waitForFinished' waits for the process}}
  co_await pause();
}
Task<> ok_looks(QProcess &p, QSemaphore &s) {
  (void)p.waitForFinished(0);
  (void)s.tryAcquire();
  co_await pause();
}
Task<> bad_acquires(QSemaphore &s) {
  s.acquire();
  // expected-warning@-1 {{coroutine 'bad_acquires' blocks the thread that runs it: 'QSemaphore::acquire' waits for the semaphore}}
  co_await pause();
}
} // namespace on_qcoro

namespace on_own {
using own::task;
task<> work();

// Its destructor joins: codrop-blocking-destructor says so.
struct worker {
  std::thread thread;
  ~worker() { thread.join(); }
};
task<> ok_local_of_own_class() {
  worker w;
  co_await work();
}

void replace(std::unique_ptr<worker> &w) { w = nullptr; }
task<> owner_lets_go_FN(std::unique_ptr<worker> &w) {
  replace(w);
  co_await work();
}
} // namespace on_own

} // namespace

// --- Logging -----------------------------------------------------------------

/// Opens its file with the first line and when it is full. Whether a program
/// logs from the threads of its event loops is decided once.
class file_logger {
public:
  file_logger &operator<<(const char *text) {
    if (!file_.is_open())
      file_.open("service.log");
    file_ << text;
    return *this;
  }

private:
  std::ofstream file_;
};
file_logger &logger();
inline void log_line(const char *text) {
  std::ofstream("service.log") << text;
}
inline void append_to_dialog(const char *text) {
  std::ofstream("dialog.txt") << text;
}

own::task<> ok_logs() {
  logger() << "started";
  log_line("still there");
  co_return;
}
/// Not what happens is written here, but what the program lives on.
class write_ahead_log {
public:
  void append(const char *entry) { std::ofstream("wal") << entry; }
};
own::task<> bad_write_ahead_log(write_ahead_log &wal) {
  wal.append("entry");
  // expected-warning@-1 {{coroutine 'bad_write_ahead_log' blocks the thread that runs it: 'std::basic_ofstream::basic_ofstream' opens a file synchronously}}
  co_return;
}
own::task<> bad_writes_a_file() {
  append_to_dialog("hello");
  // expected-warning@-1 {{coroutine 'bad_writes_a_file' blocks the thread that runs it: 'std::basic_ofstream::basic_ofstream' opens a file synchronously}}
  co_return;
}
