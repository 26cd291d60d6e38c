// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -DOWN
// RUN: %check torn-state %s -DFOLLY
// RUN: %check torn-state %s -DSEASTAR
// RUN: %check torn-state %s -DCPPCORO
// RUN: %check torn-state %s -DLIBCORO
// RUN: %check torn-state %s -DASYNC_SIMPLE
//
// Each form of torn state once, and what ends it, for one library after the
// other. Real Asio and Boost.Asio are in asio.cpp and boost.cpp.
#include <map>
#include <mutex>
#include <string>
#include <utility>

#if defined(FOLLY)
#include "folly/coro/Mutex.h"
#include "folly/coro/Task.h"
template <class T = void> using task = folly::coro::Task<T>;
using mutex = folly::coro::Mutex;
#define LOCK(m) co_await (m).co_scoped_lock()
#elif defined(SEASTAR)
#include "seastar/core/coroutine.hh"
#include "seastar/core/semaphore.hh"
template <class T = void> using task = seastar::future<T>;
struct mutex : seastar::semaphore {
  mutex() : seastar::semaphore(1) {}
};
#define LOCK(m) co_await seastar::get_units(m, 1)
#elif defined(CPPCORO)
#include "cppcoro/async_mutex.hpp"
#include "cppcoro/task.hpp"
template <class T = void> using task = cppcoro::task<T>;
using mutex = cppcoro::async_mutex;
#define LOCK(m) co_await (m).scoped_lock_async()
#elif defined(LIBCORO)
#include "coro/coro.hpp"
template <class T = void> using task = coro::task<T>;
using mutex = coro::mutex;
#define LOCK(m) co_await (m).scoped_lock()
#elif defined(ASYNC_SIMPLE)
#include "async_simple/coro.h"
template <class T = void> using task = async_simple::coro::Lazy<T>;
using mutex = async_simple::coro::Mutex;
#define LOCK(m) co_await (m).coScopedLock()
#else
#include "own/sync.h"
#include "own/task.h"
template <class T = void> using task = own::task<T>;
using mutex = own::async_mutex;
#define LOCK(m) co_await (m).scoped_lock()
#endif

task<int> load();
task<> log();
task<> write(const std::string &);
struct entry {
  int amount = 0;
  std::string name;
};
task<> persist(const entry &);

class service {
public:
  task<> bad_stale() {
    int next = total_ + 1; // expected-note {{read here}}
    co_await log(); // expected-note {{suspends here; another task may change 'total_'}}
    total_ = next;
    // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> bad_one_expression() { total_ = total_ + co_await load(); }
  // expected-warning@-1 {{'total_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
  // expected-note@-2 {{read here}}
  // expected-note@-3 {{suspends here; another task may change 'total_'}}
  // expected-note@-4 {{written here from the old value}}
  // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
  task<> bad_check() {
    if (name_.empty()) { // expected-note {{checked here}}
      co_await log(); // expected-note {{suspends here; another task may pass the same check}}
      name_ = std::to_string(co_await load());
      // expected-warning@-1 {{'name_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_check_of_a_member() {
    if (name_.empty()) { // expected-note {{checked here}}
      int n = co_await load(); // expected-note {{suspends here; another task may pass the same check}}
      rename(n);
      // expected-warning@-1 {{'name_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{'rename()' writes it here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
  }
  task<> bad_half(int from, int to) {
    entries_[from].amount -= total_; // expected-note {{the first half is updated here}}
    co_await log(); // expected-note {{suspends here; others see half of the update, and if the co_await throws it stays half}}
    entries_[to].amount += total_;
    // expected-warning@-1 {{'entries_[from].amount' and 'entries_[to].amount' are updated with a suspension between}}
    // expected-note@-2 {{the other half is updated here}}
    // expected-note@-3 {{await before both, or commit them together with codrop::staged}}
  }
  task<> bad_tied(int first, int last) {
    first_ = first; // expected-note {{the first is written here}}
    co_await log(); // expected-note {{suspends here; others see one new and one old, and if the co_await throws it stays so}}
    last_ = last;
    // expected-warning@-1 {{'first_' and 'last_' are written together elsewhere, and here with a suspension between}}
    // expected-note@-2 {{the other is written here}}
    // expected-note@-3 {{await before both, or after}}
  }
  task<> bad_early(int id, std::string name) {
    entries_[id].name = name;
    // expected-warning@-1 {{'entries_[id].name' is changed before the co_await that makes the change durable, and not put back if it fails}}
    // expected-note@-2 {{changed here, for everybody to see}}
    // expected-note@-3 {{change a copy, await, and then commit it, as codrop::staged does}}
    co_await persist(entries_[id]);
    // expected-note@-1 {{if this co_await throws, the change stays although it was never made durable}}
  }
  task<> bad_late() {
    co_await write(buffer_);
    // expected-note@-1 {{looked at here}}
    // expected-note@-2 {{suspends here; another task may add to 'buffer_'}}
    buffer_.clear();
    // expected-warning@-1 {{'buffer_' is reset after a suspension; what others have put there meanwhile is forgotten}}
    // expected-note@-2 {{reset here}}
    // expected-note@-3 {{take it out and reset it before the co_await, as std::exchange does}}
  }

  task<> ok_sequenced() { total_ += co_await load(); }
  task<> ok_locked() {
    auto held = LOCK(mutex_);
    total_ = total_ + co_await load();
    if (name_.empty())
      name_ = std::to_string(co_await load());
    first_ = total_;
    co_await log();
    last_ = total_;
    co_await write(buffer_);
    buffer_.clear();
  }
  task<> ok_checked_again() {
    if (name_.empty()) {
      int n = co_await load();
      if (name_.empty())
        rename(n);
    }
  }
  task<> ok_taken_out() { co_await write(std::exchange(buffer_, {})); }

  void print(const std::string &text) { buffer_ += text; } // expected-note {{added to here}}
  void set(int first, int last) {
    first_ = first; // expected-note {{written together here}}
    last_ = last;
  }

private:
  void rename(int n) { name_ = std::to_string(n); }
  int total_ = 0, first_ = 0, last_ = 0;
  std::string name_, buffer_;
  std::map<int, entry> entries_;
  mutex mutex_;
};
