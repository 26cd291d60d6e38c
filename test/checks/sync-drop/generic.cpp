// RUN: %check sync-drop %s --no-notes
//
// Generic functions that let a resource die, and what takes it over: at the
// call, at the definition, in standard containers and in own ones.

#include "own/connection.h"
#include "own/task.h"
#include <algorithm>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using own::connection;
using own::task;

namespace {

task<> work();
void keep(std::unique_ptr<connection>);

// --- Templates ---------------------------------------------------------------

template <class T> void ignore(T) {}
template <class T> void drop(T &&value) { auto dead = std::move(value); } // expected-warning {{'dead' of type 'own::connection' dies here}}
template <class... T> void ignore_all(T...) {}
template <class T> void forward_to_ignore(T value) { ignore(std::move(value)); }
template <class T> class shelf {
public:
  void put(T value) { values_.push_back(std::move(value)); }
  void discard(T) {}
  void empty() { values_.clear(); } // expected-warning {{elements of 'values_' of type 'own::connection' are dropped}}

private:
  std::vector<T> values_;
};
template <class F> void run(F f) { f(); }

struct owner {
  std::unique_ptr<connection> conn;
  std::optional<connection> maybe;
  std::variant<std::monostate, connection> either;
  std::vector<connection> all;
  std::list<std::unique_ptr<connection>> listed;
  std::map<std::string, connection> named;
  connection direct;

  void bad_ignored() { ignore(std::move(conn)); } // expected-warning {{'conn' of type 'own::connection' is given to 'ignore', which lets it die}}
  void bad_ignored_object() { ignore(std::move(direct)); } // expected-warning {{'direct' of type 'own::connection' is given to 'ignore'}}
  void bad_ignored_twice() { ignore_all(1, std::move(conn)); } // expected-warning {{'conn' of type 'own::connection' is given to 'ignore_all'}}
  void bad_forwarded() { forward_to_ignore(std::move(conn)); } // expected-warning {{'conn' of type 'own::connection' is given to 'forward_to_ignore'}}
  void bad_discarded(shelf<connection> &s) { s.discard(std::move(direct)); } // expected-warning {{'direct' of type 'own::connection' is given to 'discard'}}
  void ok_put(shelf<connection> &s) { s.put(std::move(direct)); }
  void ok_emptied(shelf<connection> &s) { s.empty(); }

  void dropped() { drop(std::move(conn)); }

  // --- Lambdas ---------------------------------------------------------------

  void bad_lambda() {
    auto sink = [](connection) {}; // expected-warning {{the lambda takes an object of type 'own::connection' by value}}
    sink(std::move(direct));
  }
  void bad_captured() {
    run([c = std::move(conn)] { (void)c->is_open(); }); // expected-warning {{'c' of type 'own::connection' dies with the lambda}}
  }
  void ok_captured_and_moved_on() {
    run([c = std::move(conn)]() mutable { keep(std::move(c)); });
  }
  std::function<void(std::unique_ptr<connection>)> ok_stored = keep;

  // --- The standard library --------------------------------------------------

  void bad_erase_one() { all.erase(all.begin()); } // expected-warning {{elements of 'all'}}
  void bad_erase_all() { all.erase(all.begin(), all.end()); } // expected-warning {{elements of 'all'}}
  void bad_shrink() { all.resize(0); } // expected-warning {{elements of 'all'}}
  void bad_assigned() { all = std::vector<connection>(); } // expected-warning {{elements of 'all'}}
  void bad_swapped() { std::vector<connection>().swap(all); } // expected-warning {{elements of 'all'}}
  void bad_erase_if() {
    std::erase_if(named, [](auto &e) { return e.first == "x"; }); // expected-warning {{elements of 'named'}}
  }
  void bad_listed() { listed.pop_front(); } // expected-warning {{elements of 'listed'}}
  void ok_remove_nothing() { listed.remove(nullptr); }
  void bad_exchanged() { std::exchange(conn, nullptr); } // expected-warning {{'conn'}}
  void bad_exchanged_void() { (void)std::exchange(conn, {}); } // expected-warning {{'conn'}}
  void bad_exchanged_kept() { auto old = std::exchange(conn, nullptr); } // expected-warning {{'old' of type 'own::connection'}}
  void bad_braces() { conn = {}; } // expected-warning {{'conn'}}
  void bad_moved_out() { auto dying = std::move(conn); } // expected-warning {{'dying' of type 'own::connection'}}
  void bad_moved_into_temporary() { std::unique_ptr<connection>(std::move(conn)); } // expected-warning {{of type 'own::connection'}}
  void bad_variant() { either = std::monostate(); } // expected-warning {{'either'}}
  void bad_variant_emplaced() { either.emplace<0>(); } // expected-warning {{'either'}}
  void replaced_FN() { maybe.emplace("host"); }
  void bad_deleted() { delete conn.release(); } // expected-warning {{of type 'own::connection' is deleted}}

  std::unique_ptr<connection> ok_returned() { return std::exchange(conn, nullptr); }
  std::optional<connection> ok_moved_out() {
    auto out = std::move(maybe);
    maybe.reset();
    return out;
  }
  void ok_swapped(std::vector<connection> &other) { all.swap(other); }
  task<> ok_moved_to_a_local() {
    auto closing = std::move(conn);
    co_await closing->close();
  }
  void ok_erase_if_closed() {
    std::erase_if(named, [](auto &e) { return !e.second.is_open(); });
  }
  void ok_erase_closed(std::string name) {
    auto it = named.find(name);
    if (it != named.end() && !it->second.is_open())
      named.erase(it);
  }
  void ok_null(std::string name) {
    if (!conn)
      conn.reset();
  }
  void ok_filled() { conn.reset(new connection); }
};

// --- Nobody's type -----------------------------------------------------------

struct handle_like {
  task<> close();
};
void ok_copyable(handle_like h) { (void)h; }

#define DROP(X) (X).reset()
void bad_macro(owner &o) { DROP(o.conn); } // expected-warning {{'conn'}}
void ok_nolint(owner &o) { o.conn.reset(); } // NOLINT(codrop-sync-drop)

} // namespace
