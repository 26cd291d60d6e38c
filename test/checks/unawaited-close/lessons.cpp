// RUN: %check unawaited-close %s -Werror=return-type --no-notes
//
// What linters for resources in other languages were switched off for: objects
// that are given on in a roundabout way.

#include "own/connection.h"
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

using own::connection;
using own::task;

namespace {

bool lucky();
task<connection> connect();

// --- Choices -----------------------------------------------------------------

task<connection> ok_one_of_two_returned() {
  auto a = co_await connect();
  if (lucky())
    co_return a;
  co_await a.close();
  co_return co_await connect();
}

task<connection> ok_chosen_value_returned() {
  co_return lucky() ? co_await connect() : connection("other");
}

task<> ok_chosen_value_closed() {
  auto c = lucky() ? co_await connect() : connection("other");
  co_await c.close();
}

task<> bad_chosen_value() {
  auto c = lucky() ? co_await connect() : connection("other"); // expected-warning {{'c' of type 'own::connection'}}
  co_await c.write(1);
}

// --- Wrapped awaits ----------------------------------------------------------

template <class T> T in_time(T, int milliseconds);
template <class T> task<T> with_retries(task<T>);

task<> ok_wrapped_close() {
  auto c = co_await connect();
  co_await in_time(c.close(), 100);
}

task<> ok_twice_wrapped_close() {
  auto c = co_await connect();
  co_await in_time(in_time(c.close(), 100), 200);
}

task<> bad_wrapped_open() {
  auto c = co_await with_retries(connect()); // expected-warning {{'c' of type 'own::connection'}}
  co_await c.write(1);
}

task<> ok_close_in_a_list() {
  auto c = co_await connect();
  std::vector<task<>> closing;
  closing.push_back(c.close());
  for (auto &t : closing)
    co_await t;
}

// --- Out-parameters ----------------------------------------------------------

task<> ok_out_parameter(connection &out) {
  auto c = co_await connect();
  out = std::move(c);
}

task<> ok_out_pointer(std::unique_ptr<connection> *out) {
  auto c = std::make_unique<connection>("host");
  *out = std::move(c);
  co_return;
}

bool open_into(std::optional<connection> &out);
task<> ok_filled_by_a_function() {
  std::optional<connection> c;
  if (!open_into(c))
    co_return;
  co_await c->close();
}

// --- Owners that take it over ------------------------------------------------

class session {
public:
  explicit session(connection c) : c(std::move(c)) {}
  session(const char *name, connection &&c) : c(std::move(c)) {}
  connection c;
};
class borrower {
public:
  explicit borrower(connection &c) : c(&c) {}
  connection *c;
};

task<> ok_moved_into_a_constructor() {
  auto c = co_await connect();
  session s(std::move(c));
  co_await s.c.close();
}

task<std::unique_ptr<session>> ok_moved_into_a_new_owner() {
  auto c = co_await connect();
  co_return std::make_unique<session>("name", std::move(c));
}

task<session> ok_temporary_in_an_owner() { co_return session(co_await connect()); }

task<> ok_referred_to_by_an_owner() {
  auto c = co_await connect();
  borrower b(c);
  co_await b.c->close();
}

task<> ok_in_an_initializer_list() {
  auto c = co_await connect();
  std::vector<connection *> all{&c};
  for (auto *each : all)
    co_await each->close();
}

task<> ok_tied() {
  auto c = co_await connect();
  auto all = std::tie(c);
  co_await std::get<0>(all).close();
}

// --- Shared ------------------------------------------------------------------

task<> ok_becomes_shared() {
  auto c = std::make_shared<connection>(co_await connect());
  own::spawn([](std::shared_ptr<connection> c) -> task<> {
    co_await c->close();
  }(c));
}

task<> ok_unique_becomes_shared(std::shared_ptr<connection> &out) {
  auto c = std::make_unique<connection>("host");
  out = std::move(c);
  co_return;
}

// --- Closed where the reader looks for it, and the graph does not ------------

task<> ok_goto() {
  auto c = co_await connect();
  if (lucky())
    goto done;
  if (lucky())
    goto done;
done:
  co_await c.close();
}

task<> ok_infinite_loop() {
  auto c = co_await connect();
  for (;;) {
    if (lucky()) {
      co_await c.close();
      break;
    }
  }
}

[[noreturn]] void die() noexcept;
task<> ok_program_ends() {
  auto c = co_await connect();
  if (lucky())
    die();
  co_await c.close();
}

enum class kind { a, b };
task<> ok_all_enumerators(kind k) {
  auto c = co_await connect();
  switch (k) {
  case kind::a:
    co_await c.close();
    break;
  case kind::b:
    co_await c.close();
    break;
  }
}

// --- Two resources -----------------------------------------------------------

task<> ok_one_owns_the_other() {
  auto outer = co_await connect();
  session s(std::move(outer));
  auto inner = co_await connect();
  std::swap(s.c, inner);
}

task<> when_both(task<>, task<>);
task<> bad_first_is_lost_when_the_second_fails() {
  auto a = co_await connect(); // expected-warning {{'a' of type 'own::connection' is destroyed without an awaited 'close()' when a co_await throws}}
  auto b = co_await connect();
  co_await when_both(a.close(), b.close());
}

} // namespace
