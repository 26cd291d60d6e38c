// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check stale-reference %s -I%mock --checks-options codrop-stale-reference.Accessors=registry::find_session
//
// Every form with all its notes.
#include "own/task.h"
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

using own::task;

task<> work();
task<> send(std::string_view);

struct session {
  task<> run();
  void touch();
};
class registry {
public:
  session &find_session(int id);
};
template <class F> class scope_exit {
public:
  explicit scope_exit(F f) : f_(std::move(f)) {}
  ~scope_exit() { f_(); }

private:
  F f_;
};
struct settings {
  std::map<int, session> sessions;
};

class server {
public:
  task<> bad_reference(int id) {
    auto &s = sessions_[id]; // expected-note {{it refers to an element of 'sessions_' from here on}}
    co_await work(); // expected-note {{suspends here; meanwhile 'bad_iterator()' may change 'sessions_'}}
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    // expected-note@-2 {{used here all the same}}
    // expected-note@-3 {{look it up again after the co_await, or keep a copy or an owner of the element}}
  }
  task<> bad_iterator(int id) {
    auto it = sessions_.find(id); // expected-note {{it refers to an element of 'sessions_' from here on}}
    co_await work(); // expected-note {{suspends here; meanwhile 'remove()' may change 'sessions_'}}
    sessions_.erase(it);
    // expected-note@-1 5 {{changed here}}
    // expected-warning@-2 {{iterator 'it' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    // expected-note@-3 {{used here all the same}}
    // expected-note@-4 {{look it up again after the co_await, or keep a copy or an owner of the element}}
  }
  task<> bad_pointer(int id) {
    auto *s = &sessions_[id]; // expected-note {{it refers to an element of 'sessions_' from here on}}
    co_await work(); // expected-note {{suspends here; meanwhile 'bad_iterator()' may change 'sessions_'}}
    s->touch();
    // expected-warning@-1 {{pointer 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    // expected-note@-2 {{used here all the same}}
    // expected-note@-3 {{look it up again after the co_await, or keep a copy or an owner of the element}}
  }
  task<> bad_view() {
    std::string_view name = name_; // expected-note {{it refers to the contents of 'name_' from here on}}
    co_await work(); // expected-note {{suspends here; meanwhile 'rename()' may change 'name_'}}
    co_await send(name);
    // expected-warning@-1 {{view 'name' to the contents of 'name_' is used after a suspension, during which it may be gone}}
    // expected-note@-2 {{used here all the same}}
    // expected-note@-3 {{look it up again after the co_await, or keep a copy or an owner of the element}}
  }
  task<> bad_pointee() {
    auto &s = *current_; // expected-note {{it refers to what 'current_' owns from here on}}
    co_await work(); // expected-note {{suspends here; meanwhile 'drop()' may change 'current_'}}
    s.touch();
    // expected-warning@-1 {{reference 's' to what 'current_' owns is used after a suspension, during which it may be gone}}
    // expected-note@-2 {{used here all the same}}
    // expected-note@-3 {{keep an owner of it, or ask again after the co_await}}
  }
  task<> bad_whole(int id) {
    auto &s = settings_.sessions[id]; // expected-note {{it refers to a part of 'settings_' from here on}}
    co_await work(); // expected-note {{suspends here; meanwhile 'configure_again()' may change 'settings_'}}
    s.touch();
    // expected-warning@-1 {{reference 's' to a part of 'settings_' is used after a suspension, during which it may be gone}}
    // expected-note@-2 {{used here all the same}}
    // expected-note@-3 {{look it up again after the co_await, or keep a copy or an owner of the element}}
  }
  session &get(int id) { return sessions_.at(id); }
  task<> bad_accessor(int id) {
    auto &s = get(id); // expected-note {{it refers to an element of 'sessions_' from here on}}
    co_await work(); // expected-note {{suspends here; meanwhile 'bad_iterator()' may change 'sessions_'}}
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    // expected-note@-2 {{used here all the same}}
    // expected-note@-3 {{look it up again after the co_await, or keep a copy or an owner of the element}}
  }
  task<> bad_listed_accessor(int id) {
    auto &s = registry_.find_session(id); // expected-note {{it refers to what 'find_session()' gives from here on}}
    co_await work(); // expected-note {{suspends here; meanwhile it may be removed}}
    s.touch();
    // expected-warning@-1 {{reference 's' to what 'find_session()' gives is used after a suspension, during which it may be gone}}
    // expected-note@-2 {{used here all the same}}
    // expected-note@-3 {{look it up again after the co_await, or keep a copy or an owner of the element}}
  }
  task<> bad_loop() {
    for (auto &[id, s] : sessions_)
    // expected-warning@-1 {{range-for over 'sessions_' goes on after a suspension, during which it may be changed}}
    // expected-note@-2 {{the loop begins here}}
    // expected-note@-3 {{the loop goes on here with an iterator that may be gone}}
    // expected-note@-4 {{iterate over a copy or a snapshot of the keys, or hold a codrop::async_mutex throughout}}
      co_await s.run(); // expected-note {{suspends here; meanwhile 'bad_iterator()' may change 'sessions_'}}
  }
  task<> bad_check() {
    if (current_) { // expected-note {{checked here}}
      co_await work(); // expected-note {{suspends here; meanwhile 'drop()' may change 'current_'}}
      current_->touch();
      // expected-warning@-1 {{'current_' was found set before a suspension and is gone through after it without another look}}
      // expected-note@-2 {{gone through here all the same}}
      // expected-note@-3 {{check it again after the co_await, or keep an owner of what it leads to}}
    }
  }
  task<> bad_weak() {
    co_await work(); // expected-note {{suspends here; meanwhile the last owner may be gone}}
    auto s = weak_.lock(); // expected-note {{then this gives an empty pointer}}
    s->touch();
    // expected-warning@-1 {{'s' is what a weak pointer's lock() gave after a suspension, and nobody asks whether it is empty}}
    // expected-note@-2 {{gone through here all the same}}
    // expected-note@-3 {{leave if it is empty}}
  }
  task<> bad_closure() {
    scope_exit done([s = current_.get()] { s->touch(); });
    // expected-warning@-1 {{pointer 's' to what 'current_' owns is used after a suspension, during which it may be gone}}
    // expected-note@-2 {{it refers to what 'current_' owns from here on}}
    // expected-note@-3 {{used here all the same}}
    // expected-note@-4 {{keep an owner of it, or ask again after the co_await}}
    co_await work(); // expected-note {{suspends here; meanwhile 'drop()' may change 'current_'}}
  }
  // The first suspension after it was made is named, and the first use.
  task<> bad_many(int id) {
    auto &s = sessions_[id]; // expected-note {{it refers to an element of 'sessions_' from here on}}
    s.touch();
    co_await work(); // expected-note {{suspends here; meanwhile 'bad_iterator()' may change 'sessions_'}}
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    // expected-note@-2 {{used here all the same}}
    // expected-note@-3 {{look it up again after the co_await, or keep a copy or an owner of the element}}
    s.touch();
  }
  task<> bad_changed_by_a_lambda() {
    auto &s = queue_.front(); // expected-note {{it refers to an element of 'queue_' from here on}}
    co_await work(); // expected-note {{suspends here; meanwhile a lambda in 'popper()' may change 'queue_'}}
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'queue_' is used after a suspension, during which it may be gone}}
    // expected-note@-2 {{used here all the same}}
    // expected-note@-3 {{look it up again after the co_await, or keep a copy or an owner of the element}}
  }

  void remove(int id) { sessions_.erase(id); } // expected-note {{changed here}}
  void rename(std::string to) { name_ = std::move(to); } // expected-note {{changed here}}
  void drop() { current_ = nullptr; } // expected-note 3 {{changed here}}
  void configure_again(settings to) { settings_ = std::move(to); } // expected-note {{changed here}}
  std::function<void()> popper() {
    return [this] { queue_.pop_front(); }; // expected-note {{changed here}}
  }

private:
  std::map<int, session> sessions_;
  std::list<session> queue_;
  std::string name_;
  std::unique_ptr<session> current_;
  std::weak_ptr<session> weak_;
  settings settings_;
  registry &registry_;
};
