// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dangling-task %s --no-notes
//
// What a task refers to and when that dies, with a library that no knowledge
// file speaks of.

#include "own/connection.h"
#include "own/sync.h"
#include "own/task.h"
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using own::spawn;
using own::task;

task<> work();
void use(int);
void use(std::string_view);
task<> print(const std::string &line);
task<> print_view(std::string_view line);
task<> store(std::string line);
task<> count(int &n);
task<> shout(const std::string &line) {
  co_await work();
  use(line);
}
task<> ignores(const std::string &) { co_await work(); }
own::future<> eager(const std::string &line) {
  co_await own::sleep(1);
  use(line);
}
own::future<> eager_copies(const std::string &line) {
  std::string copy = line;
  co_await own::sleep(1);
  use(copy);
}

// --- Returned from a plain function ---

task<> bad_returns_local() {
  std::string line = "a";
  return shout(line);
  // expected-warning@-1 {{returned task refers to local variable 'line', which dies when 'bad_returns_local()' ends}}
}
task<> bad_returns_parameter(std::string line) {
  return print(line);
  // expected-warning@-1 {{returned task refers to parameter 'line', which dies when 'bad_returns_parameter()' ends}}
}
task<> bad_returns_temporary() {
  return print("text");
  // expected-warning@-1 {{returned task refers to a temporary 'std::string'}}
}
task<> bad_returns_view(std::string line) {
  return print_view(line);
  // expected-warning@-1 {{returned task refers to parameter 'line'}}
}
task<> bad_returns_variable() {
  int n = 0;
  auto t = count(n);
  return t;
  // expected-warning@-1 {{returned task refers to local variable 'n'}}
}
own::future<> bad_returns_eager(std::string line) {
  return eager(line);
  // expected-warning@-1 {{returned task refers to parameter 'line'}}
}
task<> bad_returns_lambda(int n) {
  return [n]() -> task<> {
    co_await work();
    use(n);
  }();
  // expected-warning@-4 {{returned task refers to a capture, which dies with the lambda}}
}
task<> bad_returns_call_of_variable(int n) {
  auto f = [n]() -> task<> {
    co_await work();
    use(n);
  };
  return f();
  // expected-warning@-1 {{returned task refers to a capture, which dies with the lambda}}
}
task<> ok_returns_copy() {
  std::string line = "a";
  return store(line);
}
task<> ok_returns_moved(std::string line) { return store(std::move(line)); }
task<> ok_returns_reference(const std::string &line) { return print(line); }
task<> ok_returns_view(std::string_view line) { return print_view(line); }
task<> ok_returns_unused(std::string line) { return ignores(line); }
own::future<> ok_returns_eager(std::string line) { return eager_copies(line); }
task<> ok_coroutine() {
  std::string line = "a";
  co_return co_await print(line);
}
task<> ok_static() {
  static const std::string line = "a";
  return print(line);
}
task<> ok_returns_this_auto(int n) {
  return [](int m) -> task<> {
    co_await work();
    use(m);
  }(n);
}

// --- Let go ---

