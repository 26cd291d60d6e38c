// RUN: %check unawaited-close %s -Werror=return-type
//
// Resources that are closed, given away, or nobody's to close.

#include "own/connection.h"
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

using own::connection;
using own::task;

namespace {

bool lucky();
task<connection> connect();
task<std::unique_ptr<connection>> open_owned();
task<> when_both(task<>, task<>);

// --- Closed ------------------------------------------------------------------

task<> ok_closed() {
  auto c = co_await connect();
  co_await c.close();
}

task<> ok_parameter_closed(connection c) { co_await c.close(); }

task<> ok_pointer_closed() {
  auto p = co_await open_owned();
  co_await p->close();
}

task<> ok_optional_closed() {
  std::optional<connection> c = co_await connect();
  co_await c.value().close();
}

task<> ok_temporary_closed() { co_await (co_await connect()).close(); }

task<> ok_closed_as_an_rvalue() {
  auto c = co_await connect();
  co_await std::move(c).close();
}

task<> ok_closed_on_both_branches() {
  auto c = co_await connect();
  if (lucky()) {
    co_await c.close();
    co_return;
  }
  co_await c.close();
}

task<> ok_closed_in_every_case(int n) {
  auto c = co_await connect();
  switch (n) {
  case 0:
    co_await c.close();
    break;
  default:
    co_await c.close();
  }
}

task<> ok_close_kept_and_awaited() {
  auto c = co_await connect();
  auto closing = c.close();
  co_await own::nothrow_yield();
  co_await std::move(closing);
}

task<> ok_close_kept_and_given_away() {
  auto c = co_await connect();
  auto closing = c.close();
  own::spawn(std::move(closing));
}

task<> ok_close_returned() {
  auto c = co_await connect();
  co_return co_await c.close();
}

task<> ok_closes_together() {
  auto a = co_await connect();
  connection b("host");
  co_await when_both(a.close(), b.close());
}

task<> ok_close_given_to_somebody() {
  auto c = co_await connect();
  own::spawn(c.close());
}

task<> ok_closed_and_overwritten() {
  auto c = co_await connect();
  co_await c.close();
  c = co_await connect();
  co_await c.close();
}

task<> ok_closed_before_each_reconnect() {
  auto c = co_await connect();
  for (int i = 0; i < 3; ++i) {
    co_await c.close();
    c = co_await connect();
  }
  co_await c.close();
}

// Opening the next one may throw, but then there is none.
task<> ok_connected_in_a_loop() {
  for (int i = 0; i < 3; ++i) {
    auto c = co_await connect();
    co_await c.close();
  }
}

// --- Awaits that don't throw -------------------------------------------------

task<> ok_noexcept_await_between() {
  auto c = co_await connect();
  co_await own::nothrow_yield();
  co_await own::ready();
  co_await c.close();
}

task<> ok_await_before() {
  co_await own::yield();
  auto c = co_await connect();
  co_await c.close();
}

task<> ok_await_after() {
  auto c = co_await connect();
  co_await c.close();
  co_await own::yield();
}

// --- Exceptions --------------------------------------------------------------

task<> ok_close_after_catch_all() {
  auto c = co_await connect();
  std::exception_ptr error;
  try {
    co_await c.write(1);
  } catch (...) {
    error = std::current_exception();
  }
  co_await c.close();
  if (error)
    std::rethrow_exception(error);
}

task<> ok_close_in_each_case() {
  auto c = co_await connect();
  std::exception_ptr error;
  try {
    co_await c.write(1);
  } catch (...) {
    error = std::current_exception();
  }
  if (error) {
    co_await c.close();
    std::rethrow_exception(error);
  }
  co_await c.close();
}

task<> ok_swallowed_and_closed() {
  auto c = co_await connect();
  try {
    co_await c.write(1);
  } catch (const std::exception &) {
    // Exceptions that derive from nothing are not thought of.
  }
  co_await c.close();
}

struct protocol_error {};
task<> ok_thrown_and_caught_here() {
  auto c = co_await connect();
  try {
    if (lucky())
      throw protocol_error();
  } catch (const protocol_error &) {
  }
  co_await c.close();
}

struct base_error {};
struct special_error : base_error {};
task<> ok_thrown_and_caught_by_its_base() {
  auto c = co_await connect();
  try {
    if (lucky())
      throw special_error();
  } catch (base_error &) {
  }
  co_await c.close();
}

task<> bad_thrown_past_the_handler() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  // expected-note@-1 {{it is open from here on}}
  // expected-note@-2 {{co_await its 'close()' on every path}}
  try {
    if (lucky())
      throw special_error(); // expected-note {{the function is left here with it still open}}
  } catch (const protocol_error &) {
  }
  co_await c.close();
}

