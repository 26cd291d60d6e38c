// RUN: %check unclosed-member %s -Werror=return-type --no-notes
//
// Scopes and connections of Folly, cppcoro, libcoro, async_simple and QCoro as
// members.

#include "async_simple/coro.h"
#include "coro/coro.hpp"
#include "cppcoro/async_scope.hpp"
#include "cppcoro/task.hpp"
#include "exec/exec.hpp"
#include "folly/coro/AsyncScope.h"
#include "folly/coro/Collect.h"
#include "folly/coro/Task.h"
#include "folly/futures/Future.h"
#include "qcoro/qcoro.h"
#include <map>
#include <memory>
#include <optional>
#include <vector>

// --- Folly -------------------------------------------------------------------

namespace with_folly {
using folly::coro::AsyncScope;
using folly::coro::CancellableAsyncScope;
using folly::coro::Task;

Task<void> work();

class Connection {
public:
  Connection(Connection &&) noexcept;
  ~Connection();
  static Task<Connection> connect();
  Task<void> send(int);
  Task<void> close();
};

class BadServer {
public:
  void accept() { scope_.add(work()); }

private:
  AsyncScope scope_; // expected-warning {{'BadServer' owns 'scope_' of type 'folly::coro::AsyncScope', which needs an awaited 'joinAsync()', and closes it nowhere}}
};

class BadOnlyCancels {
public:
  void accept() { scope_.add(work()); }
  void stop() { scope_.requestCancellation(); }

private:
  CancellableAsyncScope scope_; // expected-warning {{'BadOnlyCancels' owns 'scope_' of type 'folly::coro::CancellableAsyncScope'}}
};

class OkNeverAdded {
public:
  Task<void> run() { co_await work(); }

private:
  AsyncScope scope_;
};

class OkCleanup {
public:
  void accept() { scope_.add(work()); }
  Task<void> stop() { co_await scope_.cleanup(); }

private:
  AsyncScope scope_;
};

class BadForgetsScope {
public:
  void accept() { scope_.add(work()); }
  Task<void> close() { co_await conn_.close(); } // expected-warning {{'close()' of 'BadForgetsScope' forgets 'scope_'}}

private:
  Connection conn_;
  AsyncScope scope_;
};

class BadCloseFirst {
public:
  void accept() { scope_.add(work()); }
  Task<void> close() {
    co_await conn_.close(); // expected-warning {{'close()' of 'BadCloseFirst' leaves 'scope_' open when this co_await throws}}
    co_await scope_.cancelAndJoinAsync();
  }

private:
  Connection conn_;
  CancellableAsyncScope scope_;
};

class OkTried {
public:
  void accept() { scope_.add(work()); }
  Task<void> close() {
    auto closed = co_await folly::coro::co_awaitTry(conn_.close());
    co_await scope_.cancelAndJoinAsync();
  }

private:
  Connection conn_;
  CancellableAsyncScope scope_;
};

class OkCollected {
public:
  void accept() { scope_.add(work()); }
  Task<void> close() {
    co_await folly::coro::collectAll(conn_.close(), scope_.joinAsync());
  }

private:
  Connection conn_;
  AsyncScope scope_;
};

class OkCollectedRange {
public:
  Task<void> close() {
    std::vector<Task<void>> closes;
    for (auto &c : conns_)
      closes.push_back(c.close());
    co_await folly::coro::collectAllRange(std::move(closes));
  }

private:
  std::vector<Connection> conns_;
};
} // namespace with_folly

// --- cppcoro -----------------------------------------------------------------

namespace with_cppcoro {
using cppcoro::async_scope;
using cppcoro::task;

task<> work();

class file {
public:
  file(file &&) noexcept;
  ~file();
  task<int> read();
  task<> flush();
  task<> close();
};

class BadListener {
public:
  void accept() { scope_.spawn(work()); }

private:
  async_scope scope_; // expected-warning {{'BadListener' owns 'scope_' of type 'cppcoro::async_scope', which needs an awaited 'join()', and closes it nowhere}}
};

class BadForgetsFile {
public:
  task<> stop() { co_await scope_.join(); } // expected-warning {{'stop()' of 'BadForgetsFile' forgets 'file_' of type 'with_cppcoro::file'}}

private:
  async_scope scope_;
  file file_;
};

class BadFlush {
public:
  task<> close() {
    co_await scope_.join();
    co_await file_.flush(); // expected-warning {{'close()' of 'BadFlush' leaves 'file_' open when this co_await throws}}
    co_await file_.close();
  }

private:
  async_scope scope_;
  file file_;
};

// Joining it does not throw.
class OkJoinsFirst {
public:
  task<> stop() {
    co_await scope_.join();
    co_await file_.close();
  }

private:
  async_scope scope_;
  file file_;
};

class BadFiles {
public:
  task<> close() {
    for (auto &[name, f] : files_)
      co_await f.close(); // expected-warning {{'close()' of 'BadFiles' leaves the other elements of 'files_' open}}
  }

private:
  std::map<int, file> files_;
};

class OkFiles {
public:
  task<> close() {
    std::exception_ptr error;
    for (auto &[name, f] : files_)
      try {
        co_await f.close();
      } catch (...) {
        error = std::current_exception();
      }
    if (error)
      std::rethrow_exception(error);
  }

private:
  std::map<int, file> files_;
};
} // namespace with_cppcoro

