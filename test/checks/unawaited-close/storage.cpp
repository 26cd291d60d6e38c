// RUN: %check unawaited-close %s -Werror=return-type --no-notes
//
// Where the resources of libraries are kept and how they are closed: Seastar,
// Folly and cppcoro, whose types knowledge files know, and classes over their
// tasks, of which nobody knows.

#include "cppcoro/async_scope.hpp"
#include "cppcoro/task.hpp"
#include "folly/coro/AsyncScope.h"
#include "folly/coro/Collect.h"
#include "folly/coro/Task.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/fstream.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/iostream.hh"
#include "seastar/coroutine/all.hh"
#include "seastar/util/closeable.hh"
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

bool lucky();

// --- Seastar -----------------------------------------------------------------

namespace with_seastar {

using seastar::future;
using seastar::input_stream;
using seastar::output_stream;

future<output_stream<char>> open_output(std::string name);
future<std::pair<input_stream<char>, output_stream<char>>> connect();
input_stream<char> make_input();

future<> bad_optional() {
  std::optional<output_stream<char>> out; // expected-warning {{'out' of type 'seastar::output_stream<char>' is destroyed without an awaited 'close()'}}
  out = co_await open_output("a");
  co_await out->write("x");
}

future<> bad_owned() {
  auto out = std::make_unique<output_stream<char>>(co_await open_output("a")); // expected-warning {{when a co_await throws}}
  co_await out->write("x");
  co_await out->close();
}

future<> bad_overwritten() {
  auto out = co_await open_output("a"); // expected-warning {{is overwritten while it is open}}
  out = co_await open_output("b");
  co_await out.close();
}

future<> bad_emplaced_again() {
  std::optional<output_stream<char>> out; // expected-warning {{is overwritten while it is open}}
  out.emplace(co_await open_output("a"));
  out.emplace(co_await open_output("b"));
  co_await out->close();
}

future<> bad_vector() {
  std::vector<output_stream<char>> all; // expected-warning {{'seastar::output_stream<char>' in 'all' is destroyed without an awaited 'close()'}}
  all.push_back(co_await open_output("a"));
  for (auto &out : all)
    co_await out.write("x");
}

future<> bad_map() {
  std::map<std::string, output_stream<char>> by_name; // expected-warning {{when a co_await throws}}
  by_name.emplace("a", co_await open_output("a"));
  for (auto &[name, out] : by_name)
    co_await out.write(name.data());
  for (auto &[name, out] : by_name)
    co_await out.close();
}

future<> bad_binding() {
  auto [in, out] = co_await connect(); // expected-warning {{'out' of type 'seastar::output_stream<char>' is destroyed without an awaited 'close()'}}
  co_await in.close();
}

future<> bad_lambda_only_uses_it() {
  auto out = co_await open_output("a"); // expected-warning {{'out' of type 'seastar::output_stream<char>'}}
  co_await out.write("x").finally([&out] { return out.flush(); });
}

future<> bad_captured() {
  co_await [out = co_await open_output("a")]() mutable -> future<> { // expected-warning {{'out' of type 'seastar::output_stream<char>' is destroyed with the lambda that captured it}}
    co_await out.write("x");
  }();
}

future<> bad_temporary() {
  co_await (co_await open_output("a")).write("x"); // expected-warning {{temporary 'seastar::output_stream<char>'}}
}

future<> bad_continuation_dropped() {
  auto out = co_await open_output("a"); // expected-warning {{'out' of type 'seastar::output_stream<char>'}}
  (void)out.close();
}

future<> ok_finally() {
  auto out = co_await open_output("a");
  co_await out.write("x").finally([&] { return out.close(); });
}

future<> ok_closed_together() {
  auto [in, out] = co_await connect();
  co_await seastar::when_all_succeed(in.close(), out.close());
}

future<> ok_closed_by_all() {
  auto out = co_await open_output("a");
  auto in = make_input();
  co_await seastar::coroutine::all([&] { return in.close(); },
                                   [&] { return out.close(); });
}

future<> ok_closed_in_parallel() {
  std::vector<output_stream<char>> all;
  all.push_back(co_await open_output("a"));
  co_await seastar::parallel_for_each(
      all, [](output_stream<char> &out) { return out.close(); });
}

future<> ok_closed_in_parallel_through_a_generic_lambda() {
  std::vector<output_stream<char>> all;
  all.push_back(co_await open_output("a"));
  co_await seastar::parallel_for_each(all,
                                      [](auto &out) { return out.close(); });
}

future<> ok_closed_by_a_tool() {
  co_await seastar::with_closeable(
      co_await open_output("a"),
      [](output_stream<char> &out) { return out.write("x"); });
}

future<> close_quietly(output_stream<char> &out) {
  try {
    co_await out.close();
  } catch (...) {
  }
}
future<> ok_closed_by_a_helper() {
  auto out = co_await open_output("a");
  co_await close_quietly(out);
}

future<> ok_gates() {
  std::array<seastar::gate, 2> gates;
  for (auto &g : gates)
    g.enter();
  for (auto &g : gates)
    co_await g.close();
}

future<> ok_moved_into_its_owner(std::vector<output_stream<char>> &all) {
  auto [in, out] = co_await connect();
  all.push_back(std::move(out));
  co_await in.close();
}

} // namespace with_seastar