task<> bad_spawned() {
  std::string line = "a";
  spawn(print(line));
  // expected-warning@-1 {{detached task refers to local variable 'line', which dies when 'bad_spawned()' ends}}
  co_await work();
}
void bad_spawned_temporary() {
  spawn(print("text"));
  // expected-warning@-1 {{detached task refers to a temporary 'std::string', which dies at the end of the full expression}}
}
void bad_spawned_lambda(int n) {
  spawn([n]() -> task<> {
    co_await work();
    use(n);
  }());
  // expected-warning@-4 {{detached task refers to a capture, which dies with the lambda}}
}
void bad_spawned_by_reference() {
  int n = 0;
  spawn([](int &m) -> task<> {
    co_await work();
    use(m);
  }(n));
  // expected-warning@-4 {{detached task refers to local variable 'n'}}
}
task<> bad_spawned_in_block(own::event &done) {
  {
    int n = 0;
    spawn(count(n));
    // expected-warning@-1 {{detached task refers to local variable 'n'}}
  }
  co_await done.wait();
}
task<> ok_waits(own::event &done) {
  int n = 0;
  spawn(count(n));
  co_await done.wait();
}
task<> ok_joins(own::scope &tasks) {
  int n = 0;
  tasks.spawn(count(n));
  co_await tasks.join();
}
task<> bad_not_joined(own::scope &tasks) {
  int n = 0;
  tasks.spawn(count(n));
  // expected-warning@-1 {{task refers to local variable 'n'}}
  co_await work();
}
void ok_spawned_copy() {
  std::string line = "a";
  spawn(store(line));
}
/// Its own functions take tasks and store them, or start them.
class keeper {
public:
  void keep(task<> t) { tasks_.push_back(std::move(t)); }
  void replace(task<> t) { current_ = std::move(t); }
  void start(task<> t) { spawn(std::move(t)); }
  void run(task<> t) { own::sync_wait(std::move(t)); }
  void look(task<> t) { task<> mine = std::move(t); }
  task<> join();
  task<> bad_keeps_own() {
    std::string line = "a";
    keep(print(line));
    // expected-warning@-1 {{spawned task refers to local variable 'line'}}
    co_await work();
  }

private:
  std::vector<task<>> tasks_;
  task<> current_ = work();
};
void bad_stored_by_function(keeper &k) {
  std::string line = "a";
  k.keep(print(line));
  // expected-warning@-1 {{spawned task refers to local variable 'line'}}
}
void bad_replaced_by_function(keeper &k) {
  k.replace(print("text"));
  // expected-warning@-1 {{spawned task refers to a temporary 'std::string'}}
}
void bad_started_by_function(keeper &k) {
  std::string line = "a";
  k.start(print(line));
  // expected-warning@-1 {{spawned task refers to local variable 'line'}}
}
task<> ok_stored_and_joined(keeper &k) {
  std::string line = "a";
  k.keep(print(line));
  co_await k.join();
}
void ok_keeper_dies_too() {
  std::string line = "a";
  keeper k;
  k.keep(print(line));
}
void ok_run_or_dropped_by_function(keeper &k) {
  std::string line = "a";
  k.run(print(line));
  k.look(print(line));
}
void ok_stored_copy(keeper &k) { k.keep(store("text")); }

// --- Iterators ---

task<> print_all(std::vector<std::string>::const_iterator from,
                 std::vector<std::string>::const_iterator to);
template <class It> task<> print_range(It from, It to) {
  for (; from != to; ++from) {
    co_await work();
    use(std::string_view(*from));
  }
}
void bad_iterators() {
  std::vector<std::string> lines{"a", "b"};
  spawn(print_all(lines.begin(), lines.end()));
  // expected-warning@-1 {{detached task refers to local variable 'lines'}}
}
task<> bad_iterators_returned(std::vector<std::string> lines) {
  return print_range(lines.cbegin(), lines.cend());
  // expected-warning@-1 {{returned task refers to parameter 'lines'}}
}
void bad_iterator_variable() {
  std::vector<std::string> lines{"a", "b"};
  auto first = lines.begin();
  spawn(print_range(first, std::next(first)));
  // expected-warning@-1 {{detached task refers to local variable 'lines'}}
}
void bad_pointers() {
  std::string letters[] = {"a", "b"};
  spawn(print_range(std::begin(letters), std::end(letters)));
  // expected-warning@-1 {{detached task refers to local variable 'letters'}}
}
void ok_element_copied() {
  std::vector<std::string> lines{"a", "b"};
  spawn(store(*lines.begin()));
}
task<> ok_iterators_awaited() {
  std::vector<std::string> lines{"a", "b"};
  co_await print_range(lines.begin(), lines.end());
}
void ok_iterators_of_others(const std::vector<std::string> &lines) {
  spawn(print_range(lines.begin(), lines.end()));
}

