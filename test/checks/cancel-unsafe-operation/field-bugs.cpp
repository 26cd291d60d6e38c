// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check cancel-unsafe-operation %s --no-notes
//
// The shapes of bugs that were found and fixed in the field, as code of our
// own: wrong first, then as it was put right.
#include "kj/async.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/with_timeout.hh"
#include <deque>
#include <functional>
#include <memory>
#include <optional>

using seastar::future;
using time_point = std::chrono::steady_clock::time_point;

future<> tick();

// --- f42776aded70: the operation of a timeout is a lambda with captures ------

struct cluster {
  explicit cluster(int nodes);
  ~cluster();
  future<int> add_node();
  bool has_leader(int node) const;
  struct handle {
    bool alive() const;
    bool has_leader(int node) const;
  };
  handle weak();
};

future<> bad_waits_for_a_leader(time_point soon) {
  cluster nodes(3);
  int first = co_await nodes.add_node();
  co_await seastar::with_timeout(soon, ([&]() -> future<> {
  // expected-warning@-1 {{the operation goes on when 'with_timeout' gives up, and uses 'nodes', which is gone by then}}
    while (!nodes.has_leader(first))
      co_await tick();
  })());
}

future<> ok_waits_with_a_handle(time_point soon) {
  cluster nodes(3);
  int first = co_await nodes.add_node();
  co_await seastar::with_timeout(
      soon, ([](cluster::handle nodes, int node) -> future<> {
        while (nodes.alive() && !nodes.has_leader(node))
          co_await tick();
      })(nodes.weak(), first));
}

/// A clock of the tests, with a timeout that only its name tells.
struct logical_clock {
  time_point now();
  template <class T> future<T> with_timeout(time_point t, future<T> f);
};

future<> bad_with_a_clock_of_its_own(logical_clock &clock) {
  cluster nodes(3);
  int first = co_await nodes.add_node();
  co_await clock.with_timeout(clock.now(), ([&]() -> future<> {
  // expected-warning@-1 {{the operation goes on when 'with_timeout' gives up, and uses 'nodes', which is gone by then}}
    while (!nodes.has_leader(first))
      co_await tick();
  })());
}

// --- 299e12dfb241: the task of a member is forgotten when it takes too long --

class replicated_log {
  std::optional<future<bool>> last_;
  struct shared {
    bool available() const;
    future<bool> get_future(time_point deadline);
  };
  std::optional<shared> kept_;

public:
  future<bool> bad_sync(time_point deadline) {
    if (last_) {
      auto pending = std::exchange(last_, std::nullopt).value();
      try {
        if (!co_await seastar::with_timeout(deadline, std::move(pending)))
        // expected-warning@-1 {{the task of 'last_' is forgotten when 'with_timeout' gives up on it}}
          co_return false;
      } catch (const seastar::timed_out_error &) {
        co_return false;
      }
    }
    co_return true;
  }

  future<bool> bad_moved_out(time_point deadline) {
    if (last_)
      co_return co_await seastar::with_timeout(deadline, *std::move(last_));
      // expected-warning@-1 {{the task of 'last_' is forgotten when 'with_timeout' gives up on it}}
    co_return true;
  }

  future<bool> ok_sync(time_point deadline) {
    if (kept_) {
      try {
        bool done = co_await kept_->get_future(deadline);
        kept_ = std::nullopt;
        if (!done)
          co_return false;
      } catch (const seastar::timed_out_error &) {
        co_return false;
      }
    }
    co_return true;
  }

  // At the end it may be given up.
  future<> ok_stop(time_point deadline) {
    if (last_)
      co_await seastar::with_timeout(
          deadline, std::exchange(last_, std::nullopt)->discard_result());
  }
};

// --- 445e1d3e4187: after the timeout a second one runs beside the first ------

template <class F> struct deferred {
  F f;
  ~deferred() { f(); }
};
template <class F> deferred<F> defer(F f) { return {std::move(f)}; }

struct segment {};
class segments {
  std::deque<segment> reserve_;
  std::deque<segment> used_;
  std::optional<seastar::promise<>> allocating_;
  std::optional<int> running_;
  seastar::gate gate_;

  future<> refill();
  future<> wait_for_allocation(time_point deadline);

  future<> next_segment() {
    if (reserve_.empty())
      co_await refill();
    used_.push_back(reserve_.front());
    reserve_.pop_front();
  }

public:
  future<> bad_active(time_point deadline) {
    while (used_.empty()) {
      if (allocating_) {
        co_await wait_for_allocation(deadline);
        continue;
      }
      allocating_.emplace();
      auto finally = defer([&]() noexcept { allocating_ = std::nullopt; });
      co_await seastar::with_timeout(deadline, next_segment());
      // expected-warning@-1 {{'allocating_' is given up when 'with_timeout' gives up, and the operation that it protects goes on}}
    }
  }

  // Whoever waits, waits for the one that runs.
  future<> ok_active(time_point deadline) {
    while (used_.empty()) {
      if (!running_) {
        running_ = 1;
        (void)next_segment();
      }
      co_await wait_for_allocation(deadline);
      running_ = std::nullopt;
    }
  }
};

// --- 047aad999265: a callback refers to a frame that cancellation destroys ---

struct fulfiller {
  void fulfill(int value);
};
struct promise_and_fulfiller {
  kj::Promise<int> promise;
  std::unique_ptr<fulfiller> fulfiller;
};
promise_and_fulfiller new_promise();
struct store {
  void get_async(const char *key, std::function<void(int)> done);
};

kj::Promise<int> bad_get(store &s) {
  auto answer = new_promise();
  s.get_async("key", [&](int value) { answer.fulfiller->fulfill(value); });
  // expected-warning@-1 {{callback refers to 'answer' of a coroutine that may be destroyed while it waits for it}}
  co_return co_await answer.promise;
}

kj::Promise<int> ok_get(store &s) {
  auto answer = new_promise();
  std::shared_ptr<fulfiller> shared = std::move(answer.fulfiller);
  s.get_async("key", [shared](int value) { shared->fulfill(value); });
  co_return co_await answer.promise;
}
