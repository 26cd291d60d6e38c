// RUN: %check unawaited-close %s -Werror=return-type --no-notes
//
// Macros, templates, lambdas, NOLINT.

#include "own/connection.h"
#include <memory>

using own::connection;
using own::task;

namespace {

bool lucky();
task<connection> connect();

// --- Macros ------------------------------------------------------------------

#define CONNECT(name) auto name = co_await connect()
#define CLOSE(name) co_await (name).close()
#define AWAIT(x) co_await (x)
#define RETURN_IF(x)                                                           \
  if (x)                                                                       \
  co_return

task<> ok_macros() {
  CONNECT(c);
  CLOSE(c);
}

task<> bad_opened_by_a_macro() {
  CONNECT(c); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  AWAIT(c.write(1));
}

task<> bad_left_by_a_macro() {
  CONNECT(c); // expected-warning {{on some path}}
  RETURN_IF(lucky());
  CLOSE(c);
}

#define LEAKY_COROUTINE(name)                                                  \
  task<> name() {                                                              \
    auto c = co_await connect();                                               \
    co_await c.write(1);                                                       \
  }
LEAKY_COROUTINE(bad_coroutine_made_by_a_macro) // expected-warning {{'c' of type 'own::connection'}}

// --- Templates ---------------------------------------------------------------

template <class T> task<> bad_template(T from) {
  auto c = co_await from(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c.write(1);
}
template task<> bad_template(task<connection> (*)());
task<> instantiate_again() { co_await bad_template([] { return connect(); }); }

template <class T> task<> ok_template(T from) {
  auto c = co_await from();
  co_await c.close();
}
template task<> ok_template(task<connection> (*)());

// Nobody instantiates it: nothing is known of its types.
template <class T> task<> ok_never_instantiated(T from) {
  connection c("host");
  co_await c.write(1);
  co_await from();
}

template <bool Close> task<> maybe_close() {
  auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection'}}
  if constexpr (Close)
    co_await c.close();
}
template task<> maybe_close<true>();
template task<> maybe_close<false>();

template <bool Close> task<> ok_always_closed() {
  auto c = co_await connect();
  if constexpr (Close)
    co_await c.close();
}
template task<> ok_always_closed<true>();

template <class T> class client {
public:
  task<> bad_member_of_a_template() {
    auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection'}}
    co_await c.write(1);
  }
  static task<> bad_parameter(T t) { // expected-warning {{'t' of type 'own::connection'}}
    co_await t.write(1);
  }
};
template class client<connection>;

template <class... T> task<> bad_pack(T... all) { // expected-warning {{'all' of type 'own::connection'}}
  (co_await all.write(1), ...);
}
template task<> bad_pack(connection);

template <class... T> task<> ok_pack(T... all) {
  (co_await all.close(), ...);
}
template task<> ok_pack(connection);

// --- Lambdas -----------------------------------------------------------------

void keep(task<> (*)());

void lambdas() {
  auto bad_lambda = []() -> task<> {
    auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection'}}
    co_await c.write(1);
  };
  auto bad_lambda_parameter = [](connection c) -> task<> { // expected-warning {{'c' of type 'own::connection'}}
    co_await c.write(1);
  };
  auto bad_generic_lambda = [](auto c) -> task<> { // expected-warning {{'c' of type 'own::connection'}}
    co_await c.write(1);
  };
  own::spawn(bad_generic_lambda(connection("host")));
  auto ok_lambda = []() -> task<> {
    auto c = co_await connect();
    co_await c.close();
  };
}

// What the inner function does is not done by the outer one.
task<> bad_closed_in_an_inner_function_only() {
  auto c = co_await connect(); // expected-warning {{is destroyed without an awaited 'close()'}}
  auto close_another = []() -> task<> {
    auto c = co_await connect();
    co_await c.close();
  };
  co_await close_another();
}

// --- Storage -----------------------------------------------------------------

task<> bad_if_initializer() {
  if (auto c = co_await connect(); lucky()) // expected-warning {{'c' of type 'own::connection'}}
    co_await c.write(1);
}

task<> ok_if_initializer() {
  if (auto c = co_await connect(); lucky())
    co_await c.close();
  else
    co_await c.close();
}

task<> bad_for_initializer() {
  for (auto c = co_await connect(); lucky();) // expected-warning {{'c' of type 'own::connection'}}
    co_await c.write(1);
}

task<> bad_const() {
  const auto c = co_await connect(); // expected-warning {{'c' of type 'own::connection'}}
  c.is_open();
}

task<> bad_one_of_two_declared_together() {
  connection a("a"), b("b"); // expected-warning {{'b' of type 'own::connection'}}
  co_await a.close();
}

// --- NOLINT ------------------------------------------------------------------

task<> ok_nolint() {
  auto c = co_await connect(); // NOLINT(codrop-unawaited-close): the peer closes
  co_await c.write(1);
}

task<> ok_nolint_next_line() {
  // NOLINTNEXTLINE(codrop-unawaited-close): the peer closes
  auto c = co_await connect();
  co_await c.write(1);
}

task<> bad_nolint_of_another_rule() {
  auto c = co_await connect(); // NOLINT(codrop-torn-state) expected-warning {{'c' of type 'own::connection'}}
  co_await c.write(1);
}

} // namespace
