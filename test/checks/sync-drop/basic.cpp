// RUN: %check sync-drop %s
//
// Resources that synchronous code destroys, and what says that they are closed.

#include "own/connection.h"
#include "own/task.h"
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

using own::connection;
using own::task;

namespace {

task<> work();
void keep(std::unique_ptr<connection>);
task<> close_quietly(connection &);

struct owner {
  std::unique_ptr<connection> conn;
  std::optional<connection> maybe;
  std::vector<connection> all;
  std::map<int, std::unique_ptr<connection>> by_id;
  connection *raw;

  // --- Members ---------------------------------------------------------------

  void bad_reset() { conn.reset(); }
  // expected-warning@-1 {{'conn' of type 'own::connection' is dropped without an awaited 'close()'}}
  // expected-note@-2 {{'reset()' destroys what it held, which cannot wait for the close}}
  // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  void bad_reset_null() { conn.reset(nullptr); }
  // expected-warning@-1 {{'conn' of type 'own::connection' is dropped without an awaited 'close()'}}
  // expected-note@-2 {{'reset()' destroys what it held, which cannot wait for the close}}
  // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  void bad_assigned_null() { conn = nullptr; }
  // expected-warning@-1 {{'conn' of type 'own::connection' is dropped without an awaited 'close()'}}
  // expected-note@-2 {{the assignment destroys what it held, which cannot wait for the close}}
  // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  void bad_emptied() { maybe.reset(); }
  // expected-warning@-1 {{'maybe' of type 'own::connection' is dropped without an awaited 'close()'}}
  // expected-note@-2 {{'reset()' destroys what it held, which cannot wait for the close}}
  // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  void bad_assigned_nullopt() { maybe = std::nullopt; }
  // expected-warning@-1 {{'maybe' of type 'own::connection' is dropped without an awaited 'close()'}}
  // expected-note@-2 {{the assignment destroys what it held, which cannot wait for the close}}
  // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  void bad_exchange() { std::exchange(conn, nullptr); }
  // expected-warning@-1 {{'conn' of type 'own::connection' is dropped without an awaited 'close()'}}
  // expected-note@-2 {{'std::exchange' destroys what it held, which cannot wait for the close}}
  // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  void bad_clear() { all.clear(); }
  // expected-warning@-1 {{elements of 'all' of type 'own::connection' are dropped without an awaited 'close()'}}
  // expected-note@-2 {{'clear()' destroys them, which cannot wait for the close}}
  // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  void bad_pop() { all.pop_back(); }
  // expected-warning@-1 {{elements of 'all' of type 'own::connection' are dropped without an awaited 'close()'}}
  // expected-note@-2 {{'pop_back()' destroys them, which cannot wait for the close}}
  // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  void bad_erase(int id) { by_id.erase(id); }
  // expected-warning@-1 {{elements of 'by_id' of type 'own::connection' are dropped without an awaited 'close()'}}
  // expected-note@-2 {{'erase()' destroys them, which cannot wait for the close}}
  // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  void bad_delete() { delete raw; }
  // expected-warning@-1 {{'raw' of type 'own::connection' is deleted without an awaited 'close()'}}
  // expected-note@-2 {{its destructor cannot wait for the close}}
  // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  task<> bad_in_a_coroutine() {
    co_await work();
    conn.reset();
    // expected-warning@-1 {{'conn' of type 'own::connection' is dropped without an awaited 'close()'}}
    // expected-note@-2 {{'reset()' destroys what it held, which cannot wait for the close}}
    // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  }
  auto bad_in_a_lambda() {
    return [this] { conn.reset(); };
    // expected-warning@-1 {{'conn' of type 'own::connection' is dropped without an awaited 'close()'}}
    // expected-note@-2 {{'reset()' destroys what it held, which cannot wait for the close}}
    // expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
  }