task<> ok_close_in_nested_try() {
  auto c = co_await connect();
  std::exception_ptr error;
  try {
    try {
      co_await c.write(1);
    } catch (const protocol_error &) {
    }
    co_await own::yield();
  } catch (...) {
    error = std::current_exception();
  }
  co_await c.close();
}

// --- Given away --------------------------------------------------------------

void take(connection);
void take_reference(connection &);
void take_rvalue(connection &&);
void take_pointer(connection *);
task<> run_with(connection c);

task<> ok_moved_to_a_function() {
  auto c = co_await connect();
  take(std::move(c));
}

task<> ok_moved_as_an_rvalue() {
  auto c = co_await connect();
  take_rvalue(std::move(c));
}

task<> ok_moved_to_a_coroutine() {
  auto c = co_await connect();
  co_await run_with(std::move(c));
}

task<> ok_cast_to_an_rvalue() {
  auto c = co_await connect();
  take_rvalue(static_cast<connection &&>(c));
}

task<> ok_given_by_reference() {
  auto c = co_await connect();
  take_reference(c);
}

task<> ok_given_by_reference_on_one_branch() {
  auto c = co_await connect();
  if (lucky())
    take_reference(c);
  else
    co_await c.close();
}

task<> ok_given_by_pointer() {
  auto c = co_await connect();
  take_pointer(&c);
}

task<> ok_pointee_given_by_pointer() {
  auto p = co_await open_owned();
  take_pointer(p.get());
}

void look(const std::unique_ptr<connection> &);
task<> ok_owner_shown() {
  auto p = co_await open_owned();
  look(p);
}

task<> ok_pointer_released() {
  auto p = co_await open_owned();
  take_pointer(p.release());
}

task<> ok_temporary_given_away() { take(co_await connect()); }

task<> ok_swapped(connection &other) {
  auto c = co_await connect();
  std::swap(c, other);
}

task<connection> ok_returned() {
  auto c = co_await connect();
  co_return c;
}

task<connection> ok_returned_by_move() {
  auto c = co_await connect();
  co_return std::move(c);
}

task<connection> ok_parameter_returned(connection c) { co_return c; }

task<std::optional<connection>> ok_returned_in_an_optional() {
  auto c = co_await connect();
  co_return c;
}

task<std::optional<connection>> ok_returned_in_a_named_optional() {
  auto c = co_await connect();
  co_return std::make_optional(std::move(c));
}

task<std::pair<connection, int>> ok_returned_in_a_pair() {
  auto c = co_await connect();
  co_return {std::move(c), 1};
}

task<std::tuple<int, connection>> ok_returned_in_a_tuple() {
  auto c = co_await connect();
  co_return std::tuple<int, connection>(1, std::move(c));
}

struct session {
  connection link;
  int id;
};
task<session> ok_returned_in_an_aggregate() {
  auto c = co_await connect();
  co_return session{std::move(c), 1};
}

task<std::unique_ptr<connection>> ok_pointer_returned() {
  auto p = co_await open_owned();
  co_return p;
}

task<> ok_stored_in_an_aggregate() {
  session s{co_await connect(), 1};
  co_await s.link.close();
}

class pool {
public:
  task<> ok_stored_in_a_member() {
    auto c = co_await connect();
    last = std::move(c);
  }
  task<> ok_stored_in_an_optional_member() {
    auto c = co_await connect();
    spare.emplace(std::move(c));
  }
  task<> ok_stored_in_a_container() {
    auto c = co_await connect();
    all.push_back(std::move(c));
  }
  task<> ok_stored_in_a_map() {
    auto c = co_await connect();
    by_name.emplace("a", std::move(c));
  }
  task<> ok_constructed_in_a_container() {
    all.push_back(co_await connect());
    all.emplace_back("host");
    co_return;
  }
  task<> ok_pointer_stored() {
    auto p = co_await open_owned();
    owned = std::move(p);
  }
  task<> ok_member_used() {
    co_await last.write(1);
    co_await all.back().write(1);
    co_await spare->write(1);
  }
  task<> ok_reference_to_a_member() {
    connection &c = last;
    auto &d = all.front();
    co_await c.write(1);
    co_await d.write(1);
  }

private:
  connection last;
  std::optional<connection> spare;
  std::vector<connection> all;
  std::map<const char *, connection> by_name;
  std::unique_ptr<connection> owned;
};

