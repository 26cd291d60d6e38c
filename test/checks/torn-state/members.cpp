// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
//
// Torn state that shows only where other members of the class are looked at.
#include "own/sync.h"
#include "own/task.h"
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using own::task;

struct node {
  node *next = nullptr;
};
task<> log();
task<> write(const std::string &);
task<> write_number(int);
task<node *> make_node();
task<int> load();

// --- A member is called to write what was checked before ---------------------

class session {
public:
  task<> bad_opened_by_a_member() {
    if (!connection_) { // expected-note {{checked here}}
      co_await log(); // expected-note {{suspends here; another task may pass the same check}}
      open("host");
      // expected-warning@-1 {{'connection_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{'open()' writes it here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_opened_by_a_coroutine() {
    if (connection_ == nullptr) { // expected-note {{checked here}}
      co_await log(); // expected-note {{suspends here; another task may pass the same check}}
      co_await open_async("host");
      // expected-warning@-1 {{'connection_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{'open_async()' writes it here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_early_return() {
    if (connection_) // expected-note {{checked here}}
      co_return;
    co_await log(); // expected-note {{suspends here; another task may pass the same check}}
    open("host");
    // expected-warning@-1 {{'connection_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{'open()' writes it here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_asked_again() {
    if (!connection_) {
      co_await log();
      if (!connection_)
        open("host");
    }
  }
  task<> ok_without_a_suspension() {
    if (!connection_)
      open("host");
    co_await log();
  }
  task<> ok_member_looks_itself() {
    if (!connection_) {
      co_await log();
      open_once("host");
    }
  }
  task<> ok_locked() {
    auto lock = co_await mutex_.scoped_lock();
    if (!connection_) {
      co_await log();
      open("host");
    }
  }
  task<> ok_closed_by_a_member() {
    if (!connection_)
      co_return;
    co_await log();
    drop();
  }
  task<> ok_other_member() {
    if (!connection_) {
      co_await log();
      rename("none");
    }
  }

private:
  void open(std::string host) {
    name_ = host;
    connection_ = std::make_unique<node>();
  }
  task<> open_async(std::string host) {
    name_ = host;
    connection_.reset(co_await make_node());
    connection_ = std::make_unique<node>();
  }
  void open_once(std::string host) {
    if (connection_)
      return;
    open(host);
  }
  void drop() { connection_ = nullptr; }
  void rename(std::string name) { name_ = name; }
  std::unique_ptr<node> connection_;
  std::string name_;
  own::async_mutex mutex_;
};

// --- Fields that are written together ----------------------------------------

class list {
public:
  void append(node *n) {
    if (tail_)
      tail_->next = n;
    head_ = n;
    tail_ = n;
  }
  task<> bad_parted(node *n) {
    head_ = n; // expected-note {{the first is written here}}
    co_await log(); // expected-note {{suspends here; others see one new and one old, and if the co_await throws it stays so}}
    tail_ = n;
    // expected-warning@-1 {{'head_' and 'tail_' are written together elsewhere, and here with a suspension between}}
    // expected-note@-2 {{the other is written here}}
    // expected-note@-3 {{await before both, or after}}
  }
  task<> bad_second_is_awaited(node *n) {
    head_ = n; // expected-note {{the first is written here}}
    tail_ = co_await make_node();
    // expected-warning@-1 {{'head_' and 'tail_' are written together elsewhere, and here with a suspension between}}
    // expected-note@-2 {{suspends here; others see one new and one old, and if the co_await throws it stays so}}
    // expected-note@-3 {{the other is written here}}
    // expected-note@-4 {{await before both, or after}}
  }
  task<> ok_awaited_before(node *n) {
    co_await log();
    head_ = n;
    tail_ = n;
  }
  task<> ok_awaited_into_a_variable(node *n) {
    node *last = co_await make_node();
    head_ = n; // expected-note 2 {{written together here}}
    tail_ = last;
  }
  task<> ok_locked(node *n) {
    auto lock = co_await mutex_.scoped_lock();
    head_ = n;
    co_await log();
    tail_ = n;
  }
  task<> ok_put_back(node *n) {
    node *old = head_;
    head_ = n;
    try {
      co_await log();
    } catch (...) {
      head_ = old;
      throw;
    }
    tail_ = n;
  }
  task<> ok_reset() {
    head_ = nullptr;
    co_await log();
    tail_ = nullptr;
  }

private:
  node *head_ = nullptr, *tail_ = nullptr;
  own::async_mutex mutex_;
};

// Each is written alone elsewhere: nothing ties them.
class connection_state {
public:
  void set(std::string host, int port) {
    host_ = host;
    port_ = port;
  }
  void move(int port) { port_ = port; }
  task<> ok_not_tied(std::string host) {
    host_ = host;
    co_await log();
    port_ = co_await load();
  }

private:
  std::string host_;
  int port_ = 0;
};

// A constructor writes everything, and a reset too.
class progress {
public:
  explicit progress(int n) {
    first_ = n;
    last_ = n;
  }
  void reset() {
    first_ = 0;
    last_ = 0;
  }
  task<> ok_step() {
    first_ = co_await load();
    last_ = co_await load();
  }

private:
  int first_ = 0, last_ = 0;
};

// --- Reset too late ----------------------------------------------------------

class cache {
public:
  void touch() { dirty_ = true; } // expected-note 3 {{added to here}}
  void add(std::string line) { lines_.push_back(line); } // expected-note {{added to here}}
  void print(std::string text) { buffer_ += text; } // expected-note 2 {{added to here}}
  void count() { ++unsent_; } // expected-note {{added to here}}
  void failed() { ++failures_; }

  task<> bad_flag() {
    if (dirty_) { // expected-note {{looked at here}}
      co_await flush(); // expected-note {{suspends here; another task may add to 'dirty_'}}
      dirty_ = false;
      // expected-warning@-1 {{'dirty_' is reset after a suspension; what others have put there meanwhile is forgotten}}
      // expected-note@-2 {{reset here}}
      // expected-note@-3 {{take it out and reset it before the co_await, as std::exchange does}}
    }
  }
  task<> bad_flag_early_return() {
    if (!dirty_) // expected-note {{looked at here}}
      co_return;
    co_await flush(); // expected-note {{suspends here; another task may add to 'dirty_'}}
    dirty_ = false;
    // expected-warning@-1 {{'dirty_' is reset after a suspension; what others have put there meanwhile is forgotten}}
    // expected-note@-2 {{reset here}}
    // expected-note@-3 {{take it out and reset it before the co_await, as std::exchange does}}
  }
  task<> bad_flag_loop() {
    while (dirty_) { // expected-note {{looked at here}}
      co_await flush(); // expected-note {{suspends here; another task may add to 'dirty_'}}
      dirty_ = false;
      // expected-warning@-1 {{'dirty_' is reset after a suspension; what others have put there meanwhile is forgotten}}
      // expected-note@-2 {{reset here}}
      // expected-note@-3 {{take it out and reset it before the co_await, as std::exchange does}}
    }
  }
  task<> bad_buffer() {
    co_await write(buffer_);
    // expected-note@-1 {{looked at here}}
    // expected-note@-2 {{suspends here; another task may add to 'buffer_'}}
    buffer_.clear();
    // expected-warning@-1 {{'buffer_' is reset after a suspension; what others have put there meanwhile is forgotten}}
    // expected-note@-2 {{reset here}}
    // expected-note@-3 {{take it out and reset it before the co_await, as std::exchange does}}
  }
  task<> bad_buffer_assigned() {
    co_await write(buffer_);
    // expected-note@-1 {{looked at here}}
    // expected-note@-2 {{suspends here; another task may add to 'buffer_'}}
    buffer_ = {};
    // expected-warning@-1 {{'buffer_' is reset after a suspension; what others have put there meanwhile is forgotten}}
    // expected-note@-2 {{reset here}}
    // expected-note@-3 {{take it out and reset it before the co_await, as std::exchange does}}
  }
  task<> bad_lines() {
    for (const auto &line : lines_) // expected-note {{looked at here}}
      co_await write(line); // expected-note {{suspends here; another task may add to 'lines_'}}
    lines_.clear();
    // expected-warning@-1 {{'lines_' is reset after a suspension; what others have put there meanwhile is forgotten}}
    // expected-note@-2 {{reset here}}
    // expected-note@-3 {{take it out and reset it before the co_await, as std::exchange does}}
  }
  task<> bad_number() {
    co_await write_number(unsent_);
    // expected-note@-1 {{looked at here}}
    // expected-note@-2 {{suspends here; another task may add to 'unsent_'}}
    unsent_ = 0;
    // expected-warning@-1 {{'unsent_' is reset after a suspension; what others have put there meanwhile is forgotten}}
    // expected-note@-2 {{reset here}}
    // expected-note@-3 {{take it out and reset it before the co_await, as std::exchange does}}
  }

  task<> ok_flag_first() {
    if (dirty_) {
      dirty_ = false;
      co_await flush();
    }
  }
  task<> ok_exchanged() {
    if (std::exchange(dirty_, false))
      co_await flush();
  }
  task<> ok_taken_out() {
    co_await write(std::exchange(buffer_, {}));
    auto lines = std::move(lines_);
    lines_.clear();
    for (const auto &line : lines)
      co_await write(line);
  }
  task<> ok_swapped() {
    std::vector<std::string> lines;
    lines.swap(lines_);
    for (const auto &line : lines)
      co_await write(line);
    lines_.clear();
  }
  task<> ok_locked() {
    auto lock = co_await mutex_.scoped_lock();
    if (dirty_) {
      co_await flush();
      dirty_ = false;
    }
  }
  task<> ok_asked_again() {
    if (dirty_) {
      co_await flush();
      if (!changed_since())
        dirty_ = false;
    }
  }
  // A statistic that starts anew.
  task<> ok_not_dealt_with() {
    if (failures_ > 3)
      co_return;
    co_await flush();
    failures_ = 0;
  }
  // Whether it runs is no work to do.
  task<> ok_running() {
    if (!running_)
      co_return;
    co_await flush();
    running_ = false;
  }
  void start() { running_ = true; }
  // Nobody else adds to it.
  task<> ok_own_buffer() {
    own_ += "x";
    co_await write(own_);
    own_.clear();
  }

private:
  task<> flush();
  bool changed_since() const { return dirty_; }
  bool dirty_ = false, running_ = false;
  int unsent_ = 0, failures_ = 0;
  std::string buffer_, own_;
  std::vector<std::string> lines_;
  own::async_mutex mutex_;
};
