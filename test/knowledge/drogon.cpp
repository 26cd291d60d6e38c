// RUN: %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes

#include "drogon/drogon.h"
#include <mutex>

using drogon::AsyncTask;
using drogon::Task;

drogon::Mutex mutex;
std::mutex threads;
trantor::EventLoop *loop;
std::shared_ptr<drogon::orm::DbClient> db;
int state;

Task<> work();

class Connection {
public:
  Connection(Connection &&) noexcept;
  ~Connection();
  Task<int> read();
  Task<> close();
};
Task<Connection> connect(const char *host);

Task<int> bad_connection() {
  auto c = co_await connect("host");
  // expected-warning@-1 {{'c' of type 'Connection' is destroyed without an awaited 'close()' when a co_await throws}}
  int n = co_await c.read();
  co_await c.close();
  co_return n;
}

Task<> ok_sleeps_before_close() {
  auto c = co_await connect("host");
  co_await drogon::sleepCoro(loop, 1);
  co_await c.close();
}

Task<> ok_scoped_lock() {
  auto lock = co_await mutex.scoped_lock();
  co_await work();
}

Task<> bad_lock_is_dropped_at_once() {
  co_await mutex.scoped_lock();
  // expected-warning@-1 {{guard 'std::unique_lock<drogon::Mutex>' is dropped at the end of this statement and protects nothing}}
  ++state;
}

Task<> bad_unlocked_by_hand() {
  co_await mutex.lock();
  // expected-warning@-1 {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
  co_await work();
  mutex.unlock();
}

Task<> ok_unlocked_by_hand() {
  co_await mutex.lock();
  co_await drogon::sleepCoro(loop, 1);
  mutex.unlock();
}

AsyncTask bad_thread_mutex() {
  std::lock_guard lock(threads);
  // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await work();
}

struct BadSyncWait {
  Task<> close();
  ~BadSyncWait() { drogon::sync_wait(close()); }
  // expected-warning@-1 {{destructor of 'BadSyncWait' blocks the thread: 'drogon::sync_wait' waits for the awaitable}}
};

struct BadSql {
  ~BadSql() { db->execSqlSync("delete from sessions"); }
  // expected-warning@-1 {{destructor of 'BadSql' blocks the thread: 'drogon::orm::DbClient::execSqlSync' waits for the database}}
};

struct BadMapper {
  drogon::orm::Mapper<int> mapper{db};
  ~BadMapper() { mapper.update(1); }
  // expected-warning@-1 {{destructor of 'BadMapper' blocks the thread: 'drogon::orm::Mapper::update' waits for the database}}
};

struct BadEventLoop {
  trantor::EventLoopThread thread;
  ~BadEventLoop() {}
  // expected-warning@-1 {{destructor of 'BadEventLoop' blocks the thread: the destructor of 'trantor::EventLoopThread' quits its event loop and joins the thread}}
};

struct OkCallback {
  drogon::orm::Mapper<int> mapper{db};
  ~OkCallback() {
    void (*done)() = [] {};
    mapper.update(1, done, done);
    mapper.findAll(done, done);
  }
};

struct OkRuns {
  ~OkRuns() {
    drogon::async_run([]() -> Task<> { co_await work(); });
  }
};

struct BadRuns {
  Task<> bye();
  ~BadRuns() {
    drogon::async_run([this]() -> Task<> { co_await bye(); });
    // expected-warning@-1 {{destructor of 'BadRuns' starts a coroutine that uses the object after it is destroyed}}
  }
};

Task<> bad_waits_for_the_database() {
  db->execSqlSync("select 1");
  // expected-warning@-1 {{coroutine 'bad_waits_for_the_database' blocks the thread that runs it: 'drogon::orm::DbClient::execSqlSync' waits for the database}}
  co_return;
}
