// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
//
// Templates, macros, lambdas, inheritance, and suppression.
#include "own/task.h"
#include <memory>
#include <vector>

using own::task;

task<int> load();
task<> log();

template <class T> class cell {
public:
  task<> bad_add(T more) {
    T next = value_ + more; // expected-note {{read here}}
    co_await log(); // expected-note {{suspends here; another task may change 'value_'}}
    value_ = next;
    // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_add(T more) {
    co_await log();
    value_ = value_ + more;
  }
  template <class U> task<> bad_add_other(U more) {
    auto next = value_ + more; // expected-note {{read here}}
    co_await log(); // expected-note {{suspends here; another task may change 'value_'}}
    value_ = next;
    // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  // Never instantiated: nothing is known of what it does.
  task<> never_used(T more) {
    T next = value_ + more;
    co_await log();
    value_ = next;
  }

private:
  T value_{};
};

task<> instantiate(cell<int> &a, cell<long> &b) {
  co_await a.bad_add(1);
  co_await b.bad_add(1);
  co_await a.ok_add(1);
  co_await a.bad_add_other(1L);
}

template <class T> task<> bad_generic(T &object) {
  object.count = object.count + co_await load();
  // expected-warning@-1 {{'object.count' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'object.count'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
}
struct counted {
  int count = 0;
};
task<> use_generic(counted &c) { co_await bad_generic(c); }

template <class Derived> class base_of {
public:
  // What a function gives is not looked for in its body.
  task<> through_accessor_FN() {
    int next = self().total_ + 1;
    co_await log();
    static_cast<Derived *>(this)->total_ = next;
  }
  task<> bad_through_cast() {
    int next = static_cast<Derived &>(*this).total_ + 1; // expected-note {{read here}}
    co_await log(); // expected-note {{suspends here; another task may change 'static_cast<derived &>(*this).total_'}}
    static_cast<Derived &>(*this).total_ = next;
    // expected-warning@-1 {{'static_cast<derived &>(*this).total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  Derived &self() { return static_cast<Derived &>(*this); }
};
class derived : public base_of<derived> {
public:
  int total_ = 0;
  task<> use() {
    co_await through_accessor_FN();
    co_await bad_through_cast();
  }
};

class parent {
protected:
  int inherited_ = 0;
};
class child : parent {
public:
  task<> bad_inherited() { inherited_ = inherited_ + co_await load(); }
  // expected-warning@-1 {{'inherited_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'inherited_'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
};

#define ADD_AFTER(place, awaited)                                              \
  do {                                                                         \
    auto before = place;                                                       \
    place = before + co_await awaited;                                         \
  } while (false)
    // expected-note@-2 4 {{expanded from macro 'ADD_AFTER'}}
#define INIT_ONCE(flag, awaited)                                               \
  if (!flag) {                                                                 \
    co_await awaited;                                                          \
    flag = true;                                                               \
  }
    // expected-note@-3 2 {{expanded from macro 'INIT_ONCE'}}
    // expected-note@-3 6 {{expanded from macro 'INIT_ONCE'}}
#define COUNTER_METHOD(name, field)                                            \
  task<> name() { field = field + co_await load(); } // expected-note 8 {{expanded from macro 'COUNTER_METHOD'}}

class macros {
public:
  task<> bad_macro() { ADD_AFTER(value_, load()); }
  // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'value_'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  task<> bad_macro_twice() {
    INIT_ONCE(first_, log());
    // expected-warning@-1 {{'first_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{checked here}}
    // expected-note@-3 {{suspends here; another task may pass the same check}}
    // expected-note@-4 {{written here all the same}}
    // expected-note@-5 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    INIT_ONCE(second_, log());
    // expected-warning@-1 {{'second_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{checked here}}
    // expected-note@-3 {{suspends here; another task may pass the same check}}
    // expected-note@-4 {{written here all the same}}
    // expected-note@-5 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  COUNTER_METHOD(bad_generated, value_)
  // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'value_'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  COUNTER_METHOD(bad_generated_too, other_)
  // expected-warning@-1 {{'other_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'other_'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}

private:
  int value_ = 0, other_ = 0;
  bool first_ = false, second_ = false;
};

class lambdas {
public:
  void bad_lambda() {
    own::spawn([this]() -> task<> { value_ = value_ + co_await load(); }());
    // expected-warning@-1 {{'value_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'value_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  }
  void bad_lambda_with_owner(std::shared_ptr<counted> c) {
    own::spawn([](std::shared_ptr<counted> c) -> task<> {
      int next = c->count + 1; // expected-note {{read here}}
      co_await log(); // expected-note {{suspends here; another task may change 'c->count'}}
      c->count = next;
      // expected-warning@-1 {{'c->count' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    }(c));
  }
  void bad_captured_owner(std::shared_ptr<counted> c) {
    own::spawn([c]() -> task<> {
      int next = c->count + 1; // expected-note {{read here}}
      co_await log(); // expected-note {{suspends here; another task may change 'c->count'}}
      c->count = next;
      // expected-warning@-1 {{'c->count' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    }());
  }
  void bad_init_captured_owner(std::shared_ptr<counted> c) {
    own::spawn([own = std::move(c)]() -> task<> {
      int next = own->count + 1; // expected-note {{read here}}
      co_await log(); // expected-note {{suspends here; another task may change 'own->count'}}
      own->count = next;
      // expected-warning@-1 {{'own->count' is written from a value that was read before a suspension; changes made meanwhile are lost}}
      // expected-note@-2 {{written here from the old value}}
      // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
    }());
  }
  void ok_own_copy() {
    own::spawn([value = value_]() mutable -> task<> {
      value = value + co_await load();
    }());
  }
  task<> ok_plain_lambda_inside() {
    auto next = [this] { return value_ + 1; };
    co_await log();
    value_ = next();
  }

private:
  int value_ = 0;
};

class suppressed {
public:
  task<> ok_nolint() {
    // NOLINTNEXTLINE(codrop-torn-state): only the timer calls this
    value_ = value_ + co_await load();
  }
  task<> ok_nolint_same_line() {
    value_ = value_ + co_await load(); // NOLINT(codrop-torn-state): as above
  }

private:
  int value_ = 0;
};

void run_all(lambdas &l, suppressed &s, macros &m, child &c, derived &d);
