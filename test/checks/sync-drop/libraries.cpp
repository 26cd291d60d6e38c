// RUN: %check sync-drop %s -Werror=return-type --no-notes
//
// Resources of Seastar, Folly, cppcoro, libcoro, async_simple and QCoro that
// synchronous code destroys.

#include "async_simple/coro.h"
#include "coro/coro.hpp"
#include "cppcoro/async_scope.hpp"
#include "cppcoro/task.hpp"
#include "exec/exec.hpp"
#include "folly/coro/AsyncScope.h"
#include "folly/coro/Task.h"
#include "qcoro/qcoro.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/iostream.hh"
#include "seastar/core/sharded.hh"
#include "seastar/http/client.hh"
#include "seastar/util/closeable.hh"
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

// --- Seastar -----------------------------------------------------------------

namespace with_seastar {
using seastar::future;
using seastar::input_stream;
using seastar::output_stream;

class service {
public:
  void bad_forget() { _out.reset(); } // expected-warning {{'_out' of type 'seastar::output_stream<char>' is dropped without an awaited 'close()'}}
  void bad_forget_all() { _outs.clear(); } // expected-warning {{elements of '_outs' of type 'seastar::output_stream<char>' are dropped}}
  void bad_erase(int id) { _clients.erase(id); } // expected-warning {{elements of '_clients' of type 'seastar::http::client' are dropped}}
  void bad_gate() { _gate = nullptr; } // expected-warning {{'_gate' of type 'seastar::gate' is dropped}}
  void bad_shards() { _shards.reset(); } // expected-warning {{'_shards' of type 'seastar::sharded<int>' is dropped without an awaited 'stop()'}}
  void bad_in_continuation() {
    (void)_source.get().then([this](seastar::temporary_buffer<char>) { _in = std::nullopt; }); // expected-warning {{'_in' of type 'seastar::input_stream<char>' is dropped}}
  }

  future<> ok_closed_then() {
    return _out->close().then([this] { _out.reset(); });
  }
  future<> ok_closed_finally() {
    return _out->close().finally([this] { _out = nullptr; });
  }
  future<> ok_awaited() {
    co_await _shards->stop();
    _shards.reset();
  }
  future<> ok_all() {
    for (auto &out : _outs)
      co_await out.close();
    _outs.clear();
  }
  void ok_deferred() {
    auto close = seastar::deferred_close(*_out);
    _out.reset();
  }

private:
  std::unique_ptr<output_stream<char>> _out;
  std::optional<input_stream<char>> _in;
  std::vector<output_stream<char>> _outs;
  std::unordered_map<int, seastar::http::client> _clients;
  std::unique_ptr<seastar::gate> _gate;
  std::unique_ptr<seastar::sharded<int>> _shards;
  seastar::data_source _source;
};

void bad_takes(output_stream<char> out) { (void)out.flush(); } // expected-warning {{'bad_takes' takes 'out' of type 'seastar::output_stream<char>' by value and lets it die}}
future<> bad_takes_future(input_stream<char> in) { return in.skip(1); } // expected-warning {{'bad_takes_future' takes 'in'}}
future<> ok_takes(output_stream<char> out) {
  return seastar::with_closeable(std::move(out), [](auto &o) { return o.flush(); });
}
future<> ok_kept(output_stream<char> out) {
  auto p = std::make_unique<output_stream<char>>(std::move(out));
  auto &o = *p;
  return o.close().finally([p = std::move(p)] {});
}
seastar::data_sink ok_detached(output_stream<char> out) {
  return std::move(out).detach();
}
} // namespace with_seastar

// --- Folly -------------------------------------------------------------------

