// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check ignored-cancellation %s --no-notes
//
// What is known to be wrong.

#include "own/task.h"
#include "seastar/core/gate.hh"
#include "seastar/core/rwlock.hh"
#include "seastar/core/sleep.hh"
#include <memory>
#include <stop_token>

using own::task;
using seastar::future;
using namespace std::chrono_literals;

task<> rest(int seconds);
task<> rest(int seconds, std::stop_token stop);

/// The token is behind a member function.
class request {
public:
  std::stop_token stop_token() const;
};
task<> accessor_FN(request &r) { co_await rest(5); }

/// No coroutine, but it returns what its caller awaits.
task<> plain_FN(std::stop_token stop) {
  if (stop.stop_requested())
    return rest(0);
  return rest(5);
}

/// The lock belongs to another object, and nobody holds it for long there
/// either.
class table {
public:
  seastar::rwlock lock;
};
class reader {
public:
  future<> short_lock_FP() { // The table is never locked across an await.
    auto held = co_await table_->lock.hold_read_lock();
    // expected-warning@-1 {{'hold_read_lock' is called without 'as_', which would end the wait when it is cancelled}}
  }

private:
  std::shared_ptr<table> table_;
  seastar::abort_source as_;
};

/// A loop of reads asks whether the partition's gate is closed, and not its
/// source. Taken from redpanda's partition reader: the source is private to
/// the partition, and the loop does end.
class partition {
  friend class partition_reader;
  seastar::gate gate_;
  seastar::abort_source as_;
};
class partition_reader {
public:
  future<int> redpanda_load_slice_FN() {
    while (co_await has_more()) {
      if (partition_->gate_.is_closed())
        co_return 0;
      if (int read = co_await read_some())
        co_return read;
    }
    co_return 0;
  }

private:
  future<bool> has_more();
  future<int> read_some();
  std::shared_ptr<partition> partition_;
};
