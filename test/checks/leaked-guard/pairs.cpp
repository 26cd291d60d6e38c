// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check leaked-guard %s
//
// Which calls of a home-made class belong together, by name and type.
#include "own/sync.h"
#include "own/task.h"
#include <functional>
#include <string>
#include <vector>

using own::task;

task<> work();

struct plain_lock {
  void lock();
  void unlock();
};
struct shared_lock_of_mine {
  task<> lock_shared();
  void unlock_shared();
  task<> lock_exclusive();
  void unlock_exclusive();
};
struct units {
  task<> acquire(int n);
  void release(int n);
};
struct section {
  task<> enter();
  void leave();
};
struct journal {
  task<> begin_write();
  task<> end_write();
  task<> begin();
  void end();
};
struct count_semaphore {
  task<> wait(int n);
  void signal(int n);
};
struct reader {
  void pause();
  void resume();
  void pause_reading();
  void resume_reading();
};
struct queue_of_mine {
  void suspend();
  void resume();
  void freeze();
  void thaw();
};
struct memory_budget {
  task<> reserve(std::size_t n);
  void unreserve(std::size_t n);
  bool try_reserve(std::size_t n);
};

class service {
public:
  task<> bad_lock() {
    lock_.lock();
    // expected-warning@-1 {{'lock_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    lock_.unlock(); // expected-note {{given back here}}
  }
  task<> bad_lock_shared() {
    co_await shared_.lock_shared();
    // expected-warning@-1 {{'shared_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    shared_.unlock_shared(); // expected-note {{given back here}}
  }
  task<> bad_acquire() {
    co_await units_.acquire(2);
    // expected-warning@-1 {{'units_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    units_.release(2); // expected-note {{given back here}}
  }
  task<> bad_enter() {
    co_await section_.enter();
    // expected-warning@-1 {{'section_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    section_.leave(); // expected-note {{given back here}}
  }
  task<> bad_begin_write() {
    co_await journal_.begin_write();
    // expected-warning@-1 {{'journal_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    co_await journal_.end_write(); // expected-note {{given back here}}
  }
  task<> bad_begin() {
    co_await journal_.begin();
    // expected-warning@-1 {{'journal_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    journal_.end(); // expected-note {{given back here}}
  }
  task<> bad_wait() {
    co_await semaphore_.wait(1);
    // expected-warning@-1 {{'semaphore_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    semaphore_.signal(1); // expected-note {{given back here}}
  }
  task<> bad_pause() {
    reader_.pause();
    // expected-warning@-1 {{'reader_' is paused and put back by hand and stays paused when a co_await throws}}
    // expected-note@-2 {{paused here}}
    // expected-note@-3 {{put it back in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, putting it back is skipped}}
    reader_.resume(); // expected-note {{put back here}}
  }
  task<> bad_pause_reading() {
    reader_.pause_reading();
    // expected-warning@-1 {{'reader_' is paused and put back by hand and stays paused when a co_await throws}}
    // expected-note@-2 {{paused here}}
    // expected-note@-3 {{put it back in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, putting it back is skipped}}
    reader_.resume_reading(); // expected-note {{put back here}}
  }
  task<> bad_suspend() {
    queue_.suspend();
    // expected-warning@-1 {{'queue_' is suspended and put back by hand and stays suspended when a co_await throws}}
    // expected-note@-2 {{suspended here}}
    // expected-note@-3 {{put it back in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await work(); // expected-note {{if this co_await throws, putting it back is skipped}}
    queue_.resume(); // expected-note {{put back here}}
  }
  task<> bad_try_reserve() {
    if (!budget_.try_reserve(64))
    // expected-warning@-1 {{'budget_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
      co_return;
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    budget_.unreserve(64); // expected-note {{given back here}}
  }

  // The other one of two pairs.
  task<> ok_other_pair() {
    co_await shared_.lock_shared();
    shared_.unlock_shared();
    co_await work();
    shared_.unlock_exclusive();
  }
  // Resumed by another function.
  task<> ok_resumed_elsewhere() {
    reader_.pause();
    co_await work();
  }
  // What is paused stays paused on purpose if it goes wrong.
  task<> ok_resumed_before() {
    reader_.pause();
    reader_.resume();
    co_await work();
  }

private:
  plain_lock lock_;
  shared_lock_of_mine shared_;
  units units_{};
  section section_;
  journal journal_;
  count_semaphore semaphore_;
  reader reader_;
  queue_of_mine queue_;
  memory_budget budget_;
};

// --- Closures that are only called -------------------------------------------

class session {
public:
  task<> bad_closure_called_at_the_end() {
    busy_ = true;
    // expected-warning@-1 {{flag 'busy_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    auto finish = [&] { busy_ = false; };
    co_await work(); // expected-note {{if this co_await throws, clearing it is skipped}}
    finish(); // expected-note {{cleared here}}
  }
  task<> bad_closure_unlocks() {
    co_await mutex_.lock();
    // expected-warning@-1 {{'mutex_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    auto unlock = [this] { mutex_.unlock(); };
    co_await work(); // expected-note {{if this co_await throws, the give-back is skipped}}
    unlock(); // expected-note {{given back here}}
  }
  task<> ok_closure_called_on_each_way() {
    busy_ = true;
    auto finish = [&] { busy_ = false; };
    try {
      co_await work();
    } catch (...) {
      finish();
      throw;
    }
    finish();
  }
  task<> ok_closure_handed_on() {
    busy_ = true;
    auto finish = [&] { busy_ = false; };
    on_exit(finish);
    co_await work();
    finish();
  }
  task<> ok_closure_in_a_guard() {
    busy_ = true;
    auto finish = [&] { busy_ = false; };
    struct at_exit {
      std::function<void()> run;
      ~at_exit() { run(); }
    } guard{finish};
    co_await work();
  }

private:
  void on_exit(std::function<void()>);
  bool busy_ = false;
  own::async_mutex mutex_;
};
