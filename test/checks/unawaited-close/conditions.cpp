// RUN: %check unawaited-close %s -Werror=return-type --no-notes
//
// Branches that say where a resource is open, and branches that don't.

#include "own/connection.h"
#include <memory>
#include <optional>

using own::connection;
using own::task;

namespace {

bool lucky();
task<connection> connect();
task<std::optional<connection>> try_connect();
task<std::unique_ptr<connection>> open_owned();

// --- Asking the resource -----------------------------------------------------

task<> ok_closed_if_open() {
  auto c = co_await connect();
  if (c.is_open())
    co_await c.close();
}

task<> ok_left_if_not_open() {
  auto c = co_await connect();
  if (!c.is_open())
    co_return;
  co_await c.close();
}

task<> ok_no_result() {
  auto c = co_await try_connect();
  if (!c)
    co_return;
  co_await c->close();
}

task<> ok_no_value() {
  auto c = co_await try_connect();
  if (!c.has_value())
    co_return;
  co_await c->close();
}

struct socket_part {
  bool is_ok() const;
};
struct stream : connection {
  explicit stream(int);
  socket_part &socket();
};
task<> ok_asked_through_a_part() {
  stream c(1);
  if (c.socket().is_ok())
    co_await c.close();
}

task<> ok_compared_with_nullopt() {
  auto c = co_await try_connect();
  if (c == std::nullopt)
    co_return;
  co_await c->close();
}

task<> ok_result_in_the_condition() {
  if (auto c = co_await try_connect())
    co_await c->close();
}

task<> ok_results_in_a_loop() {
  while (auto c = co_await try_connect())
    co_await c->close();
}

task<> ok_null_pointer() {
  auto p = co_await open_owned();
  if (p == nullptr)
    co_return;
  co_await p->close();
}

task<> ok_pointer_tested() {
  auto p = co_await open_owned();
  if (p)
    co_await p->close();
}

task<> ok_tested_with_more() {
  auto p = co_await open_owned();
  if (p && p->is_open())
    co_await p->close();
}

task<> bad_tested_for_something_else() {
  auto p = co_await open_owned(); // expected-warning {{on some path}}
  if (lucky() && p)
    co_await p->close();
}

task<> bad_used_if_open_but_not_closed() {
  auto c = co_await try_connect(); // expected-warning {{is destroyed without an awaited 'close()'}}
  if (c)
    co_await c->write(1);
}

class parser {
public:
  explicit parser(int);
  parser(parser &&);
  ~parser();
  bool has_more();
  task<int> next();
  task<> close();
};
task<> bad_asked_for_something_else() {
  parser p(1); // expected-warning {{on some path}}
  if (!p.has_more())
    co_return;
  co_await p.close();
}

// --- Flags -------------------------------------------------------------------

task<> ok_flag() {
  connection c;
  bool opened = false;
  std::exception_ptr error;
  try {
    c = co_await connect();
    opened = true;
    co_await c.write(1);
  } catch (...) {
    error = std::current_exception();
  }
  if (opened)
    co_await c.close();
}

task<> ok_negative_flag() {
  auto c = co_await connect();
  bool closed = false;
  if (lucky()) {
    co_await c.close();
    closed = true;
  }
  if (!closed)
    co_await c.close();
}

task<> bad_unrelated_condition(bool verbose) {
  auto c = co_await connect(); // expected-warning {{on some path}}
  if (verbose)
    co_await c.close();
}

struct settings {
  bool tls;
  bool use_tls() const;
};

task<> ok_same_condition(bool tls) {
  std::optional<connection> c;
  if (tls)
    c = co_await connect();
  if (tls)
    co_await c->close();
}

task<> ok_same_field(const settings &s) {
  std::optional<connection> c;
  if (s.tls)
    c.emplace("host");
  if (s.tls)
    co_await c->close();
}

task<> ok_same_call(settings s) {
  std::unique_ptr<connection> c;
  if (s.use_tls())
    c = std::make_unique<connection>("host");
  if (!s.use_tls())
    co_return;
  co_await c->close();
}

task<> bad_opposite_condition(bool tls) {
  std::optional<connection> c; // expected-warning {{on some path}}
  if (tls)
    c = co_await connect();
  if (!tls)
    co_await c->close();
}

// --- Opening -----------------------------------------------------------------

class client {
public:
  client(const char *host);
  client(client &&) noexcept;
  ~client();
  task<int> open();
  task<bool> try_open();
  task<> start(std::exception_ptr &error);
  task<> send(int);
  task<> close();
};

task<> ok_never_opened() {
  client c("host");
  co_await own::yield();
}

task<> ok_opening_throws() {
  client c("host");
  co_await c.open();
  co_await c.close();
}

task<> bad_opened() {
  client c("host"); // expected-warning {{is destroyed without an awaited 'close()'}}
  co_await c.open();
}

task<> bad_opened_and_used() {
  client c("host"); // expected-warning {{when a co_await throws}}
  co_await c.open();
  co_await c.send(1);
  co_await c.close();
}

task<int> ok_opening_failed() {
  client c("host");
  auto ec = co_await c.open();
  if (ec)
    co_return ec;
  co_await c.close();
  co_return 0;
}

task<int> ok_opening_failed_in_the_condition() {
  client c("host");
  if (auto ec = co_await c.open())
    co_return ec;
  co_await c.close();
  co_return 0;
}

task<> ok_opening_denied() {
  client c("host");
  if (!co_await c.try_open())
    co_return;
  co_await c.close();
}

task<> ok_opening_succeeded() {
  client c("host");
  const bool ok = co_await c.try_open();
  if (ok)
    co_await c.close();
}

task<int> bad_opening_succeeded_and_not_closed() {
  client c("host"); // expected-warning {{is destroyed without an awaited 'close()'}}
  auto ec = co_await c.open();
  if (ec)
    co_return ec;
  co_await own::yield();
  co_return 0;
}

task<int> bad_opened_then_left() {
  client c("host"); // expected-warning {{on some path}}
  auto ec = co_await c.open();
  if (ec)
    co_return ec;
  if (lucky())
    co_return 1;
  co_await c.close();
  co_return 0;
}

task<> ok_opened_where_it_is_owned(client c) {
  co_await c.open();
  co_await c.close();
}

class error_code {
public:
  explicit operator bool() const;
};
task<connection> dial(const char *host, error_code &ec);
task<> ok_error_by_reference() {
  error_code ec;
  auto c = co_await dial("host", ec);
  if (ec)
    co_return;
  co_await c.close();
}

task<> bad_error_by_reference() {
  error_code ec;
  auto c = co_await dial("host", ec); // expected-warning {{on some path}}
  if (ec)
    co_return;
  if (lucky())
    co_return;
  co_await c.close();
}

// --- Trying again ------------------------------------------------------------

task<> ok_close_retried() {
  auto c = co_await connect();
  for (int i = 0; i < 3; ++i) {
    try {
      co_await c.close();
      break;
    } catch (...) {
    }
  }
}

task<> ok_close_retried_while() {
  auto c = co_await connect();
  bool closed = false;
  while (!closed) {
    try {
      co_await c.close();
      closed = true;
    } catch (...) {
    }
  }
}

task<> ok_close_retried_at_least_once() {
  auto c = co_await connect();
  int tries = 0;
  do {
    try {
      co_await c.close();
      break;
    } catch (...) {
    }
  } while (++tries < 3);
}

task<> ok_close_retried_after_delays() {
  auto c = co_await connect();
  for (int delay : {1, 10, 100}) {
    bool failed = false;
    try {
      co_await c.close();
      break;
    } catch (...) {
      failed = true;
    }
    if (failed)
      co_await own::sleep(delay);
  }
}

task<> ok_connect_retried() {
  std::optional<connection> c;
  for (int i = 0; i < 3 && !c; ++i) {
    try {
      c = co_await connect();
    } catch (...) {
    }
  }
  if (c)
    co_await c->close();
}

task<> bad_reconnected_without_close() {
  std::optional<connection> c; // expected-warning {{is overwritten while it is open}}
  for (int i = 0; i < 3; ++i)
    c = co_await connect();
  if (c)
    co_await c->close();
}

task<> bad_closed_in_the_loop_on_one_branch() {
  auto c = co_await connect(); // expected-warning {{on some path}}
  for (int i = 0; i < 3; ++i)
    if (lucky()) {
      co_await c.close();
      break;
    }
}

// --- Variables that only a handler sets --------------------------------------

task<> ok_made_in_a_try_and_left_on_failure() {
  std::optional<connection> c;
  std::exception_ptr failure;
  try {
    c = co_await connect();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure)
    co_return;
  co_await c->close();
}

task<> ok_flag_set_by_the_handler() {
  std::optional<connection> c;
  bool failed = false;
  try {
    c = co_await connect();
  } catch (...) {
    failed = true;
  }
  if (failed)
    co_return;
  co_await c->close();
}

task<> bad_left_when_used_in_vain() {
  auto c = co_await connect(); // expected-warning {{when a co_await throws}}
  std::exception_ptr failure;
  try {
    co_await c.read();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure)
    co_return;
  co_await c.close();
}

task<> bad_flag_of_an_earlier_try() {
  bool failed = false;
  try {
    co_await own::sleep(1);
  } catch (...) {
    failed = true;
  }
  auto c = co_await connect(); // expected-warning {{on some path}}
  if (failed)
    co_return;
  co_await c.close();
}

task<> bad_flag_set_elsewhere_too() {
  bool failed = false;
  auto c = co_await connect(); // expected-warning {{on some path}}
  try {
    failed = lucky();
  } catch (...) {
    failed = true;
  }
  if (failed)
    co_return;
  co_await c.close();
}

} // namespace