namespace with_folly {
using folly::coro::AsyncScope;
using folly::coro::CancellableAsyncScope;
using folly::coro::Task;

class Server {
public:
  void restart_FN() { scope_ = std::make_unique<AsyncScope>(); }
  void bad_stop() {
    scope_.reset(); // expected-warning {{'scope_' of type 'folly::coro::AsyncScope' is dropped without an awaited 'joinAsync()'}}
  }
  void bad_only_cancelled() {
    cancellable_->requestCancellation();
    cancellable_.reset(); // expected-warning {{'cancellable_' of type 'folly::coro::CancellableAsyncScope' is dropped}}
  }
  void bad_exchanged() { (void)std::exchange(scope_, nullptr); } // expected-warning {{'scope_'}}
  Task<void> ok_joined() {
    co_await scope_->joinAsync();
    scope_.reset();
  }
  Task<void> ok_cancelled() {
    co_await cancellable_->cancelAndJoinAsync();
    cancellable_ = nullptr;
  }
  void ok_given_back(std::vector<std::unique_ptr<AsyncScope>> &to) {
    to.push_back(std::exchange(scope_, nullptr));
  }

private:
  std::unique_ptr<AsyncScope> scope_;
  std::unique_ptr<CancellableAsyncScope> cancellable_;
};

void bad_takes(std::unique_ptr<AsyncScope> scope) {} // expected-warning {{'bad_takes' takes 'scope' of type 'folly::coro::AsyncScope' by value}}
Task<void> ok_takes(std::unique_ptr<AsyncScope> scope) {
  co_await scope->joinAsync();
}
} // namespace with_folly

// --- cppcoro -----------------------------------------------------------------

namespace with_cppcoro {
using cppcoro::async_scope;
using cppcoro::task;

class file {
public:
  file();
  file(file &&) noexcept;
  file &operator=(file &&) noexcept;
  ~file();
  task<> write(int);
  task<> close();
};

struct files {
  std::map<int, file> open;
  std::deque<file> queue;
  std::optional<async_scope> scope;

  void bad_forget(int fd) { open.erase(fd); } // expected-warning {{elements of 'open' of type 'with_cppcoro::file' are dropped}}
  void bad_oldest() { queue.pop_front(); } // expected-warning {{elements of 'queue'}}
  void bad_scope() { scope.reset(); } // expected-warning {{'scope' of type 'cppcoro::async_scope'}}
  void bad_shrunk() { queue.resize(0); } // expected-warning {{elements of 'queue'}}
  void bad_emptied() { open = std::map<int, file>(); } // expected-warning {{elements of 'open'}}
  task<> ok_closed(int fd) {
    co_await open.at(fd).close();
    open.erase(fd);
  }
  task<> ok_moved(int fd) {
    file f = std::move(open.at(fd));
    open.erase(fd);
    co_await f.close();
  }
  task<> ok_extracted(int fd) {
    auto node = open.extract(fd);
    co_await node.mapped().close();
  }
};
} // namespace with_cppcoro

// --- libcoro -----------------------------------------------------------------

namespace with_libcoro {
using tls = coro::net::tls::client;
struct pool {
  std::vector<std::unique_ptr<tls>> idle;
  std::unique_ptr<tls> current;
  void bad_drop_one() { idle.pop_back(); } // expected-warning {{elements of 'idle' of type 'coro::net::tls::client'}}
  void bad_drop() { current.reset(); } // expected-warning {{'current' of type 'coro::net::tls::client'}}
  void ok_reuse() { idle.push_back(std::move(current)); }
  coro::task<void> ok_shutdown() {
    co_await current->shutdown();
    current.reset();
  }
};
auto bad_lambda = [](tls c) { (void)c.send(""); }; // expected-warning {{the lambda takes 'c' of type 'coro::net::tls::client' by value}}
} // namespace with_libcoro

// --- async_simple, QCoro: types of one's own over their tasks ----------------

namespace with_async_simple {
using async_simple::coro::Lazy;
class client {
public:
  client(client &&) noexcept;
  ~client();
  Lazy<int> call(int);
  Lazy<> close();
};
struct stub {
  client *raw = nullptr;
  std::unique_ptr<client> owned;
  void bad_delete() { delete raw; } // expected-warning {{'raw' of type 'with_async_simple::client' is deleted}}
  void bad_reset() { owned.reset(); } // expected-warning {{'owned'}}
  Lazy<> ok_reset() {
    co_await owned->close();
    owned.reset();
  }
};
} // namespace with_async_simple

namespace with_qcoro {
class session {
public:
  session(session &&) noexcept;
  ~session();
  QCoro::Task<> send(int);
  QCoro::Task<> disconnect();
};
class window {
public:
  void bad_logout() { session_.reset(); } // expected-warning {{'session_' of type 'with_qcoro::session' is dropped without an awaited 'disconnect()'}}
  QCoro::Task<> ok_disconnect() {
    co_await session_->disconnect();
    session_.reset();
  }
  void ok_on_disconnected() { session_.reset(); }

private:
  std::optional<session> session_;
};
} // namespace with_qcoro
