// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check stale-reference %s -I%mock --no-notes
//
// Templates, macros, lambdas, generators, inheritance, and suppression.
#include "own/sync.h"
#include "own/task.h"
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

using own::task;

task<> work();
void use(int);

struct session {
  int id = 0;
  task<> run();
  void touch();
};

#define AWAIT(x) co_await (x)
#define LOOK_UP(map, key) auto &found = (map)[key]
#define TOUCH(s) (s).touch()

// --- Templates ---
template <class Key, class Value> class table {
public:
  task<> bad_get(Key key) {
    auto &v = values_[key];
    co_await work();
    v.touch();
    // expected-warning@-1 {{reference 'v' to an element of 'values_' is used after a suspension, during which it may be gone}}
  }
  template <class F> task<> bad_each(F f) {
    for (auto &[key, value] : values_)
    // expected-warning@-1 {{range-for over 'values_' goes on after a suspension, during which it may be changed}}
      co_await f(value);
  }
  task<> ok_get(Key key) {
    co_await work();
    values_[key].touch();
  }
  // Never instantiated: nothing is known of what it does.
  task<> never_used(Key key) {
    auto &v = values_[key];
    co_await work();
    v.touch();
  }
  void remove(Key key) { values_.erase(key); }

private:
  std::map<Key, Value> values_;
};
task<> tables() {
  table<int, session> t;
  co_await t.bad_get(1);
  co_await t.ok_get(1);
  co_await t.bad_each([](session &s) { return s.run(); });
  t.remove(1);
}

class base {
public:
  void remove(int id) { sessions_.erase(id); }
  session &get(int id) { return sessions_.at(id); }

protected:
  std::map<int, session> sessions_;
  std::vector<session> list_;
};

class server : public base {
public:
  // --- Inheritance ---
  task<> bad_of_base(int id) {
    auto &s = sessions_[id];
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_accessor_of_base(int id) {
    auto &s = get(id);
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_this_accessor(int id) {
    auto &s = this->get(id);
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }

  // --- Macros ---
  task<> bad_macro(int id) {
    LOOK_UP(sessions_, id);
    AWAIT(work());
    TOUCH(found);
    // expected-warning@-1 {{reference 'found' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> ok_macro(int id) {
    AWAIT(work());
    LOOK_UP(sessions_, id);
    TOUCH(found);
  }

  // --- Lambdas ---
  void bad_captured_this() {
    own::spawn([](server *self) -> task<> {
      auto &s = self->sessions_[1];
      co_await work();
      s.touch();
      // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    }(this));
    own::spawn([this]() -> task<> {
      auto it = sessions_.begin();
      co_await work();
      use(it->first);
      // expected-warning@-1 {{iterator 'it' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    }());
  }
  task<> bad_by_reference() {
    auto &sessions = sessions_;
    auto visit = [&]() -> task<> {
      for (auto &[id, s] : sessions)
      // expected-warning@-1 {{range-for over 'sessions_' goes on after a suspension, during which it may be changed}}
        co_await s.run();
    };
    co_await visit();
  }
  task<> bad_called_later(int id) {
    auto touch = [s = &sessions_[id]] { s->touch(); };
    // expected-warning@-1 {{pointer 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    co_await work();
    touch();
  }
  task<> bad_function(int id) {
    auto &s = sessions_[id];
    std::function<void()> touch = [&s] { s.touch(); };
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    co_await work();
    touch();
  }
  task<> bad_used_in_lambda(int id) {
    auto &s = sessions_[id];
    co_await work();
    auto touch = [&] { s.touch(); };
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    touch();
  }
  task<> ok_called_before(int id) {
    auto touch = [s = &sessions_[id]] { s->touch(); };
    touch();
    co_await work();
  }
  task<> ok_lambda_looks_up(int id) {
    auto touch = [this, id] { sessions_[id].touch(); };
    co_await work();
    touch();
  }
  void ok_by_value() {
    own::spawn([](std::map<int, session> all) -> task<> {
      for (auto &[id, s] : all)
        co_await s.run();
    }(sessions_));
  }

  // --- Generators ---
  own::generator<session> bad_generator() {
    for (auto &[id, s] : sessions_)
    // expected-warning@-1 {{range-for over 'sessions_' goes on after a suspension, during which it may be changed}}
      co_yield s;
  }
  own::generator<int> bad_generator_of_values() {
    auto it = sessions_.begin();
    while (it != sessions_.end()) {
      co_yield int(it->first);
      ++it;
      // expected-warning@-1 {{iterator 'it' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    }
  }
  own::generator<session> ok_generator_of_copies() {
    auto all = sessions_;
    for (auto &[id, s] : all)
      co_yield s;
  }

  // --- Branches and loops ---
  task<> bad_on_one_way(int id, bool wait) {
    auto &s = sessions_[id];
    if (wait)
      co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_in_a_handler(int id) {
    auto &s = sessions_[id];
    try {
      co_await work();
      s.touch();
      // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    } catch (...) {
    }
  }
  task<> bad_next_round() {
    for (auto it = list_.begin(); it != list_.end();) {
      co_await work();
      ++it;
      // expected-warning@-1 {{iterator 'it' to an element of 'list_' is used after a suspension, during which it may be gone}}
    }
  }
  task<> ok_left_after(int id) {
    for (auto &[key, s] : sessions_) {
      if (key != id)
        continue;
      co_await s.run();
      break;
    }
  }
  task<> ok_made_in_the_loop() {
    for (int id = 0; id < 3; ++id) {
      auto &s = sessions_[id];
      s.touch();
      co_await work();
    }
  }
  task<> ok_other_branch(int id, bool wait) {
    auto &s = sessions_[id];
    if (wait)
      co_await work();
    else
      s.touch();
  }
  void ok_no_coroutine(int id) {
    auto &s = sessions_[id];
    s.touch();
  }

  // --- Suppressed ---
  task<> ok_suppressed(int id) {
    auto &s = sessions_[id];
    co_await work();
    s.touch(); // NOLINT(codrop-stale-reference): sessions outlive their requests
  }
  task<> ok_suppressed_next(int id) {
    auto &s = sessions_[id];
    co_await work();
    // NOLINTNEXTLINE(codrop-stale-reference)
    s.touch();
  }
  task<> bad_suppressed_for_another(int id) {
    auto &s = sessions_[id];
    co_await work();
    s.touch(); // NOLINT(codrop-torn-state)
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }

  void clear() { list_.clear(); }
};

// --- Static storage ---
std::map<int, session> all_sessions;
void forget(int id) { all_sessions.erase(id); }
task<> bad_global(int id) {
  auto &s = all_sessions[id];
  co_await work();
  s.touch();
  // expected-warning@-1 {{reference 's' to an element of 'all_sessions' is used after a suspension, during which it may be gone}}
}
std::map<int, session> &registry() {
  static std::map<int, session> sessions;
  return sessions;
}
void unregister(int id) { registry().erase(id); }
task<> static_local_FN(int id) {
  auto &s = registry()[id];
  co_await work();
  s.touch();
}
