// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check leaked-guard %s
//
// The shapes of bugs that were found and fixed in the field, as code of our
// own: wrong first, then as it was put right.
#include "kj/async.h"
#include "own/sync.h"
#include "own/task.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/rwlock.hh"
#include "seastar/core/semaphore.hh"
#include <memory>
#include <optional>
#include <utility>
#include <vector>

using own::task;
namespace ss = seastar;

task<int> build();

// A request handler locks the strand of a document, has it compiled and unlocks
// it; a request that is cancelled while it waits never does.
struct document {
  own::async_mutex strand;
  std::optional<int> ast;
};
struct strand_guard {
  own::async_mutex &strand;
  ~strand_guard() { strand.unlock(); }
};
struct stateful_worker {
  std::vector<std::shared_ptr<document>> open;
  task<int> bad_clice_with_ast(std::size_t n) {
    auto doc = open[n];
    co_await doc->strand.lock();
    // expected-warning@-1 {{'doc->strand' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    if (!doc->ast)
      doc->ast = co_await build(); // expected-note {{if this co_await throws, the give-back is skipped}}
    doc->strand.unlock(); // expected-note {{given back here}}
    co_return *doc->ast;
  }
  task<int> ok_clice_with_ast(std::size_t n) {
    auto doc = open[n];
    co_await doc->strand.lock();
    strand_guard guard{doc->strand};
    if (!doc->ast)
      doc->ast = co_await build();
    co_return *doc->ast;
  }
};

// The same where what is called at the end is a closure, on some of the ways
// out: a compile that is cancelled leaves its session marked as compiling.
struct pending_compile {};
struct session {
  bool compiling = false;
  int generation = 0;
};
struct compiler {
  own::event done_;
  kj::Promise<int> send(int);
  kj::Promise<void> bad_clice_run_compile(std::shared_ptr<session> s) {
    s->compiling = true;
    // expected-warning@-1 {{flag 's->compiling' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    auto finish = [&] {
      s->compiling = false;
      done_.set();
    };
    int result = co_await send(s->generation); // expected-note {{if this co_await throws, clearing it is skipped}}
    if (result < 0) {
      finish();
      co_return;
    }
    finish(); // expected-note {{cleared here}}
  }
  kj::Promise<void> ok_clice_run_compile(std::shared_ptr<session> s) {
    s->compiling = true;
    struct finish_compile {
      std::shared_ptr<session> &s;
      own::event &done;
      ~finish_compile() {
        s->compiling = false;
        done.set();
      }
    } finish{s, done_};
    int result = co_await send(s->generation);
    if (result < 0)
      co_return;
  }
};

// A pool counts what it is about to open, and counts down when that fails. A
// coroutine that is destroyed while it waits has not failed.
struct connection {};
kj::Promise<std::unique_ptr<connection>> open_one();
template <class F> class deferred {
public:
  explicit deferred(F f) : f_(std::move(f)) {}
  deferred(const deferred &) = delete;
  ~deferred() {
    if (armed_)
      f_();
  }
  void cancel() { armed_ = false; }

private:
  F f_;
  bool armed_ = true;
};
class pool {
public:
  kj::Promise<std::unique_ptr<connection>> bad_lix_get() {
    in_use_++;
    // expected-warning@-1 {{counter 'in_use_' is incremented and decremented by hand around a suspension and stays changed when the suspended coroutine is destroyed}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    try {
      auto fresh = co_await open_one();
      // expected-note@-1 {{if the frame is destroyed while the coroutine is suspended here, the decrement is never reached}}
      co_return std::move(fresh);
    } catch (...) {
      in_use_--; // expected-note {{decremented here}}
      throw;
    }
  }
  kj::Promise<std::unique_ptr<connection>> ok_lix_get() {
    in_use_++;
    deferred cleanup([&] { in_use_--; });
    auto fresh = co_await open_one();
    cleanup.cancel();
    co_return std::move(fresh);
  }

private:
  int in_use_ = 0;
};

