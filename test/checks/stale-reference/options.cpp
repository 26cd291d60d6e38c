// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check stale-reference %s -I%mock --no-notes --prefix all
// RUN: %check stale-reference %s -I%mock --no-notes --prefix acc --checks-options 'codrop-stale-reference.Accessors=net::registry::find_session;lookup_route'
// RUN: %check stale-reference %s -I%mock --no-notes --prefix nochecks --checks-options codrop-stale-reference.ReportChecks=false
// RUN: %check stale-reference %s -I%mock --no-notes --prefix sure --checks-options codrop-stale-reference.Confidence=definite
#include "own/task.h"
#include <map>
#include <memory>

using own::task;

task<> work();

struct session {
  task<> run();
  void touch();
};

namespace net {
class registry {
public:
  session &find_session(int id);
  session &find_other(int id);
};
} // namespace net

class server {
public:
  task<> element(int id) {
    auto &s = sessions_[id];
    co_await work();
    s.touch();
    // all-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    // acc-warning@-2 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
    // nochecks-warning@-3 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  // One that is removed may be another one; all of them are this one, too.
  task<> element_of_all(int id) {
    auto &s = cleared_[id];
    co_await work();
    s.touch();
    // all-warning@-1 {{reference 's' to an element of 'cleared_' is used after a suspension, during which it may be gone}}
    // acc-warning@-2 {{reference 's' to an element of 'cleared_' is used after a suspension, during which it may be gone}}
    // nochecks-warning@-3 {{reference 's' to an element of 'cleared_' is used after a suspension, during which it may be gone}}
    // sure-warning@-4 {{reference 's' to an element of 'cleared_' is used after a suspension, during which it may be gone}}
  }
  task<> loop() {
    for (auto &[id, s] : sessions_)
    // all-warning@-1 {{range-for over 'sessions_' goes on after a suspension, during which it may be changed}}
    // acc-warning@-2 {{range-for over 'sessions_' goes on after a suspension, during which it may be changed}}
    // nochecks-warning@-3 {{range-for over 'sessions_' goes on after a suspension, during which it may be changed}}
    // sure-warning@-4 {{range-for over 'sessions_' goes on after a suspension, during which it may be changed}}
      co_await s.run();
  }
  task<> check() {
    if (!current_)
      co_return;
    co_await work();
    current_->touch();
    // all-warning@-1 {{'current_' was found set before a suspension and is gone through after it without another look}}
    // acc-warning@-2 {{'current_' was found set before a suspension and is gone through after it without another look}}
    // sure-warning@-3 {{'current_' was found set before a suspension and is gone through after it without another look}}
  }
  task<> weak() {
    co_await work();
    auto s = weak_.lock();
    s->touch();
    // all-warning@-1 {{'s' is what a weak pointer's lock() gave after a suspension, and nobody asks whether it is empty}}
    // acc-warning@-2 {{'s' is what a weak pointer's lock() gave after a suspension, and nobody asks whether it is empty}}
    // nochecks-warning@-3 {{'s' is what a weak pointer's lock() gave after a suspension, and nobody asks whether it is empty}}
    // sure-warning@-4 {{'s' is what a weak pointer's lock() gave after a suspension, and nobody asks whether it is empty}}
  }
  task<> only_at_the_start(int id) {
    auto &s = loaded_[id];
    co_await work();
    s.touch();
    // all-warning@-1 {{reference 's' to an element of 'loaded_' is used after a suspension, during which it may be gone}}
    // acc-warning@-2 {{reference 's' to an element of 'loaded_' is used after a suspension, during which it may be gone}}
    // nochecks-warning@-3 {{reference 's' to an element of 'loaded_' is used after a suspension, during which it may be gone}}
  }
  task<> accessor(int id) {
    auto &s = registry_.find_session(id);
    co_await work();
    s.touch();
    // acc-warning@-1 {{reference 's' to what 'find_session()' gives is used after a suspension, during which it may be gone}}
  }
  task<> accessor_not_listed(int id) {
    auto &s = registry_.find_other(id);
    co_await work();
    s.touch();
  }
  task<> accessor_not_kept(int id) {
    registry_.find_session(id).touch();
    co_await work();
    registry_.find_session(id).touch();
  }

  void remove(int id) { sessions_.erase(id); }
  void clear() { cleared_.clear(); }
  void drop() { current_.reset(); }
  void load() { loaded_.clear(); }

private:
  std::map<int, session> sessions_;
  std::map<int, session> loaded_;
  std::map<int, session> cleared_;
  std::unique_ptr<session> current_;
  std::weak_ptr<session> weak_;
  net::registry &registry_;
};
