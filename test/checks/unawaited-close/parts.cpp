// RUN: %check unawaited-close %s -Werror=return-type --no-notes
//
// Resources that are elements of containers and arrays, parts of pairs, tuples,
// variants and plain structs, or named by structured bindings.

#include "own/connection.h"
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

using own::connection;
using own::task;

namespace {

bool lucky();
task<connection> connect();
task<std::unique_ptr<connection>> connect_owned();
task<std::vector<connection>> connect_all();
task<> when_all(std::vector<task<>> all);
void look(const std::vector<connection> &);
void take(std::vector<connection> &&);
void take_one(connection);

// --- Containers --------------------------------------------------------------

task<> bad_vector() {
  std::vector<connection> all; // expected-warning {{'own::connection' in 'all' is destroyed without an awaited 'close()'}}
  all.push_back(co_await connect());
  co_await all.back().write(1);
}

task<> bad_vector_left_early() {
  std::vector<connection> all; // expected-warning {{'own::connection' in 'all' is destroyed without an awaited 'close()' on some path}}
  all.push_back(co_await connect());
  if (lucky())
    co_return;
  for (auto &c : all)
    co_await c.close();
}

task<> bad_vector_await_between() {
  std::vector<connection> all; // expected-warning {{when a co_await throws}}
  for (int i = 0; i < 3; ++i)
    all.push_back(co_await connect());
  for (auto &c : all)
    co_await c.close();
}

task<> bad_vector_written_in_the_closing_loop() {
  std::vector<connection> all; // expected-warning {{when a co_await throws}}
  all.emplace_back("host");
  for (auto &c : all) {
    co_await c.write(1);
    co_await c.close();
  }
}

task<> bad_vector_broken_off() {
  std::vector<connection> all; // expected-warning {{on some path}}
  all.emplace_back("host");
  for (auto &c : all) {
    if (lucky())
      break;
    co_await c.close();
  }
}

task<> bad_vector_close_dropped() {
  std::vector<connection> all; // expected-warning {{'own::connection' in 'all'}}
  all.emplace_back("host");
  for (auto &c : all)
    (void)c.close();
  co_return;
}

task<> bad_vector_cleared() {
  std::vector<connection> all; // expected-warning {{is emptied while it is open, without an awaited 'close()'}}
  all.emplace_back("host");
  all.clear();
  co_return;
}

task<> bad_vector_of_pointers() {
  std::vector<std::unique_ptr<connection>> all; // expected-warning {{'own::connection' in 'all'}}
  all.push_back(co_await connect_owned());
  co_await all.front()->write(1);
}

task<> bad_vector_returned_by_a_call() {
  auto all = co_await connect_all(); // expected-warning {{'own::connection' in 'all'}}
  for (auto &c : all)
    co_await c.write(1);
}

task<> bad_vector_parameter(std::vector<connection> all) { // expected-warning {{'own::connection' in 'all'}}
  for (auto &c : all)
    co_await c.write(1);
}

task<> bad_map() {
  std::map<std::string, connection> by_name; // expected-warning {{'own::connection' in 'by_name'}}
  by_name.emplace("a", co_await connect());
  co_await by_name.at("a").write(1);
}

task<> bad_map_of_pointers() {
  std::unordered_map<int, std::unique_ptr<connection>> by_id; // expected-warning {{'own::connection' in 'by_id'}}
  by_id[1] = co_await connect_owned();
  co_await by_id[1]->write(1);
}

task<> bad_map_erased() {
  std::map<int, connection> by_id; // expected-warning {{is emptied while it is open}}
  by_id.try_emplace(1, "host");
  auto it = by_id.find(1);
  if (it == by_id.end())
    co_return;
  by_id.erase(it);
}

task<> ok_vector_empty() {
  std::vector<connection> all;
  co_await own::yield();
}

task<> bad_vector_closed_up_to_a_failure() {
  std::vector<connection> all; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  all.emplace_back("host");
  for (auto &c : all)
    co_await c.close();
}

task<> bad_vector_closed_by_index_up_to_a_failure() {
  std::vector<connection> all; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  all.emplace_back("host");
  for (std::size_t i = 0; i < all.size(); ++i)
    co_await all[i].close();
}

task<> bad_vector_closed_by_iterator_up_to_a_failure() {
  std::vector<connection> all; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  all.emplace_back("host");
  for (auto it = all.begin(); it != all.end(); ++it)
    co_await it->close();
}

task<> bad_vector_closed_one_after_the_other_up_to_a_failure() {
  std::vector<connection> all; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  all.emplace_back("host");
  while (!all.empty()) {
    co_await all.back().close();
    all.pop_back();
  }
}

task<> bad_vector_closed_if_open_up_to_a_failure() {
  std::vector<connection> all; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  all.emplace_back("host");
  for (auto &c : all)
    if (c.is_open())
      co_await c.close();
}

/// Never throws: the error is kept in it.
struct settled {
  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<>) noexcept;
  std::exception_ptr await_resume() noexcept;
};
settled settle(task<>);

