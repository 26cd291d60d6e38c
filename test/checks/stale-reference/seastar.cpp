// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check stale-reference %s -I%mock --no-notes
//
// Seastar's ways to await, to keep out and to keep alive.
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/rwlock.hh"
#include "seastar/core/semaphore.hh"
#include "seastar/core/shared_mutex.hh"
#include "seastar/core/sharded.hh"
#include "seastar/coroutine/maybe_yield.hh"
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

using seastar::future;
using seastar::coroutine::maybe_yield;

future<> log(std::string_view);
future<> flush();
future<int> load(int id);

struct phaser {
  struct operation {
    ~operation();
  };
  operation start();
};
struct table {
  int id = 0;
  phaser writes;
  phaser::operation write_in_progress() { return writes.start(); }
  future<> compact();
  void touch();
};

class database {
public:
  table &find_column_family(int id) { return *tables_.at(id); }
  std::shared_ptr<table> find_shared(int id) const { return shared_.at(id); }
  const std::unordered_map<int, int> &states() const { return states_; }

  future<> bad_accessor(int id) {
    auto &t = find_column_family(id);
    co_await flush();
    t.touch();
    // expected-warning@-1 {{reference 't' to an element of 'tables_' is used after a suspension, during which it may be gone}}
  }
  future<> bad_yielding_loop() {
    int sum = 0;
    for (auto &[id, state] : states_) {
    // expected-warning@-1 {{range-for over 'states_' goes on after a suspension, during which it may be changed}}
      sum += state;
      co_await maybe_yield();
    }
  }
  future<> bad_loop_over_values() {
    for (const auto &[id, t] : tables_)
    // expected-warning@-1 {{range-for over 'tables_' goes on after a suspension, during which it may be changed}}
      co_await t->compact();
  }
  future<> bad_iterator(int id) {
    auto it = tables_.find(id);
    if (it == tables_.end())
      co_return;
    co_await it->second->compact();
    tables_.erase(it);
    // expected-warning@-1 {{iterator 'it' to an element of 'tables_' is used after a suspension, during which it may be gone}}
  }
  future<> bad_view() {
    std::string_view name = name_;
    co_await flush();
    co_await log(name);
    // expected-warning@-1 {{view 'name' to the contents of 'name_' is used after a suspension, during which it may be gone}}
  }
  future<> bad_pointee() {
    auto *t = current_.get();
    co_await flush();
    t->touch();
    // expected-warning@-1 {{pointer 't' to what 'current_' owns is used after a suspension, during which it may be gone}}
  }
  future<> bad_check() {
    if (!current_)
      co_return;
    co_await flush();
    current_->touch();
    // expected-warning@-1 {{'current_' was found set before a suspension and is gone through after it without another look}}
  }
  // A gate keeps the database, not what is in it.
  future<> bad_in_a_gate() {
    auto holder = gate_.hold();
    for (auto &[id, t] : tables_)
    // expected-warning@-1 {{range-for over 'tables_' goes on after a suspension, during which it may be changed}}
      co_await t->compact();
  }
  // A lock that remove() does not take.
  future<> bad_permit() {
    auto units = co_await seastar::get_units(load_sem_, 1);
    for (auto &[id, state] : states_)
    // expected-warning@-1 {{range-for over 'states_' goes on after a suspension, during which it may be changed}}
      state = co_await load(id);
  }
  future<> bad_released() {
    auto units = co_await seastar::get_units(cells_sem_, 1);
    auto &c = cells_.front();
    units.return_all();
    co_await flush();
    ++c; // expected-warning {{reference 'c' to an element of 'cells_' is used after a suspension, during which it may be gone}}
  }
  future<> bad_invoked() {
    co_await services_.invoke_on_all([this](table &) -> future<> {
      auto &t = *tables_.at(1);
      co_await flush();
      t.touch();
      // expected-warning@-1 {{reference 't' to an element of 'tables_' is used after a suspension, during which it may be gone}}
    });
  }
  future<> bad_with_gate() {
    co_await seastar::with_gate(gate_, [this]() -> future<> {
      auto it = tables_.begin();
      co_await flush();
      it->second->touch();
      // expected-warning@-1 {{iterator 'it' to an element of 'tables_' is used after a suspension, during which it may be gone}}
    });
  }

  future<> ok_shared() {
    auto t = find_shared(1);
    co_await flush();
    t->touch();
  }
  future<> ok_again(int id) {
    find_column_family(id).touch();
    co_await flush();
    find_column_family(id).touch();
  }
  future<> ok_snapshot() {
    std::vector<int> ids;
    for (auto &[id, t] : tables_)
      ids.push_back(id);
    for (int id : ids) {
      auto it = tables_.find(id);
      if (it != tables_.end())
        it->second->touch();
      co_await maybe_yield();
    }
  }
  future<> ok_swapped() {
    auto states = std::exchange(states_, {});
    for (auto &[id, state] : states)
      co_await load(state);
  }
  future<> ok_phaser(int id) {
    auto &t = find_column_family(id);
    auto op = t.write_in_progress();
    co_await flush();
    t.touch();
  }
  future<> ok_units() {
    auto units = co_await seastar::get_units(cells_sem_, 1);
    for (auto &c : cells_)
      c = co_await load(c);
  }
  future<> ok_read_lock() {
    auto lock = co_await rows_lock_.hold_read_lock();
    for (auto &[id, row] : rows_)
      co_await log(row);
  }
  future<> ok_read_lock_by_hand() {
    co_await rows_lock_.read_lock();
    auto holder = co_await rows_lock_.hold_read_lock();
    auto &row = rows_[1];
    co_await log(row);
    row.clear();
    rows_lock_.read_unlock();
  }
  future<> ok_write_lock_by_hand() {
    co_await rows_lock_.write_lock();
    auto &row = rows_[1];
    co_await log(row);
    row.clear();
    rows_lock_.write_unlock();
  }
  future<> ok_closed_gate() {
    auto holder = gate_.hold();
    for (auto &s : streams_)
      s = co_await load(s);
  }
  future<> ok_with_semaphore() {
    co_await seastar::with_semaphore(cells_sem_, 1, [this]() -> future<> {
      auto &c = cells_.front();
      co_await flush();
      ++c;
    });
  }

  // --- Who changes them ---
  void remove(int id) {
    tables_.erase(id);
    states_.erase(id);
    shared_.erase(id);
  }
  void rename(std::string to) { name_ = std::move(to); }
  void drop() { current_ = nullptr; }
  future<> trim() {
    auto units = co_await seastar::get_units(cells_sem_, 1);
    cells_.clear();
  }
  future<> prune() {
    auto lock = co_await rows_lock_.hold_write_lock();
    rows_.clear();
  }
  future<> stop() {
    co_await gate_.close();
    streams_.clear();
  }

private:
  std::map<int, std::unique_ptr<table>> tables_;
  std::map<int, std::shared_ptr<table>> shared_;
  std::unordered_map<int, int> states_;
  std::map<int, std::string> rows_;
  std::vector<int> cells_;
  std::vector<int> streams_;
  std::string name_;
  std::unique_ptr<table> current_;
  seastar::sharded<table> services_;
  seastar::gate gate_;
  seastar::semaphore load_sem_{1};
  seastar::semaphore cells_sem_{1};
  seastar::rwlock rows_lock_;
};