// --- libcoro -----------------------------------------------------------------

namespace with_libcoro {
using coro::task;
using group = coro::task_group<coro::thread_pool>;
task<void> work();

class BadPool {
public:
  explicit BadPool(coro::thread_pool *p) : group_(p) {}
  void add() { group_.start(work()); }

private:
  group group_; // expected-warning {{'BadPool' owns 'group_'}}
};

class OkPool {
public:
  explicit OkPool(coro::thread_pool *p) : group_(p) {}
  void add() { group_.start(work()); }
  task<void> wait() { co_await group_; }

private:
  group group_;
};

class BadTls {
public:
  task<void> start() { co_await client_->connect(); }

private:
  std::unique_ptr<coro::net::tls::client> client_; // expected-warning {{'BadTls' owns 'client_' of type 'coro::net::tls::client', which needs an awaited 'shutdown()'}}
};

class BadTwoTls {
public:
  task<void> shutdown() {
    co_await first_->shutdown(); // expected-warning {{leaves 'second_' open when this co_await throws}}
    co_await second_->shutdown();
  }

private:
  std::unique_ptr<coro::net::tls::client> first_, second_;
};

class OkTls {
public:
  task<void> shutdown() { co_await client_->shutdown(); }

private:
  std::unique_ptr<coro::net::tls::client> client_;
};
} // namespace with_libcoro

// --- stdexec -----------------------------------------------------------------

namespace with_exec {
exec::task<void> work();

class BadScope {
public:
  void add() { scope_.spawn(work()); }

private:
  exec::async_scope scope_; // expected-warning {{'BadScope' owns 'scope_'}}
};

class OkScope {
public:
  void add() { scope_.spawn(work()); }
  exec::task<void> stop() { co_await scope_.on_empty(); }

private:
  exec::async_scope scope_;
};
} // namespace with_exec

// --- async_simple: types of one's own over its tasks -------------------------

namespace with_async_simple {
using async_simple::coro::Lazy;

class Client {
public:
  Client(Client &&) noexcept;
  ~Client();
  Lazy<int> call(int);
  Lazy<> close();
};

class BadStub {
public:
  Lazy<int> call() { return client_.call(1); }

private:
  Client client_; // expected-warning {{'BadStub' owns 'client_' of type 'with_async_simple::Client'}}
};

class BadPair {
public:
  Lazy<> close() {
    co_await in_.close(); // expected-warning {{leaves 'out_' open when this co_await throws}}
    co_await out_.close();
  }

private:
  Client in_, out_;
};

class OkPair {
public:
  Lazy<> close() {
    auto in = co_await in_.close().coAwaitTry();
    co_await out_.close();
  }

private:
  Client in_, out_;
};
} // namespace with_async_simple

// --- QCoro -------------------------------------------------------------------

namespace with_qcoro {
class Session {
public:
  Session(Session &&) noexcept;
  ~Session();
  QCoro::Task<> send(int);
  QCoro::Task<> disconnect();
};

class BadWindow {
public:
  QCoro::Task<> save() { co_await session_->send(1); }

private:
  std::unique_ptr<Session> session_; // expected-warning {{'BadWindow' owns 'session_' of type 'with_qcoro::Session', which needs an awaited 'disconnect()'}}
};

class BadForgets {
public:
  QCoro::Task<> close() { co_await one_.disconnect(); } // expected-warning {{'close()' of 'BadForgets' forgets 'two_'}}

private:
  Session one_, two_;
};

class OkWindow {
public:
  QCoro::Task<> close() {
    if (session_)
      co_await session_->disconnect();
  }

private:
  std::optional<Session> session_;
};
} // namespace with_qcoro