task<> ok_vector_closed_whatever_happens() {
  std::vector<connection> all;
  all.emplace_back("host");
  for (auto &c : all)
    co_await settle(c.close());
}

task<> ok_vector_closing_goes_on() {
  std::vector<connection> all;
  all.emplace_back("host");
  std::exception_ptr error;
  for (auto &c : all) {
    try {
      co_await c.close();
    } catch (...) {
      error = std::current_exception();
    }
  }
  if (error)
    std::rethrow_exception(error);
}

task<> ok_vector_popping_goes_on() {
  std::vector<connection> all;
  all.emplace_back("host");
  while (!all.empty()) {
    try {
      co_await all.back().close();
    } catch (...) {
    }
    all.pop_back();
  }
}

task<> ok_vector_closed_together() {
  std::vector<connection> all;
  all.emplace_back("host");
  std::vector<task<>> closing;
  for (auto &c : all)
    closing.push_back(c.close());
  co_await when_all(std::move(closing));
}

task<> ok_vector_checked() {
  std::vector<connection> all;
  if (lucky())
    all.emplace_back("host");
  if (all.empty())
    co_return;
  co_await all.front().close();
}

task<> ok_vector_given_away() {
  auto all = co_await connect_all();
  take(std::move(all));
}

task<> ok_vector_elements_given_away() {
  auto all = co_await connect_all();
  for (auto &c : all)
    take_one(std::move(c));
}

task<std::vector<connection>> ok_vector_returned() {
  std::vector<connection> all;
  all.push_back(co_await connect());
  co_return all;
}

task<> bad_vector_of_pointers_closed_up_to_a_failure() {
  std::vector<std::unique_ptr<connection>> all; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  all.push_back(std::make_unique<connection>("host"));
  for (auto &p : all)
    co_await p->close();
  all.clear();
}

task<> ok_vector_of_null() {
  std::vector<std::unique_ptr<connection>> all(3);
  all.push_back(nullptr);
  co_await own::yield();
}

task<> bad_vector_closed_after_catch_up_to_a_failure() {
  std::vector<connection> all; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  std::exception_ptr error;
  try {
    for (int i = 0; i < 3; ++i)
      all.push_back(co_await connect());
    look(all);
  } catch (...) {
    error = std::current_exception();
  }
  for (auto &c : all)
    co_await c.close();
  if (error)
    std::rethrow_exception(error);
}

task<> bad_map_closed_up_to_a_failure() {
  std::map<std::string, connection> by_name; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  by_name.emplace("a", "host");
  for (auto &[name, c] : by_name)
    co_await c.close();
}

task<> bad_map_closed_by_entry_up_to_a_failure() {
  std::map<std::string, std::unique_ptr<connection>> by_name; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  by_name["a"] = std::make_unique<connection>("host");
  for (auto &entry : by_name)
    co_await entry.second->close();
}

task<> ok_map_found_and_closed() {
  std::map<int, connection> by_id;
  by_id.try_emplace(1, "host");
  auto it = by_id.find(1);
  if (it == by_id.end())
    co_return;
  co_await it->second.close();
  by_id.erase(it);
}

task<> ok_element_by_reference_closed() {
  std::vector<connection> all;
  auto &c = all.emplace_back("host");
  co_await c.close();
}

task<> bad_element_by_reference() {
  std::deque<connection> all; // expected-warning {{'own::connection' in 'all'}}
  auto &c = all.emplace_back("host");
  co_await c.write(1);
}

// Somebody else has a part of it.
struct registry {
  void add(connection &c);
};
task<> ok_element_registered(registry &r) {
  std::deque<connection> all;
  r.add(all.emplace_back("host"));
  co_return;
}

// --- Arrays ------------------------------------------------------------------

task<> bad_array() {
  connection both[2] = {connection("a"), connection("b")}; // expected-warning {{'own::connection' in 'both'}}
  co_await both[0].write(1);
}

task<> bad_array_closed_up_to_a_failure() {
  connection both[2] = {connection("a"), connection("b")}; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  for (auto &c : both)
    co_await c.close();
}

task<> ok_array_closed_by_index() {
  connection both[] = {connection("a"), connection("b")};
  co_await both[0].close();
  co_await both[1].close();
}

task<> ok_array_not_used() {
  connection both[2];
  co_await own::yield();
}

task<> bad_std_array() {
  std::array<connection, 2> both = {connection("a"), connection("b")}; // expected-warning {{'own::connection' in 'both'}}
  co_await both[0].write(1);
}

task<> bad_std_array_closed_up_to_a_failure() {
  std::array<connection, 2> both = {connection("a"), connection("b")}; // expected-warning {{without an awaited 'close()' when a co_await throws}}
  for (auto &c : both)
    co_await c.close();
}

// --- Pairs, tuples, plain structs --------------------------------------------

task<std::pair<connection, int>> connect_with_id();
task<std::tuple<int, connection>> connect_tuple();
struct session {
  connection link;
  int id;
};
task<session> open_session();
session make_session();

