// RUN: %check lock-across-suspension %s --no-notes
//
// A guard is the same hazard however it is spelt and wherever it is kept.

#include "own/task.h"
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <tuple>
#include <variant>
#include <vector>

using own::task;

std::mutex m, n;
std::shared_mutex rw;
std::recursive_mutex again;
task<> f();
task<int> number();

using Lock = std::lock_guard<std::mutex>;
typedef std::unique_lock<std::mutex> Unique;
Unique grab();

// --- Spellings ---------------------------------------------------------------

task<> bad_plain() {
  std::lock_guard<std::mutex> l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_deduced() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_alias() {
  Lock l(m); // expected-warning {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_typedef() {
  Unique l{m};
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_auto_of_call() {
  auto l = grab();
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_auto_of_construction() {
  auto l = std::unique_lock(m);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_scoped_lock_of_two() {
  std::scoped_lock l(m, n);
  // expected-warning@-1 {{'l' of type 'std::scoped_lock<std::mutex, std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_shared_lock() {
  std::shared_lock l(rw);
  // expected-warning@-1 {{'l' of type 'std::shared_lock<std::shared_mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_recursive() {
  std::unique_lock l(again);
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::recursive_mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_extended_temporary() {
  const auto &l = grab();
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_second_of_a_declaration() {
  Unique a, b(m);
  // expected-warning@-1 {{'b' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

struct Derived : std::lock_guard<std::mutex> {
  using lock_guard::lock_guard;
};

task<> bad_derived_guard() {
  Derived l(m); // expected-warning {{'l' of type 'Derived' still holds its lock where the coroutine suspends}}
  co_await f();
}

// --- Statements --------------------------------------------------------------

task<> bad_if_init(bool b) {
  if (std::lock_guard l(m); b)
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await f();
}

task<> bad_else_of_if_init(bool b) {
  if (std::lock_guard l(m); b)
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
    co_return;
  else
    co_await f();
}

task<> bad_if_condition() {
  if (auto l = grab())
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await f();
}

task<> bad_while_condition() {
  while (auto l = grab())
  // expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await f();
}

task<> bad_for_init(int k) {
  for (std::lock_guard l(m); k > 0; --k)
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await f();
}

task<> bad_switch_init(int k) {
  switch (std::lock_guard l(m); k) {
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  case 1:
    co_await f();
    break;
  default:
    break;
  }
}

task<> bad_initializer() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  int x = co_await number();
  (void)x;
}

task<int> bad_return_operand() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_return co_await number();
}

task<> bad_condition() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  if (co_await number() > 0)
    ;
}

task<> bad_loop_body() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  for (int i = 0; i < 3; ++i)
    co_await f();
}

own::generator<int> bad_yield() {
  std::lock_guard l(m);
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_yield 1;
}

// --- Inside other objects ------------------------------------------------------

task<> bad_parameter(Unique l) { co_await f(); }
// expected-warning@-1 {{'l' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}

struct Session {
  int id;
  std::unique_lock<std::mutex> lock;
};
Session locked_session();

task<> bad_member_of_struct() {
  Session s = locked_session();
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 's' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_aggregate() {
  Session s{1, std::unique_lock(m)};
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 's' still holds its lock where the coroutine suspends}}
  co_await f();
}

struct Outer {
  Session inner;
};

task<> bad_member_of_member() {
  Outer o{{1, grab()}};
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 'o' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_optional() {
  std::optional<std::lock_guard<std::mutex>> l;
  // expected-warning@-1 {{'std::lock_guard<std::mutex>' inside 'l' still holds its lock where the coroutine suspends}}
  l.emplace(m);
  co_await f();
}

task<> bad_optional_in_place() {
  std::optional<Lock> l(std::in_place, m);
  // expected-warning@-1 {{'std::lock_guard<std::mutex>' inside 'l' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_unique_ptr() {
  auto l = std::make_unique<Lock>(m);
  // expected-warning@-1 {{'std::lock_guard<std::mutex>' inside 'l' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_unique_ptr_of_new() {
  std::unique_ptr<Lock> l(new Lock(m));
  // expected-warning@-1 {{'std::lock_guard<std::mutex>' inside 'l' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_shared_ptr() {
  auto l = std::make_shared<Lock>(m);
  // expected-warning@-1 {{'std::lock_guard<std::mutex>' inside 'l' still holds its lock where the coroutine suspends}}
  co_await f();
}

std::pair<Unique, int> locked_pair();

task<> bad_pair() {
  auto p = locked_pair();
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 'p' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_structured_binding() {
  auto [l, value] = locked_pair();
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_tuple() {
  std::tuple<int, Unique> t(1, grab());
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 't' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_array() {
  std::unique_lock<std::mutex> both[2] = {std::unique_lock(m), std::unique_lock(n)};
  // expected-warning@-1 {{'both' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_std_array() {
  std::array<Unique, 2> both{grab(), grab()};
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 'both' still holds its lock where the coroutine suspends}}
  co_await f();
}

task<> bad_vector() {
  std::vector<Unique> all;
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 'all' still holds its lock where the coroutine suspends}}
  all.emplace_back(m);
  co_await f();
}

task<> bad_variant() {
  std::variant<std::monostate, Unique> v = grab();
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' inside 'v' still holds its lock where the coroutine suspends}}
  co_await f();
}

// --- Temporaries -----------------------------------------------------------------

template <class T> struct Guarded {
  struct Pointer {
    std::unique_lock<std::mutex> held;
    T *value;
    T &operator*() const { return *value; }
    T *operator->() const { return value; }
  };
  Pointer lock();
};
Guarded<int> counter;
Guarded<std::vector<int>> list;
Guarded<std::map<int, int>> table;
void use(int, int);
task<> send(int);

task<> bad_temporary_argument() { use(*counter.lock(), co_await number()); }
// expected-warning@-1 {{temporary 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}

task<> bad_temporary_in_operand() { co_await send(*counter.lock()); }
// expected-warning@-1 {{temporary 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}

task<> bad_temporary_object() { list.lock()->push_back(co_await number()); }
// expected-warning@-1 {{temporary 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}

task<> bad_temporary_guard() { co_await (Lock(m), f()); }
// expected-warning@-1 {{temporary 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}

task<> bad_temporary_subscript() { (*table.lock())[co_await number()] = 1; }
// expected-warning@-1 {{temporary 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}

struct Locked {
  Unique held;
  int *begin();
  int *end();
};
Locked items();

task<> bad_range_for_temporary() {
  for (int i : items())
  // expected-warning@-1 {{'std::unique_lock<std::mutex>' in the range still holds its lock where the coroutine suspends}}
    co_await send(i);
}

task<> bad_range_for_init() {
  for (std::lock_guard l(m); int i : {1, 2})
  // expected-warning@-1 {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
    co_await send(i);
}

// --- And what owns nothing ---------------------------------------------------------

task<> ok_temporary_ends_before() {
  int value = *counter.lock();
  co_await send(value);
}

task<> ok_await_first() { *counter.lock() = co_await number(); }

struct Wide {
  int a, b, c;
  Wide &operator=(const Wide &);
};
Guarded<Wide> wide;
task<Wide> make_wide();

// [expr.call]/8: operator notation keeps the order of the built-in operator.
task<> ok_await_first_of_class_assignment() { *wide.lock() = co_await make_wide(); }

task<> ok_temporary_of_range() {
  // Before C++23 the temporary is gone before the first turn.
  for (int i : *list.lock())
    co_await send(i);
}

task<> ok_empty_holders() {
  std::unique_lock<std::mutex> a;
  std::optional<Lock> b;
  std::optional<Lock> c = std::nullopt;
  std::unique_ptr<Lock> d;
  std::unique_ptr<Lock> e = nullptr;
  std::vector<Unique> g;
  std::pair<Unique, int> h;
  Session i{};
  Session j;
  std::scoped_lock<> k;
  std::shared_ptr<Lock> p;
  std::tuple<int, Unique> t;
  Outer o;
  co_await f();
}

task<> ok_deferred_in_holders() {
  Session a{1, std::unique_lock(m, std::defer_lock)};
  Session b{.id = 1};
  std::optional<Unique> c(std::in_place, m, std::defer_lock);
  std::pair<Unique, int> d{Unique(m, std::defer_lock), 1};
  co_await f();
}

task<> ok_reference(std::unique_lock<std::mutex> &l) { co_await f(); }

task<> ok_pointer(std::unique_lock<std::mutex> *l) { co_await f(); }

task<> ok_static() {
  static std::unique_lock<std::mutex> l;
  co_await f();
}
