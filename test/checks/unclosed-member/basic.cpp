// RUN: %check unclosed-member %s
//
// Classes that own what must be closed: closed nowhere, forgotten, skipped,
// in the wrong order; and all the ways to do it right.

#include "own/connection.h"
#include "own/task.h"
#include <array>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using own::connection;
using own::task;

namespace {

task<> work();
void hand_over(connection &);
template <class T> task<> async_drop(T &);

// --- Closed nowhere ----------------------------------------------------------

class BadSession {
public:
  task<> run() { co_await conn_.write(1); }

private:
  connection conn_;
  // expected-warning@-1 {{'BadSession' owns 'conn_' of type 'own::connection', which needs an awaited 'close()', and closes it nowhere}}
  // expected-note@-2 {{give 'BadSession' an awaited close that calls 'close()', or codrop::async_drop(*this), which closes all members}}
};

class BadOwner {
public:
  task<> run() { co_await (*conn_).write(1); }
  void replace(std::unique_ptr<connection> c) { (void)c->is_open(); }

private:
  std::unique_ptr<connection> conn_;
  // expected-warning@-1 {{'BadOwner' owns 'conn_' of type 'own::connection', which needs an awaited 'close()', and closes it nowhere}}
  // expected-note@-2 {{give 'BadOwner' an awaited close that calls 'close()', or codrop::async_drop(*this), which closes all members}}
};

class BadMaybe {
public:
  task<> run() {
    conn_.emplace("host");
    co_await conn_->write(1);
  }

private:
  std::optional<connection> conn_;
  // expected-warning@-1 {{'BadMaybe' owns 'conn_' of type 'own::connection', which needs an awaited 'close()', and closes it nowhere}}
  // expected-note@-2 {{give 'BadMaybe' an awaited close that calls 'close()', or codrop::async_drop(*this), which closes all members}}
};

class BadMany {
public:
  task<> run() {
    for (auto &c : conns_)
      co_await c.write(1);
  }

private:
  std::vector<connection> conns_;
  // expected-warning@-1 {{'BadMany' owns 'conns_' of type 'own::connection', which needs an awaited 'close()', and closes it nowhere}}
  // expected-note@-2 {{give 'BadMany' an awaited close that calls 'close()', or codrop::async_drop(*this), which closes all members}}
};

class BadByName {
public:
  task<> run(std::string name) { co_await conns_[name]->write(1); }

private:
  std::map<std::string, std::unique_ptr<connection>> conns_;
  // expected-warning@-1 {{'BadByName' owns 'conns_' of type 'own::connection', which needs an awaited 'close()', and closes it nowhere}}
  // expected-note@-2 {{give 'BadByName' an awaited close that calls 'close()', or codrop::async_drop(*this), which closes all members}}
};

class BadArray {
public:
  task<> run() { co_await conns_[0].write(1); }

private:
  connection conns_[2];
  // expected-warning@-1 {{'BadArray' owns 'conns_' of type 'own::connection', which needs an awaited 'close()', and closes it nowhere}}
  // expected-note@-2 {{give 'BadArray' an awaited close that calls 'close()', or codrop::async_drop(*this), which closes all members}}
};

template <class T> class BadTemplate {
public:
  task<> run() { co_await conn_.write(1); }

private:
  T conn_;
  // expected-warning@-1 {{'BadTemplate' owns 'conn_' of type 'own::connection', which needs an awaited 'close()', and closes it nowhere}}
  // expected-note@-2 {{give 'BadTemplate' an awaited close that calls 'close()', or codrop::async_drop(*this), which closes all members}}
};
inline task<> instantiate(BadTemplate<connection> &b) { return b.run(); }

class BadScope {
public:
  void start() { tasks_.spawn(work()); }

private:
  own::scope tasks_;
  // expected-warning@-1 {{'BadScope' owns 'tasks_' of type 'own::scope', which needs an awaited 'join()', and closes it nowhere}}
  // expected-note@-2 {{give 'BadScope' an awaited close that calls 'join()', or codrop::async_drop(*this), which closes all members}}
};

class OkClosesInRun {
public:
  task<> run() {
    co_await conn_.write(1);
    co_await conn_.close();
  }

private:
  connection conn_;
};

class OkClosesThroughReference {
public:
  task<> run() {
    auto &c = conn_;
    co_await c.close();
  }

private:
  connection conn_;
};

class OkHandsOver {
public:
  void stop() { hand_over(conn_); }

private:
  connection conn_;
};

class OkGivesItAway {
public:
  connection take() { return std::move(conn_); }

private:
  connection conn_;
};

class OkShows {
public:
  connection &get() { return conn_; }

private:
  connection conn_;
};

class OkNotVisible {
public:
  task<> run() { co_await conn_.write(1); }
  task<> finish();

private:
  connection conn_;
};

struct OkOpenForAll {
  connection conn;
  task<> run() { co_await conn.write(1); }
};

class OkFriend {
public:
  task<> run() { co_await conn_.write(1); }

private:
  friend task<> close_it(OkFriend &);
  connection conn_;
};

class OkOnlyRefers {
public:
  explicit OkOnlyRefers(connection &c) : conn_(c), other_(&c) {}
  task<> run() { co_await conn_.write(1); }

private:
  connection &conn_;
  connection *other_;
  std::shared_ptr<connection> shared_;
};

class OkDropsItself {
public:
  task<> close() { co_await async_drop(*this); }

private:
  connection conn_;
};

class OkInLambda {
public:
  task<> run() {
    auto finish = [this]() -> task<> { co_await conn_.close(); };
    co_await finish();
  }

private:
  connection conn_;
};

// It has no close that must be awaited.
class OkDescriptor {
public:
  task<> run() { co_await file_.read(); }

private:
  own::file_descriptor file_{"path"};
};

/// It is opened by hand, and nobody does.
class channel {
public:
  channel();
  channel(channel &&) noexcept;
  task<> open();
  task<> close();
};
class OkNeverOpened {
public:
  int count() const { return count_; }
  task<> run() { co_await work(); }

private:
  channel channel_;
  int count_ = 0;
};
class BadOpened {
public:
  task<> run() { co_await channel_.open(); }

private:
  channel channel_;
  // expected-warning@-1 {{'BadOpened' owns 'channel_' of type 'channel', which needs an awaited 'close()', and closes it nowhere}}
  // expected-note@-2 {{give 'BadOpened' an awaited close that calls 'close()', or codrop::async_drop(*this), which closes all members}}
};

/// It sees to its own close.
class registered {
public:
  explicit registered(own::scope &s) {
    auto at_exit = [this] { return stop(); };
    (void)s;
    (void)at_exit;
  }
  registered(registered &&) noexcept;
  task<> stop();
};
class OkClosesItself {
public:
  explicit OkClosesItself(own::scope &s) : part_(s) {}
  task<> run() { co_await work(); }

private:
  registered part_;
};

// --- Forgotten ---------------------------------------------------------------

class BadForgets {
public:
  task<> close() { co_await first_.close(); }
  // expected-warning@-1 {{'close()' of 'BadForgets' forgets 'second_' of type 'own::connection', which needs an awaited 'close()'}}
  // expected-note@-2 {{co_await its 'close()' too, or let codrop::async_drop(*this) close all members}}

private:
  connection first_;
  connection second_; // expected-note {{it is owned here}}
};

class OkClosesBoth {
public:
  task<> close() {
    std::exception_ptr error;
    try {
      co_await second_.close();
    } catch (...) {
      error = std::current_exception();
    }
    co_await first_.close();
    if (error)
      std::rethrow_exception(error);
  }

private:
  connection first_;
  connection second_;
};

class OkClosesThroughHelper {
public:
  task<> close() { co_await close_all(); }

private:
  task<> close_all() { co_await conn_.close(); }
  connection conn_;
};

class OkClosedByAnother {
public:
  task<> stop_listening() { co_await listener_.close(); }
  task<> close() { co_await conn_.close(); }

private:
  connection listener_;
  connection conn_;
};

class OkDerivedCloses {
public:
  task<> close() { co_await first_.close(); }

protected:
  connection first_;
  connection second_;
};

struct BadForgetsPublic {
  connection first;
  connection second; // expected-note {{it is owned here}}
  task<> close() { co_await first.close(); }
  // expected-warning@-1 {{'close()' of 'BadForgetsPublic' forgets 'second' of type 'own::connection', which needs an awaited 'close()'}}
  // expected-note@-2 {{co_await its 'close()' too, or let codrop::async_drop(*this) close all members}}
};

struct OkUserCloses {
  connection conn;
  bool done = false;
  task<> close() {
    done = true;
    co_return;
  }
};

// --- Skipped -----------------------------------------------------------------

class BadStopsAtTheFirst {
public:
  task<> close() {
    co_await second_.close();
    // expected-warning@-1 {{'close()' of 'BadStopsAtTheFirst' leaves 'first_' open when this co_await throws}}
    // expected-note@-2 {{if this co_await throws, what comes after it is skipped}}
    // expected-note@-3 {{keep the exception, close the others and rethrow, or let codrop::async_drop(*this) close all members}}
    co_await first_.close(); // expected-note {{'first_' would be closed here}}
  }

private:
  connection first_;
  connection second_;
};

class BadFlushesFirst {
public:
  task<> close() {
    co_await conn_.flush();
    // expected-warning@-1 {{'close()' of 'BadFlushesFirst' leaves 'conn_' open when this co_await throws}}
    // expected-note@-2 {{if this co_await throws, what comes after it is skipped}}
    // expected-note@-3 {{keep the exception, close the others and rethrow, or let codrop::async_drop(*this) close all members}}
    co_await conn_.close(); // expected-note {{'conn_' would be closed here}}
  }

private:
  connection conn_;
};

class BadRest {
public:
  task<> close() {
    for (auto &c : conns_)
      co_await c.close();
      // expected-warning@-1 {{'close()' of 'BadRest' leaves the other elements of 'conns_' open when closing one throws}}
      // expected-note@-2 {{if this co_await throws, the loop ends}}
      // expected-note@-3 {{keep the exception, go on with the others and rethrow at the end, or let codrop::async_drop close them all}}
  }

private:
  std::vector<connection> conns_;
};

class BadRestOfPointers {
public:
  task<> close() {
    for (auto &[name, c] : conns_)
      co_await c->close();
      // expected-warning@-1 {{'close()' of 'BadRestOfPointers' leaves the other elements of 'conns_' open when closing one throws}}
      // expected-note@-2 {{if this co_await throws, the loop ends}}
      // expected-note@-3 {{keep the exception, go on with the others and rethrow at the end, or let codrop::async_drop close them all}}
  }

private:
  std::map<int, std::unique_ptr<connection>> conns_;
};

class BadRestOfAStack {
public:
  task<> close() {
    while (!conns_.empty()) {
      auto c = std::move(conns_.back());
      conns_.pop_back();
      co_await c->close();
      // expected-warning@-1 {{'close()' of 'BadRestOfAStack' leaves the other elements of 'conns_' open when closing one throws}}
      // expected-note@-2 {{if this co_await throws, the loop ends}}
      // expected-note@-3 {{keep the exception, go on with the others and rethrow at the end, or let codrop::async_drop close them all}}
    }
  }

private:
  std::vector<std::unique_ptr<connection>> conns_;
};

// That the turn can fail is no failure of closing.
class OkWaitsForItsTurn {
public:
  task<> close() {
    co_await own::sleep(1);
    co_await conn_.close();
  }

private:
  connection conn_;
};

class OkGoesOn {
public:
  task<> close() {
    std::exception_ptr error;
    for (auto &c : conns_) {
      try {
        co_await c.close();
      } catch (...) {
        error = std::current_exception();
      }
    }
    if (error)
      std::rethrow_exception(error);
  }

private:
  std::vector<connection> conns_;
};

class OkClosesInTheHandler {
public:
  task<> close() {
    std::exception_ptr error;
    try {
      co_await conn_.flush();
    } catch (...) {
      error = std::current_exception();
    }
    co_await conn_.close();
    if (error)
      std::rethrow_exception(error);
  }

private:
  connection conn_;
};

class OkCannotFail {
public:
  task<> close() {
    co_await own::nothrow_yield();
    co_await conn_.close();
  }

private:
  connection conn_;
};

// --- Order -------------------------------------------------------------------

struct log_file {
  explicit log_file(connection &to);
  log_file(log_file &&) noexcept;
  task<> close();
};

class BadOrder {
public:
  BadOrder() : log_(conn_) {}
  task<> close() {
    std::exception_ptr error;
    try {
      co_await conn_.close();
      // expected-warning@-1 {{'close()' of 'BadOrder' closes 'conn_' before 'log_', which uses it}}
      // expected-note@-2 {{'conn_' is closed here}}
      // expected-note@-3 {{close in reverse order of declaration, as codrop::async_drop(*this) does}}
    } catch (...) {
      error = std::current_exception();
    }
    co_await log_.close(); // expected-note {{'log_' is closed here, and may still need 'conn_' for it}}
  }

private:
  connection conn_;
  log_file log_;
};

/// Copies of it are handles of one thing.
struct handle {
  task<> close();
};
class OkHandle {
public:
  task<> run() { co_await work(); }

private:
  handle handle_;
};

class OkOrder {
public:
  OkOrder() : log_(conn_) {}
  task<> close() {
    std::exception_ptr error;
    try {
      co_await log_.close();
    } catch (...) {
      error = std::current_exception();
    }
    co_await conn_.close();
  }

private:
  connection conn_;
  log_file log_;
};

class OkNolint {
public:
  task<> run() { co_await conn_.write(1); }

private:
  connection conn_; // NOLINT(codrop-unclosed-member)
};

} // namespace
