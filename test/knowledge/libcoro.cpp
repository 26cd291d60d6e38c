// RUN: %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes -pthread

#include "coro/coro.hpp"
#include <mutex>

using coro::task;
using coro::thread_pool;

std::unique_ptr<thread_pool> pool;
std::unique_ptr<coro::scheduler> loop;
coro::mutex mutex;
coro::event event;
std::mutex threads;
int state;

task<> work();

task<> bad_group_is_not_awaited() {
  coro::task_group group(pool);
  // expected-warning@-1 {{'group' of type 'coro::task_group<coro::thread_pool>' is destroyed without an awaited 'operator co_await()'}}
  group.start(work());
  co_return;
}

task<> bad_group_is_awaited_too_late() {
  coro::task_group group(pool);
  // expected-warning@-1 {{'group' of type 'coro::task_group<coro::thread_pool>' is destroyed without an awaited 'operator co_await()' when a co_await throws}}
  group.start(work());
  co_await work();
  co_await group;
}

task<> ok_group_is_awaited() {
  coro::task_group group(pool);
  group.start(work());
  co_await group;
}

task<> ok_nothing_was_started() {
  coro::task_group group(pool);
  co_await work();
}

task<> bad_client_is_not_shut_down() {
  coro::net::tls::client client(loop);
  // expected-warning@-1 {{'client' of type 'coro::net::tls::client' is destroyed without an awaited 'shutdown()'}}
  if (co_await client.connect() != coro::net::tls::connection_status::connected)
    co_return;
  co_await client.send("hello");
}

task<> bad_accepted_client(coro::net::tls::server &server) {
  auto client = co_await server.accept();
  // expected-warning@-1 {{'client' of type 'coro::net::tls::client' is destroyed without an awaited 'shutdown()' when a co_await throws}}
  co_await client.send("hello");
  co_await client.shutdown();
}

task<> ok_client_is_shut_down() {
  coro::net::tls::client client(loop);
  if (co_await client.connect() != coro::net::tls::connection_status::connected)
    co_return;
  co_await client.shutdown();
}

// Their destructors shut them down.
task<int> ok_queue_and_semaphore() {
  coro::queue<int> queue;
  coro::semaphore<2> semaphore(1);
  co_return co_await queue.pop();
}

task<> ok_scoped_lock() {
  auto lock = co_await mutex.scoped_lock();
  co_await work();
  ++state;
}

task<> ok_adopted() {
  co_await mutex.lock();
  std::lock_guard lock(mutex, std::adopt_lock);
  co_await work();
}

task<> bad_thread_mutex() {
  std::lock_guard lock(threads);
  // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await event;
}

task<> bad_unlocked_by_hand() {
  co_await mutex.lock();
  // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
  co_await work();
  mutex.unlock();
}

// Nothing is thrown by an event.
task<> ok_unlocked_by_hand() {
  co_await mutex.lock();
  co_await event;
  mutex.unlock();
}

task<> bad_shared_mutex(coro::shared_mutex<thread_pool> &shared) {
  co_await shared.lock_shared();
  // expected-warning@-1 {{'shared' is acquired and given back by hand and stays acquired when a co_await throws}}
  co_await work();
  co_await shared.unlock_shared();
}

task<> ok_shared_mutex(coro::shared_mutex<thread_pool> &shared) {
  co_await shared.scoped_lock(work());
}

task<> bad_semaphore(coro::semaphore<2> &semaphore) {
  co_await semaphore.acquire();
  // expected-warning@-1 {{'semaphore' is acquired and given back by hand and stays acquired when a co_await throws}}
  co_await work();
  co_await semaphore.release();
}

task<> bad_lock_is_dropped_at_once() {
  co_await mutex.scoped_lock();
  // expected-warning@-1 {{guard 'coro::scoped_lock' is dropped at the end of this statement and protects nothing}}
  ++state;
}

struct BadSyncWait {
  task<> close();
  ~BadSyncWait() { coro::sync_wait(close()); }
  // expected-warning@-1 {{destructor of 'BadSyncWait' blocks the thread: 'coro::sync_wait' waits for the awaitable}}
};

struct BadShutdown {
  std::unique_ptr<thread_pool> &borrowed;
  ~BadShutdown() { borrowed->shutdown(); }
  // expected-warning@-1 {{destructor of 'BadShutdown' blocks the thread: 'coro::thread_pool::shutdown' waits for the pool's threads}}
};

struct BadProcessesEvents {
  ~BadProcessesEvents() {
  // expected-warning@-1 {{destructor of 'BadProcessesEvents' blocks the thread: 'coro::scheduler::process_events' waits for events}}
    using namespace std::chrono_literals;
    loop->process_events(1s);
  }
};

struct OkLooksForEvents {
  ~OkLooksForEvents() {
    loop->process_events();
    loop->process_events(std::chrono::milliseconds{0});
  }
};

struct BadOwnsPool {
  std::unique_ptr<thread_pool> owned = thread_pool::make_unique();
  ~BadOwnsPool() {}
  // expected-warning@-1 {{destructor of 'BadOwnsPool' blocks the thread that runs the coroutine: the destructor of 'coro::thread_pool' waits for its tasks and joins its threads}}
};

struct OkOwnsQueue {
  coro::queue<int> queue;
  coro::semaphore<1> semaphore{1};
  ~OkOwnsQueue() {}
};

task<> run() {
  OkOwnsQueue queue;
  BadOwnsPool owner;
  co_await work();
}

task<> bad_waits_for_a_task() {
  coro::sync_wait(work());
  // expected-warning@-1 {{coroutine 'bad_waits_for_a_task' blocks the thread that runs it: 'coro::sync_wait' waits for the awaitable}}
  co_return;
}

task<> ok_waits_on_the_pool() {
  co_await pool->spawn_joinable(work());
}

struct BadSpawns {
  task<> bye();
  ~BadSpawns() { pool->spawn_detached(bye()); }
  // expected-warning@-1 {{destructor of 'BadSpawns' starts a coroutine that uses the object after it is destroyed}}
};

struct OkSpawns {
  static task<> bye(int id);
  int id;
  ~OkSpawns() { pool->spawn_detached(bye(id)); }
};