// A build goal takes the lock and leaves early without it.
class path_lock {
public:
  void lock();
  void unlock();
};
struct goal {
  path_lock output_;
  task<int> bad_nix_try_to_build() {
    output_.lock();
    // expected-warning@-1 {{'output_' is acquired and given back by hand and stays acquired on some path}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    int result = co_await build();
    if (result < 0)
      co_return -1; // expected-note {{the function is left here without it}}
    output_.unlock(); // expected-note {{given back here}}
    co_return result;
  }
};

// Snapshots hold a read lock by hand.
struct group_manager {
  ss::rwlock lock_;
  ss::future<> write(int);
  ss::future<> bad_redpanda_read_lock_around_a_loop(std::vector<int> groups) {
    co_await lock_.read_lock();
    // expected-warning@-1 {{'lock_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{the read lock: acquired here}}
    // expected-note@-3 {{hold it with seastar::rwlock::hold_read_lock}}
    for (int g : groups)
      co_await write(g); // expected-note {{if this co_await throws, the give-back is skipped}}
    lock_.read_unlock(); // expected-note {{given back here}}
  }
  ss::future<> ok_redpanda_snapshot_groups(std::vector<int> groups) {
    auto held = co_await lock_.hold_read_lock();
    for (int g : groups)
      co_await write(g);
  }
};

// A gate is held in a function that is no coroutine.
struct replica {
  ss::gate gate_;
  ss::semaphore sem_{1};
  ss::future<> write(int);
  ss::future<> bad_redpanda_gate_holder(int n) {
    auto holder = gate_.hold();
    // expected-warning@-1 {{'holder' of type 'seastar::gate::holder' is given back before the returned task is done}}
    // expected-note@-2 {{acquired here}}
    if (n == 0)
      return ss::make_ready_future<>();
    return write(n);
    // expected-note@-1 {{the task that is returned here goes on after the guard has died}}
    // expected-note@-2 {{make this function a coroutine and co_return co_await the task}}
  }
  ss::future<> ok_redpanda_gate_holder(int n) {
    auto holder = gate_.hold();
    if (n == 0)
      co_return;
    co_return co_await write(n);
  }

  // The same task type, acquired in four places and awaited in none.
  ss::future<> bad_redpanda_units_not_awaited(int n) {
    auto units = ss::get_units(sem_, 1);
    // expected-warning@-1 {{'units' is a task that gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>' and is never awaited: nothing is protected}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it to hold the guard}}
    co_await write(n);
  }
  ss::future<> ok_redpanda_units_awaited(int n) {
    auto units = co_await ss::get_units(sem_, 1);
    co_await write(n);
  }

  // Given back before what was started under it has ended: others overtake. It is
  // also how work is handed over in stages, so it is not reported.
  ss::future<> redpanda_idempotent_replicate_FN(int n) {
    auto units = co_await ss::get_units(sem_, 1);
    auto written = write(n);
    units.return_all();
    co_await std::move(written);
  }

  // The signal runs even if the wait has failed. In continuations, the order
  // is not followed.
  ss::future<> scylladb_serialized_action_FN(int n) {
    return sem_.wait(1).then([this, n] { return write(n); }).finally([this] { sem_.signal(1); });
  }
};

// The writer gives up its capability when it is told to stop, and not when the
// call fails: that it should, nothing in the code says.
struct tail_writer {
  std::unique_ptr<connection> capability;
  std::vector<int> queue;
  bool pumping = false;
  kj::Promise<bool> send(int);
  kj::Promise<void> workerd_pump_FN() {
    while (!queue.empty()) {
      int next = queue.back();
      queue.pop_back();
      bool stop = co_await send(next);
      if (stop) {
        queue.clear();
        capability = nullptr;
        co_return;
      }
    }
  }
  // What the same function had in a guard before.
  kj::Promise<void> bad_workerd_pumping() {
    pumping = true;
    // expected-warning@-1 {{flag 'pumping' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    while (!queue.empty()) {
      int next = queue.back();
      queue.pop_back();
      co_await send(next); // expected-note {{if this co_await throws, clearing it is skipped}}
    }
    pumping = false; // expected-note {{cleared here}}
  }
};