task<> bad_pair() {
  auto both = co_await connect_with_id(); // expected-warning {{'own::connection' in 'both'}}
  co_await both.first.write(both.second);
}

task<> ok_pair_closed() {
  auto both = co_await connect_with_id();
  co_await both.first.close();
}

task<> ok_pair_given_away() {
  auto both = co_await connect_with_id();
  take_one(std::move(both.first));
}

task<> ok_pair_checked() {
  auto both = co_await connect_with_id();
  if (both.second)
    co_return;
  co_await both.first.close();
}

task<> bad_tuple() {
  std::tuple<int, connection> both(1, co_await connect()); // expected-warning {{'own::connection' in 'both'}}
  co_await std::get<1>(both).write(std::get<0>(both));
}

task<> ok_tuple_closed() {
  auto both = co_await connect_tuple();
  co_await std::get<1>(both).close();
}

task<> bad_struct() {
  session s{co_await connect(), 1}; // expected-warning {{'own::connection' in 's'}}
  co_await s.link.write(s.id);
}

task<> ok_struct_closed() {
  session s{co_await connect(), 1};
  co_await s.link.close();
}

task<session> ok_struct_returned() {
  session s{co_await connect(), 1};
  s.id = 2;
  co_return s;
}

// Who gives out a struct may keep its own books about it.
task<> ok_struct_of_somebody() {
  auto s = co_await open_session();
  co_await s.link.write(1);
}

// --- Structured bindings -----------------------------------------------------

task<> bad_binding() {
  auto [c, id] = co_await connect_with_id(); // expected-warning {{'c' of type 'own::connection' is destroyed without an awaited 'close()'}}
  co_await c.write(id);
}

task<> bad_binding_left_early() {
  auto [c, id] = co_await connect_with_id(); // expected-warning {{when a co_await throws}}
  co_await c.write(id);
  co_await c.close();
}

task<> bad_binding_of_a_tuple() {
  auto [id, c] = co_await connect_tuple(); // expected-warning {{'c' of type 'own::connection'}}
  co_await c.write(id);
}

task<> bad_binding_of_a_struct() {
  auto [c, id] = co_await open_session(); // expected-warning {{'c' of type 'own::connection'}}
  co_await c.write(id);
}

task<> bad_binding_one_of_two() {
  auto [a, b] = std::pair<connection, connection>("a", "b");
  auto [c, d] = std::make_pair(co_await connect(), connection("d")); // expected-warning {{'d' of type 'own::connection'}}
  co_await c.close();
}

task<> ok_binding_closed() {
  auto [c, id] = co_await connect_with_id();
  co_await c.close();
}

task<> ok_binding_checked() {
  auto [c, error] = co_await connect_with_id();
  if (error)
    co_return;
  co_await c.close();
}

task<> bad_binding_checked() {
  auto [c, error] = co_await connect_with_id(); // expected-warning {{'c' of type 'own::connection'}}
  if (error)
    co_return;
  co_await c.write(1);
}

task<> ok_binding_given_away() {
  auto [c, id] = co_await connect_with_id();
  take_one(std::move(c));
}

task<connection> ok_binding_returned() {
  auto [c, id] = co_await connect_with_id();
  co_return std::move(c);
}

task<> ok_binding_to_somebody_elses(std::pair<connection, int> &of) {
  auto &[c, id] = of;
  co_await c.write(id);
}

// --- Variants ----------------------------------------------------------------

using maybe = std::variant<std::monostate, connection>;
task<maybe> try_connect();

task<> bad_variant() {
  maybe v = co_await connect(); // expected-warning {{'own::connection' in 'v'}}
  co_await std::get<connection>(v).write(1);
}

task<> bad_variant_overwritten() {
  maybe v = co_await connect(); // expected-warning {{is overwritten while it is open}}
  v = co_await connect();
  co_await std::get<connection>(v).close();
}

task<> bad_variant_emptied() {
  maybe v = co_await connect(); // expected-warning {{is emptied while it is open}}
  v.emplace<std::monostate>();
}

task<> ok_variant_closed() {
  maybe v = co_await connect();
  co_await std::get<connection>(v).close();
}

task<> ok_variant_empty() {
  maybe v;
  v = std::monostate();
  co_await own::yield();
}

task<> ok_variant_closed_by_pointer() {
  auto v = co_await try_connect();
  if (auto *c = std::get_if<connection>(&v))
    co_await c->close();
}

task<> ok_variant_asked() {
  auto v = co_await try_connect();
  if (std::holds_alternative<connection>(v))
    co_await std::get<connection>(v).close();
}

task<> ok_variant_asked_and_left() {
  auto v = co_await try_connect();
  if (v.index() == 0)
    co_return;
  co_await std::get<1>(v).close();
}

task<> bad_variant_asked() {
  auto v = co_await try_connect(); // expected-warning {{'own::connection' in 'v'}}
  if (auto *c = std::get_if<connection>(&v))
    co_await c->write(1);
}

} // namespace