// --- Folly -------------------------------------------------------------------

namespace with_folly {

using folly::coro::AsyncScope;
using folly::coro::Task;

class Connection {
public:
  explicit Connection(const char *host);
  Connection(Connection &&) noexcept;
  Connection &operator=(Connection &&) noexcept;
  ~Connection();
  Task<void> send(int n);
  Task<void> close();
};
Task<Connection> connect();
Task<std::pair<Connection, int>> connectWithId();
Task<void> work();

Task<void> bad_owned_scope() {
  auto scope = std::make_unique<AsyncScope>(); // expected-warning {{'scope' of type 'folly::coro::AsyncScope' is destroyed without an awaited 'joinAsync()'}}
  scope->add(work());
  co_return;
}

Task<void> bad_scopes() {
  std::vector<std::unique_ptr<AsyncScope>> scopes; // expected-warning {{'folly::coro::AsyncScope' in 'scopes'}}
  scopes.push_back(std::make_unique<AsyncScope>(true));
  scopes.back()->add(work());
  co_return;
}

Task<void> bad_reference_to_scope() {
  AsyncScope scope; // expected-warning {{when a co_await throws}}
  auto &s = scope;
  s.add(work());
  co_await work();
  co_await s.joinAsync();
}

Task<void> bad_vector() {
  std::vector<Connection> all; // expected-warning {{'with_folly::Connection' in 'all' is destroyed without an awaited 'close()' on some path}}
  all.push_back(co_await connect());
  if (lucky())
    co_return;
  for (auto &c : all)
    co_await c.close();
}

Task<void> bad_binding() {
  auto [c, id] = co_await connectWithId(); // expected-warning {{'c' of type 'with_folly::Connection'}}
  co_await c.send(id);
}

Task<void> bad_variant() {
  std::variant<std::monostate, Connection> v; // expected-warning {{is overwritten while it is open}}
  v = co_await connect();
  v = co_await connect();
  co_await std::get<Connection>(v).close();
}

Task<void> bad_parameter(std::unique_ptr<Connection> c) { // expected-warning {{'c' of type 'with_folly::Connection'}}
  co_await c->send(1);
}

Task<void> ok_collected() {
  auto a = Connection("a");
  auto b = Connection("b");
  co_await folly::coro::collectAll(a.close(), b.close());
}

Task<void> ok_collected_range() {
  std::vector<Connection> all;
  all.emplace_back("a");
  std::vector<Task<void>> closing;
  for (auto &c : all)
    closing.push_back(c.close());
  co_await folly::coro::collectAllRange(std::move(closing));
}

Task<void> ok_scopes_joined() {
  std::vector<std::unique_ptr<AsyncScope>> scopes;
  scopes.push_back(std::make_unique<AsyncScope>(true));
  scopes.back()->add(work());
  for (auto &scope : scopes)
    co_await scope->joinAsync();
}

Task<void> ok_join_awaited_with_result() {
  AsyncScope scope;
  scope.add(work());
  auto outcome = co_await folly::coro::co_awaitTry(work());
  co_await scope.joinAsync();
}

Task<std::pair<Connection, int>> ok_returned_with_more() {
  auto c = co_await connect();
  co_return {std::move(c), 1};
}

} // namespace with_folly

// --- cppcoro -----------------------------------------------------------------

namespace with_cppcoro {

using cppcoro::async_scope;
using cppcoro::task;

class file {
public:
  explicit file(const char *name);
  file(file &&) noexcept;
  file &operator=(file &&) noexcept;
  ~file();
  task<int> read();
  task<> close();
};
task<file> open_file(const char *name);
task<std::pair<int, file>> try_open(const char *name);
task<> work();

task<> bad_scopes() {
  async_scope scopes[2]; // expected-warning {{'cppcoro::async_scope' in 'scopes' is destroyed without an awaited 'join()'}}
  scopes[0].spawn(work());
  co_return;
}

task<> bad_optional() {
  std::optional<file> f; // expected-warning {{when a co_await throws}}
  f.emplace(co_await open_file("name"));
  co_await f->read();
  co_await f->close();
}

task<> bad_map() {
  std::map<int, std::unique_ptr<file>> by_id; // expected-warning {{is emptied while it is open}}
  by_id[1] = std::make_unique<file>("name");
  by_id.erase(1);
  co_return;
}

task<int> bad_binding() {
  auto [error, f] = co_await try_open("name"); // expected-warning {{'f' of type 'with_cppcoro::file'}}
  if (error)
    co_return 0;
  co_return co_await f.read();
}

task<> ok_scopes_joined() {
  async_scope scopes[2];
  scopes[0].spawn(work());
  for (auto &scope : scopes)
    co_await scope.join();
}

task<> ok_optional() {
  std::optional<file> f;
  if (lucky())
    f.emplace(co_await open_file("name"));
  if (f)
    co_await f->close();
}

task<int> ok_binding() {
  auto [error, f] = co_await try_open("name");
  if (error)
    co_return 0;
  co_await f.close();
  co_return 1;
}

} // namespace with_cppcoro
