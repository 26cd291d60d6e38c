// RUN: %check unawaited-close %s -Werror=return-type --no-notes
//
// Resources that are used, closed and given away through references, pointers
// and captures.

#include "own/connection.h"
#include <functional>
#include <memory>
#include <optional>
#include <vector>

using own::connection;
using own::task;

namespace {

bool lucky();
task<connection> connect();
task<std::unique_ptr<connection>> connect_owned();
void keep(connection &);
void keep_pointer(connection *);
task<> run(std::function<task<>()> what);
void call(std::function<void()> what);
template <class F> task<> retry(F what) { co_await what(); }

// --- References and pointers -------------------------------------------------

task<> bad_reference() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  auto &r = c;
  co_await r.write(1);
}

task<> bad_const_reference() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection'}}
  const auto &r = c;
  if (r.is_open())
    co_await c.write(1);
}

task<> bad_pointer() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection'}}
  auto *p = &c;
  co_await p->write(1);
}

task<> bad_pointer_to_the_owned() {
  auto c = co_await connect_owned(); // expected-warning {{'c' of type 'own::connection'}}
  connection *p = c.get();
  co_await p->write(1);
}

task<> bad_reference_to_the_owned() {
  auto c = co_await connect_owned(); // expected-warning {{on some path}}
  auto &r = *c;
  if (lucky())
    co_return;
  co_await r.close();
}

task<> bad_reference_await_before_the_close() {
  auto c = co_await connect(); // expected-warning {{when a co_await throws}}
  auto &r = c;
  co_await r.write(1);
  co_await r.close();
}

task<> ok_reference_closed() {
  auto c = co_await connect();
  auto &r = c;
  co_await r.close();
}

task<> ok_pointer_closed() {
  auto c = co_await connect();
  connection *p = &c;
  co_await p->close();
}

task<> ok_pointer_to_the_owned_closed() {
  auto c = co_await connect_owned();
  auto *p = c.get();
  co_await p->close();
}

task<> ok_one_of_two_closed() {
  auto a = co_await connect();
  auto &first = lucky() ? a : a;
  co_await first.close();
}

task<> ok_reference_given_away() {
  auto c = co_await connect();
  auto &r = c;
  keep(r);
}

task<> ok_pointer_given_away() {
  auto c = co_await connect();
  auto *p = &c;
  keep_pointer(p);
}

task<connection *> ok_pointer_to_the_owned_returned() {
  auto c = co_await connect_owned();
  auto *p = c.get();
  c.release();
  co_return p;
}

struct session {
  connection *link = nullptr;
};
task<> ok_pointer_stored(session &s) {
  auto c = co_await connect();
  s.link = &c;
}

task<> ok_pointer_assigned() {
  auto c = co_await connect();
  connection *p = nullptr;
  p = &c;
  if (p)
    co_await p->close();
}

task<> ok_reference_in_a_struct() {
  auto c = co_await connect();
  session s{&c};
  co_await s.link->close();
}

// --- Captured by reference ---------------------------------------------------

task<> bad_only_used_by_a_lambda() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await retry([&]() -> task<> { co_await c.write(1); });
}

task<> bad_only_used_by_a_named_lambda() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection'}}
  auto send = [&c](int n) { return c.write(n); };
  co_await send(1);
  co_await send(2);
}

task<> bad_used_by_a_lambda_before_the_close() {
  auto c = co_await connect(); // expected-warning {{when a co_await throws}}
  co_await retry([&c] { return c.write(1); });
  co_await c.close();
}

task<> ok_closed_by_a_lambda() {
  auto c = co_await connect();
  co_await retry([&]() -> task<> { co_await c.close(); });
}

task<> ok_closed_by_a_named_lambda() {
  auto c = co_await connect();
  auto finish = [&c] { return c.close(); };
  co_await own::nothrow_yield();
  co_await finish();
}

task<> ok_closed_by_a_lambda_in_a_lambda() {
  auto c = co_await connect();
  co_await run([&] { return retry([&] { return c.close(); }); });
}

task<> ok_given_away_by_a_lambda() {
  auto c = co_await connect();
  call([&] { keep(c); });
}

task<> ok_moved_by_a_lambda() {
  auto c = co_await connect();
  std::optional<connection> other;
  call([&] { other.emplace(std::move(c)); });
  co_await other->close();
}

task<> ok_captured_under_another_name() {
  auto c = co_await connect();
  co_await retry([&link = c] { return link.close(); });
}

task<> bad_captured_under_another_name() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection'}}
  co_await retry([&link = c] { return link.write(1); });
}

task<> ok_captured_as_a_pointer() {
  auto c = co_await connect();
  co_await retry([p = &c] { return p->close(); });
}

// --- Captured by value -------------------------------------------------------

task<> bad_captured_by_value() {
  co_await [c = co_await connect()]() mutable -> task<> { // expected-warning {{'c' of type 'own::connection' is destroyed with the lambda that captured it, without an awaited 'close()'}}
    co_await c.write(1);
  }();
}

task<> bad_moved_into_a_lambda() {
  auto c = co_await connect();
  co_await retry([link = std::move(c)]() mutable -> task<> { // expected-warning {{'link' of type 'own::connection'}}
    co_await link.write(1);
  });
}

void bad_owner_moved_into_a_lambda(std::unique_ptr<connection> c) {
  own::spawn([c = std::move(c)]() -> task<> { // expected-warning {{'c' of type 'own::connection'}}
    co_await c->write(1);
  }());
}

task<> bad_captured_close_dropped() {
  co_await [c = co_await connect()]() mutable -> task<> { // expected-warning {{'c' of type 'own::connection'}}
    co_await c.write(1);
    (void)c.close();
  }();
}

task<> ok_captured_and_closed() {
  co_await [c = co_await connect()]() mutable -> task<> {
    co_await c.close();
  }();
}

// A lambda that is called for each message may close on the last one.
task<> ok_captured_and_closed_on_some_call() {
  auto each = [c = co_await connect()](bool last) mutable -> task<> {
    co_await c.write(1);
    if (last)
      co_await c.close();
  };
  co_await each(false);
  co_await each(true);
}

task<> ok_captured_and_moved_on() {
  co_await [c = co_await connect()]() mutable -> task<> {
    auto mine = std::move(c);
    co_await mine.close();
  }();
}

task<> ok_captured_copy_of_a_reference(connection &c) {
  co_await [&c]() -> task<> { co_await c.write(1); }();
}

task<> ok_captured_empty() {
  co_await [c = std::unique_ptr<connection>()]() mutable -> task<> {
    co_await own::yield();
  }();
}

// A lambda that is no coroutine is not followed: it may be called never or
// many times, and be kept for what it holds.
task<> captured_by_a_plain_lambda_FN() {
  auto send = [c = co_await connect()]() mutable { return c.write(1); };
  co_await send();
}

} // namespace
