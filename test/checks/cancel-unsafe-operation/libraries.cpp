// RUN: %check cancel-unsafe-operation %s --no-notes

#include "coro/coro.hpp"
#include "folly/coro/AsyncGenerator.h"
#include "folly/coro/Collect.h"
#include "folly/coro/Timeout.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/iostream.hh"
#include "seastar/core/queue.hh"
#include "seastar/core/semaphore.hh"
#include "seastar/core/with_timeout.hh"
#include <map>
#include <string>

using time_point = std::chrono::steady_clock::time_point;
time_point soon();

// --- Seastar: what times out goes on -----------------------------------------

namespace on_seastar {

using seastar::future;
using seastar::with_timeout;

future<> tick();

class consumer {
  seastar::queue<int> items_{16};
  seastar::basic_semaphore<int> units_{1};
  seastar::input_stream<char> in_;

public:
  future<int> bad_pops() {
    co_return co_await with_timeout(soon(), items_.pop_eventually());
    // expected-warning@-1 {{'pop_eventually' is abandoned by 'with_timeout' and must not be}}
  }

  future<> bad_takes_units() {
    co_await with_timeout(soon(), units_.wait(1)); // expected-warning {{'wait' is abandoned by 'with_timeout' and must not be}}
    units_.signal(1);
  }

  future<> ok_gets_units() {
    auto units =
        co_await with_timeout(soon(), seastar::get_units(units_, 1));
  }

  future<int> ok_asks_first() {
    co_await with_timeout(soon(), items_.not_empty());
    co_return items_.pop();
  }

  future<> bad_reads_again() {
    for (;;) {
      try {
        auto data = co_await with_timeout(soon(), in_.read());
        // expected-warning@-1 {{'read' on 'in_' is abandoned by 'with_timeout', and 'in_' is used again after it}}
      } catch (const seastar::timed_out_error &) {
      }
    }
  }

  // The connection ends with the exception.
  future<> ok_leaves() {
    for (;;)
      auto data = co_await with_timeout(soon(), in_.read());
  }

  future<> ok_closes() {
    try {
      auto data = co_await with_timeout(soon(), in_.read());
    } catch (...) {
    }
    co_await in_.close();
  }
};

struct counters {
  int reads = 0;
};

future<> count(counters &c) {
  co_await tick();
  ++c.reads;
}
future<> countAtOnce(counters &c) {
  ++c.reads;
  co_await tick();
}

future<> bad_a_reference_to_a_local() {
  counters c;
  co_await with_timeout(soon(), count(c));
  // expected-warning@-1 {{the operation goes on when 'with_timeout' gives up, and uses 'c', which is gone by then}}
}

future<> ok_used_before_it_suspends() {
  counters c;
  co_await with_timeout(soon(), countAtOnce(c));
}

future<> ok_of_the_caller(counters &c) {
  co_await with_timeout(soon(), count(c));
}

future<> bad_continuation() {
  counters c;
  co_await with_timeout(soon(), tick().finally([&] { ++c.reads; }));
  // expected-warning@-1 {{the operation goes on when 'with_timeout' gives up, and uses 'c', which is gone by then}}
}

struct worker {
  int done = 0;
  future<> run() {
    co_await tick();
    ++done;
  }
  future<> stop();
};

future<> bad_a_local_object() {
  worker w;
  co_await with_timeout(soon(), w.run());
  // expected-warning@-1 {{the operation goes on when 'with_timeout' gives up, and uses 'w', which is gone by then}}
}

struct process {
  void kill();
};
future<> ok_killed_by_the_handler(process &p) {
  worker w;
  co_await with_timeout(soon(), w.run()).finally([&] { p.kill(); });
}

future<> ok_stopped_and_waited_for() {
  worker w;
  try {
    co_await with_timeout(soon(), w.run());
  } catch (...) {
  }
  co_await w.stop();
}

class table {
  seastar::basic_semaphore<int> lock_{1};
  int version_ = 0;

  future<> load() {
    co_await tick();
    ++version_;
  }
  future<> loadLocked(seastar::semaphore_units<int> units) {
    co_await tick();
    ++version_;
  }

public:
  future<> bad_the_lock_is_given_up() {
    auto units = co_await seastar::get_units(lock_, 1);
    co_await with_timeout(soon(), load());
    // expected-warning@-1 {{'units' is given up when 'with_timeout' gives up, and the operation that it protects goes on}}
  }

  future<> ok_the_lock_goes_along() {
    auto units = co_await seastar::get_units(lock_, 1);
    co_await with_timeout(soon(), loadLocked(std::move(units)));
  }

  future<> ok_no_lock() { co_await with_timeout(soon(), load()); }
};

} // namespace on_seastar

// --- Folly: cancels and waits -------------------------------------------------

namespace on_folly {

using folly::coro::Task;

Task<void> journal(int amount);
Task<void> sleep();

class bank {
  std::map<std::string, int> accounts_;

  Task<void> move(std::string from, std::string to, int amount) {
    accounts_[from] -= amount;
    co_await journal(amount);
    accounts_[to] += amount;
  }

public:
  Task<void> bad_halves() {
    co_await folly::coro::timeout(move("a", "b", 3), std::chrono::seconds(1));
    // expected-warning@-1 {{'move' is cut short by 'timeout' between the two halves of an update}}
  }
  Task<void> bad_halves_in_a_race() {
    co_await folly::coro::collectAny(move("a", "b", 3), sleep());
    // expected-warning@-1 {{'move' is cut short by 'collectAny' between the two halves of an update}}
  }
  Task<void> ok_waits_for_it() { co_await move("a", "b", 3); }
};

// It is waited for, so its locals are there until it has ended.
Task<void> ok_refers_to_a_local() {
  int reads = 0;
  co_await folly::coro::timeout(
      [&]() -> Task<void> {
        co_await sleep();
        ++reads;
      }(),
      std::chrono::seconds(1));
}

} // namespace on_folly

// --- libcoro: the losers go on -------------------------------------------------

namespace on_libcoro {

using coro::task;

task<void> sleep();

class consumer {
  coro::queue<int> items_;

public:
  task<void> bad_pops() {
    co_await coro::when_any(items_.pop(), sleep()); // expected-warning {{'pop' is abandoned by 'when_any' and must not be}}
  }
  task<void> ok_pops() { auto item = co_await items_.pop(); }
};

task<void> bad_captures() {
  int reads = 0;
  auto read = [&]() -> task<void> {
    co_await sleep();
    ++reads;
  };
  co_await coro::when_any(read(), sleep());
  // expected-warning@-1 {{the operation goes on when 'when_any' gives up, and uses 'reads', which is gone by then}}
}

} // namespace on_libcoro