template <class F> void defer(F f);
template <class F> struct on_exit {
  F run;
  ~on_exit() { run(); }
};

task<> ok_captured_by_reference() {
  auto c = co_await connect();
  defer([&c] { own::spawn(c.close()); });
}

task<> ok_captured_by_default() {
  auto c = co_await connect();
  on_exit guard{[&] { own::spawn(c.close()); }};
  co_await own::yield();
}

task<> ok_captured_by_move() {
  auto c = co_await connect();
  defer([c = std::move(c)]() mutable { own::spawn(c.close()); });
}

task<> ok_bound_to_a_reference() {
  auto c = co_await connect();
  connection &alias = c;
  co_await alias.close();
}

// --- Helpers -----------------------------------------------------------------

task<> shut(connection &c) { co_await c.close(); }
task<> shut_and_wait(connection &c) {
  co_await own::yield();
  co_await shut(c);
}
task<> start_closing(connection &c) { return c.close(); }
void close_in_background(connection &c) { own::spawn(c.close()); }
task<> shut_pointer(const std::unique_ptr<connection> &p) {
  co_await p->close();
}
template <class T> task<> shut_any(T &t) { co_await t.close(); }

task<> ok_closed_by_a_helper() {
  auto c = co_await connect();
  co_await shut(c);
}

task<> ok_closed_two_levels_down() {
  auto c = co_await connect();
  co_await shut_and_wait(c);
}

task<> ok_closed_by_a_plain_function() {
  auto c = co_await connect();
  co_await start_closing(c);
}

task<> ok_closed_in_background() {
  auto c = co_await connect();
  close_in_background(c);
}

task<> ok_pointee_closed_by_a_helper() {
  auto p = co_await open_owned();
  co_await shut_pointer(p);
}

task<> ok_held_closed_by_a_helper() {
  auto p = co_await open_owned();
  co_await shut(*p);
}

task<> ok_closed_by_a_template() {
  auto c = co_await connect();
  co_await shut_any(c);
}

task<> ok_closed_by_a_lambda() {
  auto finish = [](connection &c) -> task<> { co_await c.close(); };
  auto c = co_await connect();
  co_await finish(c);
}

struct keeper {
  explicit keeper(connection &c) : c(c) {}
  ~keeper() { own::spawn(c.close()); }
  connection &c;
};
task<> ok_kept_by_a_guard() {
  auto c = co_await connect();
  keeper k(c);
  co_await c.write(1);
}

template <class Body> task<> with_resource(connection c, Body body) {
  std::exception_ptr error;
  try {
    co_await body(c);
  } catch (...) {
    error = std::current_exception();
  }
  co_await c.close();
  if (error)
    std::rethrow_exception(error);
}

task<> ok_scope_tool() {
  auto c = co_await connect();
  co_await with_resource(std::move(c), [](connection &c) -> task<> {
    co_await c.write(1);
  });
}

task<> ok_scope_tool_of_the_library() {
  co_await own::with_connection(
      co_await connect(),
      [](connection &c) -> task<> { co_await c.write(1); });
}

// --- Nobody's, or nothing ----------------------------------------------------

task<> ok_by_reference(connection &c) { co_await c.write(1); }
task<> ok_by_pointer(connection *c) { co_await c->write(1); }
task<> ok_by_const_reference(const connection &c) {
  c.is_open();
  co_return;
}
task<> ok_shared(std::shared_ptr<connection> c) { co_await c->write(1); }
task<> ok_made_shared() {
  auto c = std::make_shared<connection>("host");
  co_await c->write(1);
}

connection &borrow();
task<connection &> borrow_later();
task<> ok_borrowed() {
  connection &c = borrow();
  co_await c.write(1);
  auto &d = co_await borrow_later();
  co_await d.write(1);
  co_await borrow().write(1);
  co_await (co_await borrow_later()).write(1);
}

struct returner {
  void operator()(connection *) const;
};
task<> ok_custom_deleter(std::unique_ptr<connection, returner> lease) {
  co_await lease->write(1);
}

task<> ok_never_filled() {
  std::optional<connection> c;
  std::unique_ptr<connection> p;
  std::unique_ptr<connection> q = nullptr;
  co_return;
}

task<> ok_default_constructed() {
  connection c;
  co_await own::yield();
  c = co_await connect();
  co_await c.close();
}

task<> ok_static() {
  static connection c("host");
  co_await c.write(1);
}

void ok_no_coroutine(connection c) { take(std::move(c)); }

} // namespace