  task<> ok_closed_first() {
    co_await conn->close();
    conn.reset();
  }
  task<> ok_closed_by_a_helper() {
    co_await close_quietly(*conn);
    conn.reset();
  }
  task<> ok_all_closed() {
    for (auto &c : all)
      co_await c.close();
    all.clear();
  }
  void ok_moved() {
    keep(std::move(conn));
    conn.reset();
  }
  void ok_asked() {
    if (!conn->is_open())
      conn.reset();
  }
  void ok_replaced(std::unique_ptr<connection> other) {
    conn = std::move(other);
  }
  void ok_replaced_by_reset(connection *other) { conn.reset(other); }
  void ok_kept() { auto old = std::exchange(conn, nullptr); keep(std::move(old)); }
  void ok_on_closed(int id) { on_closed(id); }
  void on_closed(int id) { by_id.erase(id); }
  void ok_nolint() { conn.reset(); } // NOLINT(codrop-sync-drop)
};

void bad_of_another(owner &o) { o.by_id.clear(); }
// expected-warning@-1 {{elements of 'by_id' of type 'own::connection' are dropped without an awaited 'close()'}}
// expected-note@-2 {{'clear()' destroys them, which cannot wait for the close}}
// expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
void bad_by_reference(std::unique_ptr<connection> &c) { c.reset(); }
// expected-warning@-1 {{'c' of type 'own::connection' is dropped without an awaited 'close()'}}
// expected-note@-2 {{'reset()' destroys what it held, which cannot wait for the close}}
// expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}

/// Its destructor runs after close().
class has_close {
public:
  ~has_close() { conn_.reset(); }
  task<> close() { co_await conn_->close(); }

private:
  std::unique_ptr<connection> conn_;
};

// --- By value ----------------------------------------------------------------

void bad_takes(connection c) { (void)c.is_open(); }
// expected-warning@-1 {{'bad_takes' takes 'c' of type 'own::connection' by value and lets it die without an awaited 'close()'}}
// expected-note@-2 {{it is destroyed when the function returns, and a function that is no coroutine cannot await}}
// expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
void bad_takes_owner(std::unique_ptr<connection> c) { (void)c->is_open(); }
// expected-warning@-1 {{'bad_takes_owner' takes 'c' of type 'own::connection' by value and lets it die without an awaited 'close()'}}
// expected-note@-2 {{it is destroyed when the function returns, and a function that is no coroutine cannot await}}
// expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
void bad_takes_unnamed(connection) {}
// expected-warning@-1 {{'bad_takes_unnamed' takes an object of type 'own::connection' by value and lets it die without an awaited 'close()'}}
// expected-note@-2 {{it is destroyed when the function returns, and a function that is no coroutine cannot await}}
// expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
auto bad_lambda = [](connection c) { (void)c.is_open(); };
// expected-warning@-1 {{the lambda takes 'c' of type 'own::connection' by value and lets it die without an awaited 'close()'}}
// expected-note@-2 {{it is destroyed when the function returns, and a function that is no coroutine cannot await}}
// expected-note@-3 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}

void ok_hands_on(std::unique_ptr<connection> c) { keep(std::move(c)); }
struct ok_store {
  std::vector<connection> all;
  void ok_stores(connection c) { all.push_back(std::move(c)); }
};
task<> ok_returns_the_close(std::unique_ptr<connection> c) {
  return c->close();
}
void ok_borrows(connection &c) { (void)c.is_open(); }
struct ok_sink {
  explicit ok_sink(connection c) {}
};

template <class T> void dispose(T) {} // expected-note {{it is destroyed when this returns}}
template <class T> void store(std::vector<T> &all, T value) {
  all.push_back(std::move(value));
}
void bad_generic(connection &c) { dispose(std::move(c)); }
// expected-warning@-1 {{'c' of type 'own::connection' is given to 'dispose', which lets it die without an awaited 'close()'}}
// expected-note@-2 {{co_await its 'close()' first, or hand it to a codrop::cleanup_scope, which is awaited later}}
void ok_generic(std::vector<connection> &all, connection &c) {
  store(all, std::move(c));
}

/// It closes itself when it has ended.
class session {
public:
  session(session &&) noexcept;
  task<> run() {
    co_await work();
    co_await close();
  }
  task<> close();
};
struct sessions {
  std::map<int, std::unique_ptr<session>> all;
  void ok_has_ended(int id) { all.erase(id); }
};

// Closing it is synchronous.
void ok_descriptor(own::file_descriptor f) { (void)f; }

// A shared owner may not be the last.
struct shared_owner {
  std::shared_ptr<connection> conn;
  void ok_shared() { conn.reset(); }
};

} // namespace
