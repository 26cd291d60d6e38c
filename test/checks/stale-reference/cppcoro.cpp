// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check stale-reference %s -I%mock --no-notes
#include "cppcoro/async_mutex.hpp"
#include "cppcoro/generator.hpp"
#include "cppcoro/task.hpp"
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

using cppcoro::task;

struct file {
  task<int> read(long offset);
  void mark();
};
task<> work();

class cache {
public:
  task<> bad_reference(int id) {
    file &f = files_.at(id);
    co_await f.read(0);
    f.mark();
    // expected-warning@-1 {{reference 'f' to an element of 'files_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_pointer() {
    file *f = &list_.front();
    co_await work();
    f->mark();
    // expected-warning@-1 {{pointer 'f' to an element of 'list_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_loop() {
    for (file &f : list_)
    // expected-warning@-1 {{range-for over 'list_' goes on after a suspension, during which it may be changed}}
      co_await f.read(0);
  }
  task<> bad_iterator() {
    auto it = list_.begin();
    co_await work();
    list_.splice(list_.begin(), list_, it);
    // expected-warning@-1 {{iterator 'it' to an element of 'list_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_grown() {
    auto &back = open_.emplace_back();
    co_await work();
    back = 2;
    // expected-warning@-1 {{reference 'back' to an element of 'open_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_optional_check() {
    if (current_ != nullptr) {
      co_await work();
      current_->mark();
      // expected-warning@-1 {{'current_' was found set before a suspension and is gone through after it without another look}}
    }
  }
  // The consumer may call drop() between two elements.
  cppcoro::generator<file> bad_generator() {
    for (file &f : list_)
    // expected-warning@-1 {{range-for over 'list_' goes on after a suspension, during which it may be changed}}
      co_yield f;
  }
  task<> bad_dropped_lock() {
    co_await mutex_.scoped_lock_async();
    for (auto &[id, f] : locked_)
    // expected-warning@-1 {{range-for over 'locked_' goes on after a suspension, during which it may be changed}}
      co_await f.read(0);
  }

  task<> ok_scoped_lock() {
    auto lock = co_await mutex_.scoped_lock_async();
    for (auto &[id, f] : locked_)
      co_await f.read(0);
  }
  task<> ok_adopted() {
    co_await mutex_.lock_async();
    cppcoro::async_mutex_lock lock(mutex_, std::adopt_lock);
    auto &f = locked_[1];
    co_await work();
    f.mark();
  }
  task<> ok_before(int id) {
    file &f = files_.at(id);
    f.mark();
    co_await f.read(0);
  }
  task<> ok_value() {
    int last = open_.back();
    co_await work();
    open_.push_back(last);
  }
  task<> ok_parameter(file &f) {
    co_await work();
    f.mark();
  }
  cppcoro::generator<int> ok_generator() {
    for (int i = 0; i < 3; ++i)
      co_yield i;
  }

  void drop(int id) {
    files_.erase(id);
    list_.clear();
    current_.reset();
  }
  void open(int n) { open_.push_back(n); }
  task<> drop_locked() {
    auto lock = co_await mutex_.scoped_lock_async();
    locked_.clear();
  }

private:
  std::map<int, file> files_;
  std::map<int, file> locked_;
  std::list<file> list_;
  std::vector<int> open_;
  std::unique_ptr<file> current_;
  cppcoro::async_mutex mutex_;
};