// --- Spinning ---

void ok_spins() {
  std::string line = "a";
  std::atomic<int> running{1};
  spawn(print(line));
  while (running) {
  }
}
void ok_polls() {
  std::string line = "a";
  std::atomic_flag done;
  spawn(print(line));
  for (; !done.test();)
    use(0);
}
void bad_counts(int times) {
  std::string line = "a";
  spawn(print(line));
  // expected-warning@-1 {{detached task refers to local variable 'line'}}
  while (times-- > 0)
    use(times);
}

void spawn_and_wait(task<> t);
void ok_spawns_and_waits() {
  std::string line = "a";
  spawn_and_wait(print(line));
}
struct channel {
  std::string name;
};
task<> ok_shared_pointee(std::shared_ptr<channel> c) { return print(c->name); }
void ok_shared_pointee_spawned(std::shared_ptr<channel> c) {
  spawn(print(c->name));
}
void ok_blocks() {
  std::string line = "a";
  own::sync_wait(print(line));
  own::sync_wait(print("text"));
}

// --- Kept ---

task<> bad_kept_temporary() {
  auto t = print("text");
  // expected-warning@-1 {{task 't' refers to a temporary 'std::string', which dies at the end of the full expression}}
  co_await t;
}
task<> bad_kept_lambda(int n) {
  auto t = [n]() -> task<> {
    co_await work();
    use(n);
  }();
  // expected-warning@-4 {{task 't' refers to a capture, which dies with the lambda}}
  co_await t;
}
task<> bad_pushed() {
  std::vector<task<>> all;
  all.push_back(print("text"));
  // expected-warning@-1 {{stored task refers to a temporary 'std::string'}}
  for (auto &t : all)
    co_await t;
}
task<> ok_kept() {
  std::string line = "a";
  auto t = print(line);
  co_await t;
}
task<> ok_awaited_at_once(int n) {
  co_await print("text");
  co_await [n]() -> task<> {
    co_await work();
    use(n);
  }();
}
task<> ok_kept_by_value() {
  auto t = store("text");
  co_await t;
}

// --- Nobody can wait for it ---

own::detached bad_parameter(const std::string &line) {
  // expected-warning@-1 {{reference parameter 'line' is used after a suspension of a coroutine that nobody can wait for}}
  co_await work();
  use(line);
}
own::detached bad_lvalue(int &n) {
  // expected-warning@-1 {{reference parameter 'n' is used after a suspension of a coroutine that nobody can wait for}}
  co_await work();
  use(n);
}
void calls() {
  int n = 0;
  bad_lvalue(n);
}
own::detached ok_lvalue(int &n) {
  co_await work();
  use(n);
}
own::detached ok_parameter_before(const std::string &line) {
  use(line);
  co_await work();
}
own::detached ok_by_value(std::string line) {
  co_await work();
  use(line);
}

class session : public std::enable_shared_from_this<session> {
public:
  own::detached bad_object() {
    // expected-warning@-1 {{'this' is used after a suspension of a coroutine that nobody can wait for, and nothing keeps the object alive}}
    co_await work();
    use(count_);
  }
  own::detached ok_self() {
    auto self = shared_from_this();
    co_await work();
    use(count_);
  }
  own::detached ok_weak() {
    auto weak = weak_from_this();
    co_await work();
    if (auto self = weak.lock())
      use(count_);
  }
  own::detached ok_before() {
    use(count_);
    co_await work();
  }
  task<> run() {
    co_await work();
    use(count_);
  }
  task<> run_with(std::shared_ptr<session> self) {
    co_await work();
    use(count_);
  }
  void ok_start_with_self() { spawn(run_with(shared_from_this())); }

private:
  int count_ = 0;
};

class plain {
public:
  own::detached ok_of_plain_class() {
    co_await work();
    use(count_);
  }

private:
  int count_ = 0;
};
