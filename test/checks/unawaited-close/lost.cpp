// RUN: %check unawaited-close %s -Werror=return-type --no-notes
//
// The ways in which a resource is lost, over a library that no knowledge file
// speaks of.

#include "own/connection.h"
#include <memory>
#include <optional>

using own::connection;
using own::task;

namespace {

bool lucky();
task<connection> connect();
task<std::unique_ptr<connection>> open_owned();
task<std::optional<connection>> try_connect();

task<> bad_no_call() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c.write(1);
}

task<> bad_by_constructor() {
  connection c("host"); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await own::yield();
}

task<> bad_braces() {
  connection c{"host"}; // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await own::nothrow_yield();
}

task<> bad_default_constructed_and_used() {
  connection c; // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c.write(1);
}

task<> bad_factory_member() {
  auto c = co_await connection::connect("host");
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c.write(1);
}

task<int> bad_parameter(connection c) { co_return co_await c.read(); }
// expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}

task<> bad_unused_parameter(connection) { co_return; }
// expected-warning@-1 {{unnamed parameter of type 'own::connection' is destroyed without an awaited 'close()'}}

task<> bad_owning_pointer() {
  auto p = co_await open_owned();
  // expected-warning@-1 {{'p' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await p->write(1);
}

task<> bad_made_pointer() {
  auto p = std::make_unique<connection>("host");
  // expected-warning@-1 {{'p' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await p->write(1);
}

task<> bad_new_pointer() {
  std::unique_ptr<connection> p(new connection("host"));
  // expected-warning@-1 {{'p' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await p->write(1);
}

task<> bad_pointer_parameter(std::unique_ptr<connection> p) {
// expected-warning@-1 {{'p' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await p->write(1);
}

task<> bad_optional() {
  std::optional<connection> c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c->write(1);
}

task<> bad_optional_in_place() {
  std::optional<connection> c(std::in_place, "host");
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c->write(1);
}

task<> bad_optional_emplaced() {
  std::optional<connection> c; // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  c.emplace("host");
  co_await c->write(1);
}

task<> bad_made_optional() {
  auto c = std::make_optional<connection>("host");
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c->write(1);
}

task<> bad_optional_result() {
  auto c = co_await try_connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  if (!c)
    co_return;
  co_await c->write(1);
}

task<> bad_temporary() { co_await (co_await connect()).write(1); }
// expected-warning@-1 {{temporary 'own::connection' is destroyed without an awaited 'close()'}}

task<> bad_constructed_temporary() { co_await connection("host").write(1); }
// expected-warning@-1 {{temporary 'own::connection' is destroyed without an awaited 'close()'}}

task<> bad_pointer_temporary() { co_await (co_await open_owned())->write(1); }
// expected-warning@-1 {{temporary 'own::connection' is destroyed without an awaited 'close()'}}

task<> bad_dropped_temporary() { co_await connect(); }
// expected-warning@-1 {{temporary 'own::connection' is destroyed without an awaited 'close()'}}

task<> bad_void_temporary() { (void)co_await connect(); }
// expected-warning@-1 {{temporary 'own::connection' is destroyed without an awaited 'close()'}}

task<int> bad_temporary_in_a_condition() {
  if (co_await (co_await connect()).read() > 0)
  // expected-warning@-1 {{temporary 'own::connection' is destroyed without an awaited 'close()'}}
    co_return 1;
  co_return 0;
}

task<> bad_temporary_whose_close_is_dropped() { (co_await connect()).close(); }
// expected-warning@-1 {{temporary 'own::connection' is destroyed without an awaited 'close()'}}

task<> bad_reference_to_a_temporary() {
  auto &&c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c.write(1);
}

task<> bad_dropped_close() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  c.close();
}

task<> bad_dropped_close_with_void() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  (void)c.close();
}

task<> bad_ignored_close() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  std::ignore = c.close();
}

task<> bad_dropped_moved_close() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  std::move(c).close();
}

task<> bad_kept_close() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  auto closing = c.close();
}

task<> bad_kept_close_on_one_branch() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  auto closing = c.close();
  if (lucky())
    co_await std::move(closing);
}

task<> bad_one_branch() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  if (lucky())
    co_await c.close();
}

task<> bad_early_return() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  if (lucky())
    co_return;
  co_await c.close();
}

task<> bad_throw() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  if (lucky())
    throw 1;
  co_await c.close();
}

[[noreturn]] void fail();
task<> bad_call_that_never_returns() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  if (lucky())
    fail();
  co_await c.close();
}

task<> bad_overwritten() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is overwritten while it is open, without an awaited 'close()'}}
  c = co_await connect();
  co_await c.close();
}

