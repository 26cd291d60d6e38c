// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
//
// Shared state that is checked before a suspension and written after it.
#include "own/task.h"
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using own::task;

struct connection {
  bool closed() const;
  task<> ping();
};
task<std::unique_ptr<connection>> connect();
task<connection *> connect_raw();
task<connection> connect_value();
task<int> load(std::string);
task<int> fetch();
task<> log(std::string);
task<bool> try_open();

class client {
public:
  task<> bad_pointer() {
    if (!conn_) // expected-note {{checked here}}
      conn_ = co_await connect();
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_raw_pointer() {
    if (raw_ == nullptr) // expected-note {{checked here}}
      raw_ = co_await connect_raw();
      // expected-warning@-1 {{'raw_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_optional() {
    if (!maybe_.has_value()) // expected-note {{checked here}}
      maybe_ = co_await fetch();
      // expected-warning@-1 {{'maybe_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_optional_emplace() {
    if (!maybe_) // expected-note {{checked here}}
      maybe_.emplace(co_await fetch());
      // expected-warning@-1 {{'maybe_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_reset_to_new() {
    if (!conn_) { // expected-note {{checked here}}
      auto fresh = co_await connect(); // expected-note {{suspends here; another task may pass the same check}}
      conn_.reset(fresh.release());
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_through_local() {
    if (!conn_) { // expected-note {{checked here}}
      auto fresh = co_await connect(); // expected-note {{suspends here; another task may pass the same check}}
      conn_ = std::move(fresh);
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_replaced_when_closed() {
    if (conn_->closed()) // expected-note {{checked here}}
      conn_ = co_await connect();
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_count() {
    if (count_ < 10) { // expected-note {{checked here}}
      co_await log("one more"); // expected-note {{suspends here; another task may pass the same check}}
      ++count_;
      // expected-warning@-1 {{'count_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_count_added() {
    if (count_ < 10) // expected-note {{checked here}}
      count_ += co_await fetch();
      // expected-warning@-1 {{'count_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_enum() {
    if (state_ == state::idle) { // expected-note {{checked here}}
      co_await log("start"); // expected-note {{suspends here; another task may pass the same check}}
      state_ = state::running;
      // expected-warning@-1 {{'state_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_switch() {
    switch (state_) { // expected-note {{checked here}}
    case state::idle:
      co_await log("start"); // expected-note {{suspends here; another task may pass the same check}}
      state_ = state::running;
      // expected-warning@-1 {{'state_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
      break;
    case state::running:
      break;
    }
  }
  task<> bad_early_return() {
    if (ready_) // expected-note {{checked here}}
      co_return;
    co_await log("init"); // expected-note {{suspends here; another task may pass the same check}}
    ready_ = true;
    // expected-warning@-1 {{'ready_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_early_throw() {
    if (ready_) // expected-note {{checked here}}
      throw std::logic_error("twice");
    co_await log("init"); // expected-note {{suspends here; another task may pass the same check}}
    ready_ = true;
    // expected-warning@-1 {{'ready_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_early_return_if_opened() {
    if (ready_) // expected-note {{checked here}}
      co_return;
    if (!co_await try_open()) // expected-note {{suspends here; another task may pass the same check}}
      co_return;
    ready_ = true;
    // expected-warning@-1 {{'ready_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_set_where_opened() {
    if (ready_) // expected-note {{checked here}}
      co_return;
    if (co_await try_open()) // expected-note {{suspends here; another task may pass the same check}}
      ready_ = true;
      // expected-warning@-1 {{'ready_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_both_conditions(bool wanted) {
    if (wanted && !conn_) // expected-note {{checked here}}
      conn_ = co_await connect();
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<int> bad_map_contains(std::string key) {
    if (!cache_.contains(key)) // expected-note {{checked here}}
      cache_[key] = co_await load(key);
      // expected-warning@-1 {{'cache_[key]' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    co_return cache_[key];
  }
  task<int> bad_map_find(std::string key) {
    auto it = cache_.find(key);
    if (it != cache_.end()) // expected-note {{checked here}}
      co_return it->second;
    int value = co_await load(key); // expected-note {{suspends here; another task may pass the same check}}
    cache_.insert_or_assign(key, value);
    // expected-warning@-1 {{'cache_[...]' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    co_return value;
  }
  task<> bad_limit() {
    if (pool_.size() < limit_) // expected-note {{checked here}}
      pool_.push_back(co_await connect());
      // expected-warning@-1 {{'pool_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_first_of_many() {
    if (pool_.empty()) // expected-note {{checked here}}
      pool_.emplace_back(co_await connect());
      // expected-warning@-1 {{'pool_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_deadline() {
    if (std::chrono::steady_clock::now() > expires_) { // expected-note {{checked here}}
      token_ = co_await fetch(); // expected-note {{suspends here; another task may pass the same check}}
      expires_ = std::chrono::steady_clock::now() + std::chrono::hours(1);
      // expected-warning@-1 {{'expires_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_conditional_operator() {
    raw_ = raw_ ? raw_ : co_await connect_raw();
    // expected-warning@-1 {{'raw_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{checked here}}
    // expected-note@-3 {{suspends here; another task may pass the same check}}
    // expected-note@-4 {{written here all the same}}
    // expected-note@-5 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_logical_operator() { ready_ = ready_ || co_await try_open(); }
  // expected-warning@-1 {{'ready_' was checked before a suspension and is written after it without checking again}}
  // expected-note@-2 {{checked here}}
  // expected-note@-3 {{suspends here; another task may pass the same check}}
  // expected-note@-4 {{written here all the same}}
  // expected-note@-5 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  task<> bad_atomic_flag_as_two_steps() {
    if (busy_.load()) // expected-note {{checked here}}
      co_return;
    co_await log("work"); // expected-note {{suspends here; another task may pass the same check}}
    busy_.store(true);
    // expected-warning@-1 {{'busy_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_own_predicate() {
    if (!connected()) // expected-note {{checked here}}
      conn_ = co_await connect();
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_looked_at_but_not_decided() {
    if (!raw_) { // expected-note {{checked here}}
      auto *fresh = co_await connect_raw(); // expected-note {{suspends here; another task may pass the same check}}
      log_pointer(raw_);
      raw_ = fresh;
      // expected-warning@-1 {{'raw_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_else() {
    if (conn_) { // expected-note {{checked here}}
      co_await conn_->ping();
    } else {
      conn_ = co_await connect();
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_later_suspension() {
    if (!conn_) { // expected-note {{checked here}}
      auto fresh = co_await connect(); // expected-note {{suspends here; another task may pass the same check}}
      co_await fresh->ping();
      conn_ = std::move(fresh);
      // expected-warning@-1 {{'conn_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }

  task<> ok_checked_again() {
    if (!conn_) {
      auto fresh = co_await connect();
      if (!conn_)
        conn_ = std::move(fresh);
    }
  }
  task<> ok_checked_again_by_predicate() {
    if (!conn_) {
      auto fresh = co_await connect();
      if (!connected())
        conn_ = std::move(fresh);
    }
  }
  task<> ok_checked_again_out_of_sight() {
    if (!conn_) {
      auto fresh = co_await connect();
      if (usable())
        co_return;
      conn_ = std::move(fresh);
    }
  }
  task<> ok_loop() {
    while (!conn_)
      conn_ = co_await connect();
  }
  task<> ok_reserved_by_flag() {
    if (!conn_ && !connecting_) {
      connecting_ = true;
      conn_ = co_await connect();
      connecting_ = false;
    }
  }
  task<> ok_reserved_earlier() {
    if (connecting_)
      co_return;
    connecting_ = true;
    if (!conn_)
      conn_ = co_await connect();
    connecting_ = false;
  }
  task<> ok_reserved_by_exchange() {
    if (busy_.exchange(true))
      co_return;
    if (!conn_)
      conn_ = co_await connect();
    busy_ = false;
  }
  task<> ok_reserved_by_std_exchange() {
    if (std::exchange(connecting_, true))
      co_return;
    if (!conn_)
      conn_ = co_await connect();
    connecting_ = false;
  }
  task<> ok_reserved_by_key(std::string key) {
    if (!loading_.insert(key).second)
      co_return;
    if (!cache_.contains(key))
      cache_[key] = co_await load(key);
    loading_.erase(key);
  }
  task<> ok_set_before() {
    if (ready_)
      co_return;
    ready_ = true;
    co_await log("init");
  }
  task<> ok_state_machine() {
    if (state_ != state::idle)
      co_return;
    state_ = state::running;
    co_await log("run");
    state_ = state::idle;
  }
  task<> ok_counted_before() {
    if (count_ >= 10)
      co_return;
    ++count_;
    co_await log("one more");
    --count_;
  }
  task<> ok_reset_only() {
    if (conn_) {
      co_await conn_->ping();
      conn_ = nullptr;
    }
    if (ready_) {
      co_await log("stop");
      ready_ = false;
    }
  }
  task<> ok_emplaced_keeps_the_first(std::string key) {
    if (!cache_.contains(key)) {
      int value = co_await load(key);
      cache_.emplace(key, value);
    }
  }
  task<int> ok_end_of_file() {
    if (eof_)
      co_return 0;
    int n = co_await fetch();
    if (n == 0)
      eof_ = true;
    co_return n;
  }
  task<> ok_written_on_both_ways() {
    if (!conn_)
      co_await log("none yet");
    conn_ = co_await connect();
  }
  task<> ok_not_suspended_between() {
    if (!raw_) {
      raw_ = new connection;
      co_await raw_->ping();
    }
  }
  task<> ok_other_object(client &other) {
    if (!conn_)
      co_await log("none");
    co_await log("and on");
  }
  task<> ok_local() {
    std::unique_ptr<connection> own;
    if (!own)
      own = co_await connect();
  }
  task<> ok_generation() {
    if (!conn_) {
      auto generation = generation_;
      auto fresh = co_await connect();
      if (generation != generation_)
        co_return;
      conn_ = std::move(fresh);
    }
  }
  task<> ok_checked_in_the_loop() {
    for (int attempt = 0; attempt < 3; ++attempt) {
      if (ready_)
        co_return;
      co_await log("wait");
    }
  }

private:
  enum class state { idle, running };
  bool connected() const { return conn_ != nullptr; }
  bool usable() const;
  static void log_pointer(connection *);
  std::unique_ptr<connection> conn_;
  connection *raw_ = nullptr;
  std::optional<int> maybe_;
  int count_ = 0;
  int token_ = 0;
  int generation_ = 0;
  unsigned limit_ = 4;
  state state_ = state::idle;
  bool ready_ = false;
  bool connecting_ = false;
  bool eof_ = false;
  std::atomic<bool> busy_ = false;
  std::map<std::string, int> cache_;
  std::set<std::string> loading_;
  std::vector<std::unique_ptr<connection>> pool_;
  std::chrono::steady_clock::time_point expires_;
};

connection *shared_connection;

task<> bad_global() {
  if (!shared_connection) // expected-note {{checked here}}
    shared_connection = co_await connect_raw();
    // expected-warning@-1 {{'shared_connection' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{suspends here; another task may pass the same check}}
    // expected-note@-3 {{written here all the same}}
    // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
}

task<> bad_static_local() {
  static connection *own = nullptr;
  if (!own) // expected-note {{checked here}}
    own = co_await connect_raw();
    // expected-warning@-1 {{'own' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{suspends here; another task may pass the same check}}
    // expected-note@-3 {{written here all the same}}
    // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
}
