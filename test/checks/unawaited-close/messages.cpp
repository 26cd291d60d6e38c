// RUN: %check unawaited-close %s -Werror=return-type
//
// The story that each kind of finding tells.

#include "cppcoro/generator.hpp"
#include "own/connection.h"
#include "seastar/core/iostream.hh"
#include <memory>
#include <optional>

using own::connection;
using own::task;

namespace {

bool lucky();
task<connection> connect();

task<> bad_destroyed() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}
  co_await c.write(1); // expected-note {{it is destroyed after this with no close awaited}}
}

task<> bad_parameter(connection c) { co_await c.write(1); }
// expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
// expected-note@-2 {{the coroutine owns the parameter from here on}}
// expected-note@-3 {{it is destroyed after this with no close awaited}}
// expected-note@-4 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}

task<> bad_unnamed_parameter(connection) { co_return; }
// expected-warning@-1 {{unnamed parameter of type 'own::connection' is destroyed without an awaited 'close()'}}
// expected-note@-2 {{the coroutine owns the parameter from here on}}
// expected-note@-3 {{the function is left here with it still open}}
// expected-note@-4 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}

task<> bad_temporary() { co_await (co_await connect()).write(1); }
// expected-warning@-1 {{temporary 'own::connection' is destroyed without an awaited 'close()'}}
// expected-note@-2 {{it is open from here on}}
// expected-note@-3 {{it is destroyed after this with no close awaited}}
// expected-note@-4 {{give it a name and co_await its 'close()', or let codrop::with_resource do it}}

task<> bad_held() {
  auto p = std::make_unique<connection>("host");
  // expected-warning@-1 {{'p' of type 'own::connection' is destroyed without an awaited 'close()'}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}
  co_await p->write(1); // expected-note {{it is destroyed after this with no close awaited}}
}

task<> bad_dropped() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}
  c.close(); // expected-note {{the task that closes it is not awaited, so the close never completes}}
}

task<> bad_kept() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}
  auto closing = c.close(); // expected-note {{the task that closes it is not awaited, so the close never completes}}
}

task<> bad_left() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}
  if (lucky())
    co_return; // expected-note {{the function is left here with it still open}}
  co_await c.close();
}

task<> bad_thrown() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}
  if (lucky())
    throw 1; // expected-note {{the function is left here with it still open}}
  co_await c.close();
}

task<> bad_not_taken() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' on some path}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}
  if (lucky()) // expected-note {{it is destroyed after this with no close awaited}}
    co_await c.close();
}

task<> bad_await_throws() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when a co_await throws}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{keep the exception, co_await 'close()' and rethrow, or let codrop::with_resource do it}}
  co_await own::yield(); // expected-note {{if this co_await throws, the close is skipped}}
  co_await c.write(1);
  co_await c.close();
}

task<> bad_await_throws_and_is_caught() {
  auto c = co_await connect();
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when a co_await throws}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{keep the exception, co_await 'close()' and rethrow, or let codrop::with_resource do it}}
  try {
    co_await c.write(1); // expected-note {{if this co_await throws, the close is skipped}}
    co_await c.close();
  } catch (...) {
  }
}

task<> bad_overwritten() {
  std::optional<connection> c;
  // expected-warning@-1 {{'c' of type 'own::connection' is overwritten while it is open, without an awaited 'close()'}}
  // expected-note@-2 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}
  c = co_await connect(); // expected-note {{it is open from here on}}
  c = co_await connect(); // expected-note {{the open one is lost here}}
  co_await c->close();
}

task<> bad_emptied() {
  auto p = std::make_unique<connection>("host");
  // expected-warning@-1 {{'p' of type 'own::connection' is emptied while it is open, without an awaited 'close()'}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{co_await its 'close()' on every path, or let codrop::with_resource do it}}
  p = nullptr; // expected-note {{the open one is lost here}}
  co_return;
}

cppcoro::generator<int> bad_frame_destroyed() {
  connection c("host");
  // expected-warning@-1 {{'c' of type 'own::connection' is destroyed without an awaited 'close()' when the suspended coroutine is destroyed}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{co_await its 'close()' before, or let codrop::must_close hand it to a cleanup scope}}
  co_yield 1; // expected-note {{if the frame is destroyed while the coroutine is suspended here, the close is never reached}}
  own::spawn(c.close());
}

seastar::future<> bad_known(seastar::output_stream<char> out) {
// expected-warning@-1 {{'out' of type 'seastar::output_stream<char>' is destroyed without an awaited 'close()'}}
// expected-note@-2 {{the coroutine owns the parameter from here on}}
// expected-note@-3 {{co_await its 'close()' on every path, or let codrop::with_resource do it: buffered data is lost, and the destructor asserts that it was closed}}
  co_await out.write("x"); // expected-note {{it is destroyed after this with no close awaited}}
}

struct [[clang::annotate("codrop::must_close(finish)")]] annotated {
  explicit annotated(int);
  ~annotated();
  task<> finish();
};
task<> bad_annotated() {
  annotated a(1);
  // expected-warning@-1 {{'a' of type 'annotated' is destroyed without an awaited 'finish()'}}
  // expected-note@-2 {{it is open from here on}}
  // expected-note@-3 {{co_await its 'finish()' on every path, or let codrop::with_resource do it}}
  co_await own::yield(); // expected-note {{it is destroyed after this with no close awaited}}
}

} // namespace