task<> bad_overwritten_in_a_loop() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is overwritten while it is open, without an awaited 'close()'}}
  for (int i = 0; i < 3; ++i)
    c = co_await connect();
  co_await c.close();
}

task<> bad_overwritten_through_the_pointer() {
  auto p = co_await open_owned();
  // expected-warning@-1 {{'p' of type 'own::connection' is overwritten while it is open, without an awaited 'close()'}}
  *p = co_await connect();
  co_await p->close();
}

task<> bad_emptied() {
  std::optional<connection> c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is emptied while it is open, without an awaited 'close()'}}
  c = std::nullopt;
}

task<> bad_reset() {
  auto p = co_await open_owned();
  // expected-warning@-1 {{'p' of type 'own::connection' is emptied while it is open, without an awaited 'close()'}}
  p.reset();
}

task<> bad_reset_to_another() {
  auto p = co_await open_owned();
  // expected-warning@-1 {{'p' of type 'own::connection' is overwritten while it is open, without an awaited 'close()'}}
  p.reset(new connection("other"));
  co_await p->close();
}

task<> bad_emplaced_twice() {
  std::optional<connection> c;
  // expected-warning@-1 {{'c' of type 'own::connection' is overwritten while it is open, without an awaited 'close()'}}
  c.emplace("one");
  c.emplace("two");
  co_await c->close();
}

task<> bad_continue() {
  for (int i = 0; i < 3; ++i) {
    auto c = co_await connect();
    // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
    if (lucky())
      continue;
    co_await c.close();
  }
}

task<> bad_break() {
  while (lucky()) {
    auto c = co_await connect();
    // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
    if (lucky())
      break;
    co_await c.close();
  }
}

task<> bad_switch() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  switch (co_await c.read()) {
  case 0:
    co_await c.close();
    break;
  case 1:
    break;
  default:
    co_await c.close();
  }
}

task<> bad_await_between() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when a co_await throws}}
  co_await c.write(1);
  co_await c.close();
}

task<> bad_await_in_the_loop() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when a co_await throws}}
  for (int i = 0; i < 3; ++i)
    co_await c.write(i);
  co_await c.close();
}

task<> bad_second_close_after_the_first() {
  auto a = co_await connect();
  connection b("host");
  // expected-warning@-1 {{'b' of type 'own::connection' is destroyed without an awaited 'close()' when a co_await throws}}
  co_await a.close();
  co_await b.close();
}

task<> bad_moved_into_another_variable() {
  auto c = co_await connect();
  auto d = std::move(c); // expected-warning {{'d' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await d.write(1);
}

void look_at(connection &c) { c.is_open(); }
task<> bad_helper_that_does_not_close() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  look_at(c);
}

void look_closer(connection &c) { look_at(c); }
task<> bad_two_helpers_that_do_not_close() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  look_closer(c);
}

task<> write_twice(connection &c) {
  co_await c.write(1);
  co_await c.write(2);
}
task<> bad_coroutine_helper_that_does_not_close() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await write_twice(c);
}

task<> shut(connection &c) { co_await c.close(); }
task<> bad_dropped_helper() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  shut(c);
}

void inspect(const connection &);
task<> bad_shown_to_an_unknown_function() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  inspect(c);
}

// Who closes it afterwards has not handed it over.
task<> converse(connection &);
task<> bad_unknown_function_throws() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when a co_await throws}}
  co_await converse(c);
  co_await c.close();
}

task<> bad_left_after_an_unknown_function() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  converse(c);
  if (lucky())
    co_return;
  co_await c.close();
}

using link = connection;
typedef link handle;
task<> bad_alias() {
  handle c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c.write(1);
}

template <class T> class stream {
public:
  explicit stream(T first);
  stream(stream &&) noexcept;
  ~stream();
  task<T> next();
  task<> close();
};
task<int> bad_deduced_arguments() {
  stream s(1); // expected-warning {{'s' of type 'stream<int>' is destroyed without an awaited 'close()'}}
  co_return co_await s.next();
}

task<> bad_caught_and_forgotten() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when a co_await throws}}
  try {
    co_await c.write(1);
    co_await c.close();
  } catch (const std::exception &) {
  }
}

task<> bad_inner_scope() {
  {
    auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
    co_await own::nothrow_yield();
  }
  co_await own::yield();
}

task<> when_both(task<>, task<>);
task<> bad_of_two() {
  auto a = co_await connect();
  connection b("host"); // expected-warning {{'b' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await when_both(a.close(), own::yield());
}

} // namespace
