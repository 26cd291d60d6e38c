// RUN: %check leaked-guard %s
//
// Shapes of bugs that were fixed in public projects, in code of our own.

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
task<> pump(int);

// A build goal takes the lock and leaves early without it.
class path_lock {
public:
  void lock();
  void unlock();
};
struct goal {
  path_lock output_;
  task<int> bad_some_returns_keep_the_lock() {
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

// A request handler locks the document, compiles and unlocks it.
struct document {
  own::async_mutex strand;
  std::optional<int> ast;
};
struct worker {
  std::vector<std::shared_ptr<document>> open;
  task<int> bad_unlock_after_compile(std::size_t n) {
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
};

// The writer is marked as busy while it pumps.
struct writer {
  bool pumping = false;
  std::vector<int> queue;
  task<> bad_cleared_only_on_success() {
    pumping = true;
    // expected-warning@-1 {{flag 'pumping' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    while (!queue.empty()) {
      int next = queue.back();
      queue.pop_back();
      co_await pump(next); // expected-note {{if this co_await throws, clearing it is skipped}}
    }
    pumping = false; // expected-note {{cleared here}}
  }
};

// A connection pool counts what it is about to open.
struct pool {
  int in_use = 0;
  int limit = 4;
  own::event freed;
  task<int> bad_counted_before_opening() {
    while (in_use >= limit)
      co_await freed.wait();
    ++in_use;
    // expected-warning@-1 {{counter 'in_use' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    int connection = co_await build(); // expected-note {{if this co_await throws, the decrement is skipped}}
    co_await pump(connection);
    --in_use; // expected-note {{decremented here}}
    freed.set();
    co_return connection;
  }
};

// Snapshots hold a read lock by hand.
struct group_manager {
  ss::rwlock lock_;
  ss::future<> write(int);
  ss::future<> bad_read_lock_around_a_loop(std::vector<int> groups) {
    co_await lock_.read_lock();
    // expected-warning@-1 {{'lock_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{the read lock: acquired here}}
    // expected-note@-3 {{hold it with seastar::rwlock::hold_read_lock}}
    for (int g : groups)
      co_await write(g); // expected-note {{if this co_await throws, the give-back is skipped}}
    lock_.read_unlock(); // expected-note {{given back here}}
  }
};

// A gate is held in a function that is no coroutine.
struct replica {
  ss::gate gate_;
  ss::semaphore sem_{1};
  ss::future<> write(int);
  ss::future<> bad_gate_holder(int n) {
    auto holder = gate_.hold();
    // expected-warning@-1 {{'holder' of type 'seastar::gate::holder' is given back before the returned task is done}}
    // expected-note@-2 {{acquired here}}
    if (n == 0)
      return ss::make_ready_future<>();
    return write(n);
    // expected-note@-1 {{the task that is returned here goes on after the guard has died}}
    // expected-note@-2 {{make this function a coroutine and co_return co_await the task}}
  }

  // The same task type, acquired in four places and awaited in none.
  ss::future<> bad_units_not_awaited(int n) {
    auto units = ss::get_units(sem_, 1);
    // expected-warning@-1 {{'units' is a task that gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>' and is never awaited: nothing is protected}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it to hold the guard}}
    co_await write(n);
  }

  // Given back before what was started under it has ended: others overtake. It is
  // also how work is handed over in stages, so it is not reported.
  ss::future<> units_given_back_before_the_result_FN(int n) {
    auto units = co_await ss::get_units(sem_, 1);
    auto written = write(n);
    units.return_all();
    co_await std::move(written);
  }

  // The signal runs even if the wait has failed. In continuations, the order
  // is not followed.
  ss::future<> signalled_after_failed_wait_FN(int n) {
    return sem_.wait(1).then([this, n] { return write(n); }).finally([this] { sem_.signal(1); });
  }
};
