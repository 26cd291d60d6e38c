// RUN: %check lock-across-suspension %s
//
// Seastar: a coroutine goes on where it stopped, on the same shard. A lock of a
// thread that it holds meanwhile stops the shard.

#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/semaphore.hh"
#include "seastar/core/shared_mutex.hh"
#include "seastar/core/sleep.hh"
#include <mutex>

using seastar::future;
using namespace std::chrono_literals;

struct service {
  std::mutex threads;
  seastar::semaphore limit{1};
  seastar::shared_mutex readers;
  seastar::gate gate;
  int state = 0;

  future<> bad_thread_mutex() {
    std::lock_guard l(threads); // expected-warning {{'l' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
    // expected-note@-1 {{the lock is taken here}}
    ++state;
    co_await seastar::sleep(1ms); // expected-note {{the coroutine suspends here with the lock held; whoever waits for it blocks the thread that must resume the coroutine}}
    // expected-note@-1 {{release the lock}}
  }

  future<> ok_units() {
    auto units = co_await seastar::get_units(limit, 1);
    ++state;
    co_await seastar::sleep(1ms);
  }

  future<> ok_shared_mutex() {
    auto l = co_await seastar::get_unique_lock(readers);
    ++state;
    co_await seastar::sleep(1ms);
  }

  future<> ok_reader() {
    auto l = co_await seastar::get_shared_lock(readers);
    co_await seastar::sleep(1ms);
  }

  future<> ok_gate() {
    auto holder = gate.hold();
    co_await seastar::sleep(1ms);
  }
};
