// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
//
// Values that go from one turn of a loop to the next, and state that closures
// share.
#include "own/task.h"
#include <map>
#include <string>
#include <vector>

using own::task;

task<int> load(int = 0);
task<> log();
void print(int);

class meter {
public:
  // Read at the end of one turn, written at the start of the next.
  task<> bad_from_the_turn_before(int n) {
    int seen = value_;
    for (int i = 0; i < n; ++i) {
      value_ = seen + 1;
      // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
      seen = value_; // expected-note {{read here}}
      co_await log(); // expected-note {{suspends here; another task may change 'value_'}}
    }
  }
  task<> bad_kept_over_all_turns(std::vector<int> all) {
    int sum = value_; // expected-note {{read here}}
    for (int n : all) {
      co_await log(); // expected-note {{suspends here; another task may change 'value_'}}
      sum += n;
    }
    value_ = sum;
    // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_each_turn(std::vector<int> all) {
    for (int n : all) {
      int before = value_; // expected-note {{read here}}
      int more = co_await load(n); // expected-note {{suspends here; another task may change 'value_'}}
      value_ = before + more;
      // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_continue(std::vector<int> all) {
    int before = value_; // expected-note {{read here}}
    for (int n : all) {
      if (n == 0) {
        co_await log(); // expected-note {{suspends here; another task may change 'value_'}}
        continue;
      }
      value_ = before + n;
      // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
      before = value_;
    }
  }
  task<> bad_do_while() {
    int before = value_;
    do {
      co_await log(); // expected-note {{suspends here; another task may change 'value_'}}
      value_ = before + 1;
      // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
      before = value_; // expected-note {{read here}}
    } while (before < 3);
  }
  // Written at the end of a turn, read anew at the start of the next.
  task<> ok_read_at_the_start_of_each_turn(std::vector<int> all) {
    for (int n : all) {
      co_await log();
      int before = value_;
      value_ = before + n;
    }
  }
  task<> ok_written_before_the_await(std::vector<int> all) {
    for (int n : all) {
      int before = value_;
      value_ = before + n;
      co_await log();
    }
  }
  task<> ok_right_side_first(std::vector<int> all) {
    for (int n : all)
      value_ += co_await load(n);
  }
  task<> ok_local_in_a_loop(std::vector<int> all) {
    int sum = 0;
    for (int n : all)
      sum = sum + co_await load(n);
    print(sum);
  }
  task<> ok_checked_in_the_condition() {
    while (value_ == 0) {
      int fresh = co_await load();
      if (value_ == 0)
        value_ = fresh;
    }
  }

  // Closures.
  task<> bad_captured_this() {
    auto add = [this](int n) -> task<> {
      int before = value_; // expected-note {{read here}}
      co_await log(); // expected-note {{suspends here; another task may change 'value_'}}
      value_ = before + n;
      // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    };
    own::spawn(add(1));
    own::spawn(add(2));
    co_return;
  }
  task<> bad_captured_by_reference() {
    int sum = 0;
    auto add = [&sum](int n) -> task<> {
      int before = sum; // expected-note {{read here}}
      co_await log(); // expected-note {{suspends here; another task may change 'sum'}}
      sum = before + n;
      // expected-warning@-1 {{'sum' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    };
    own::spawn(add(1));
    own::spawn(add(2));
    co_await log();
    print(sum);
  }
  task<> bad_alias_of_an_element(int id) {
    auto &entry = entries_[id];
    auto &count = entry.count;
    int next = count + 1; // expected-note {{read here}}
    co_await log(); // expected-note {{suspends here; another task may change 'entries_[id].count'}}
    entries_[id].count = next;
    // expected-warning@-1 {{'entries_[id].count' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_captured_copy() {
    auto count = [n = value_]() mutable -> task<> {
      int before = n;
      co_await log();
      n = before + 1;
    };
    co_await count();
  }

private:
  struct entry {
    int count = 0;
  };
  int value_ = 0;
  std::map<int, entry> entries_;
};
