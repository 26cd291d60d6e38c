// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check discarded-task %s
//
// The shapes of bugs that were found and fixed in the field, as code of our
// own: wrong first, then as it was put right.
#include "folly/coro/Task.h"
#include "kj/async.h"
#include "own/task.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/rwlock.hh"
#include "seastar/core/semaphore.hh"
#include "seastar/core/shared_mutex.hh"
#include <exception>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace ss = seastar;

// --- kj ----------------------------------------------------------------------

// When the process is to end, all servers are told to drain, and nobody waits:
// each drain is cancelled by the semicolon.
struct http_server {
  kj::Promise<void> drain();
};
kj::Promise<void> join_all(std::vector<kj::Promise<void>> all);
struct workerd_server {
  std::vector<http_server> servers;
  kj::Promise<void> bad_workerd_handle_drain(kj::Promise<void> when) {
    co_await when;
    for (auto &server : servers)
      server.drain();
      // expected-warning@-1 {{the task of 'drain' is dropped, which cancels it}}
      // expected-note@-2 {{co_await it}}
  }
  kj::Promise<void> ok_workerd_handle_drain(kj::Promise<void> when) {
    co_await when;
    std::vector<kj::Promise<void>> all;
    for (auto &server : servers)
      all.push_back(server.drain());
    co_await join_all(std::move(all));
  }
};

// The automatic answer on a socket whose actor sleeps is cut off.
kj::Promise<void> bad_workerd_read_loop(kj::WebSocket &ws, const char *answer) {
  bool skip = false;
  if (answer) {
    ws.send(answer);
    // expected-warning@-1 {{the task of 'send' is dropped, which cancels it}}
    // expected-note@-2 {{co_await it}}
    skip = true;
  }
  if (!skip)
    co_await ws.close(1000, "done");
}
kj::Promise<void> ok_workerd_read_loop(kj::WebSocket &ws, const char *answer) {
  bool skip = false;
  if (answer) {
    co_await ws.send(answer);
    skip = true;
  }
  if (!skip)
    co_await ws.close(1000, "done");
}

// Paths of a store are to be linked together; the call came from before it
// returned a promise. Errors are values there, and a macro awaits and returns.
template <class T> struct outcome {
  bool failed() const;
};
#define TRY_AWAIT(promise)                                                     \
  ({                                                                           \
    auto result_ = co_await (promise);                                         \
    if (result_.failed())                                                      \
      co_return result_;                                                       \
  })
struct lix_store {
  std::set<std::string> done;
  kj::Promise<outcome<void>> optimise_path(const std::string &path);
  kj::Promise<outcome<void>> register_valid(const std::string &path);

  kj::Promise<outcome<void>> bad_lix_add_to_store(std::string path) try {
    optimise_path(path);
    // expected-warning@-1 {{the task of 'optimise_path' is dropped, which cancels it}}
    // expected-note@-2 {{co_await it}}
    TRY_AWAIT(register_valid(path));
    co_return outcome<void>();
  } catch (...) {
    co_return outcome<void>();
  }
  kj::Promise<outcome<void>> ok_lix_add_to_store(std::string path) try {
    TRY_AWAIT(optimise_path(path));
    TRY_AWAIT(register_valid(path));
    co_return outcome<void>();
  } catch (...) {
    co_return outcome<void>();
  }

  // The same for a coroutine that calls itself.
  kj::Promise<outcome<void>>
  bad_lix_verify_path(const std::string &path,
                      const std::set<std::string> &referrers) {
    if (!done.insert(path).second)
      co_return outcome<void>();
    for (auto &other : referrers)
      if (other != path)
        bad_lix_verify_path(other, referrers);
        // expected-warning@-1 {{the task of 'bad_lix_verify_path' is dropped, which cancels it}}
        // expected-note@-2 {{co_await it}}
    co_return outcome<void>();
  }
  kj::Promise<outcome<void>>
  ok_lix_verify_path(const std::string &path,
                     const std::set<std::string> &referrers) {
    if (!done.insert(path).second)
      co_return outcome<void>();
    for (auto &other : referrers)
      if (other != path)
        TRY_AWAIT(ok_lix_verify_path(other, referrers));
    co_return outcome<void>();
  }
};

// --- folly -------------------------------------------------------------------

// A stress test silences the compiler's word about an unused task.
struct sink_client {
  folly::coro::Task<int> sink(int value);
};
folly::coro::Task<void> bad_fbthrift_co_sink_tm(sink_client &client) {
  for (int i = 0; i < 100; ++i)
    std::ignore = client.sink(i);
    // expected-warning@-1 {{the task of 'sink' is never awaited, so it never runs}}
    // expected-note@-2 {{co_await it}}
  co_return;
}
folly::coro::Task<void> ok_fbthrift_co_sink_tm(sink_client &client) {
  for (int i = 0; i < 100; ++i)
    std::ignore = co_await client.sink(i);
}

// --- seastar -----------------------------------------------------------------

using units_type = ss::semaphore_units<ss::semaphore_default_exception_factory>;

// A mutex of which there are units; an assignment silences [[nodiscard]].
struct unit_mutex {
  ss::semaphore sem{1};
  ss::future<units_type> get_units() { return ss::get_units(sem, 1); }
};
struct usage_aggregator {
  ss::gate gate;
  unit_mutex m;
  long total = 0;
  ss::future<long> close_window();
  ss::future<> bad_redpanda_grab_data() {
    auto gh = gate.hold();
    try {
      auto units = m.get_units();
      // expected-warning@-1 {{task 'units' is never awaited, so nothing is protected}}
      // expected-note@-2 {{awaiting it gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>'}}
      // expected-note@-3 {{the task is made here}}
      // expected-note@-4 {{co_await it}}
      total += co_await close_window();
    } catch (const ss::gate_closed_exception &) {
    }
  }
  ss::future<> ok_redpanda_grab_data() {
    auto gh = gate.hold();
    try {
      auto units = co_await m.get_units();
      total += co_await close_window();
    } catch (const ss::gate_closed_exception &) {
    }
  }
};
struct disk_log {
  ss::gate gate;
  unit_mutex rolling_lock;
  std::vector<int> segments;
  ss::future<> roll(int segment);
  ss::future<> bad_redpanda_do_housekeeping() {
    auto holder = gate.hold();
    auto lock = rolling_lock.get_units();
    // expected-warning@-1 {{task 'lock' is never awaited, so nothing is protected}}
    // expected-note@-2 {{awaiting it gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>'}}
    // expected-note@-3 {{the task is made here}}
    // expected-note@-4 {{co_await it}}
    if (segments.empty())
      co_return;
    co_await roll(segments.back());
  }
  ss::future<> ok_redpanda_do_housekeeping() {
    auto holder = gate.hold();
    auto lock = co_await rolling_lock.get_units();
    if (segments.empty())
      co_return;
    co_await roll(segments.back());
  }
};

struct tables_metadata {
  ss::rwlock lock;
  ss::future<ss::rwlock::holder> hold_write_lock() {
    return lock.hold_write_lock();
  }
};
struct database {
  tables_metadata tables;
  ss::semaphore limiter{1};
  void add_table(int id);
  ss::future<> stop_table(int id);
  ss::future<std::vector<char>> sample(long id, int size);
  ss::future<> bad_scylladb_create_local_system_table(int id) {
    auto lock = tables.hold_write_lock();
    // expected-warning@-1 {{task 'lock' is never awaited, so nothing is protected}}
    // expected-note@-2 {{awaiting it gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>'}}
    // expected-note@-3 {{the task is made here}}
    // expected-note@-4 {{co_await it}}
    std::exception_ptr failure;
    try {
      add_table(id);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) {
      co_await stop_table(id);
      std::rethrow_exception(failure);
    }
  }
  ss::future<> ok_scylladb_create_local_system_table(int id) {
    auto lock = co_await tables.hold_write_lock();
    std::exception_ptr failure;
    try {
      add_table(id);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) {
      co_await stop_table(id);
      std::rethrow_exception(failure);
    }
  }
  // Handlers of a REST interface, and a lambda that runs on each shard.
  ss::future<long> bad_scylladb_estimate_ratios(long id) {
    auto ticket = get_units(limiter, 1);
    // expected-warning@-1 {{task 'ticket' is never awaited, so nothing is protected}}
    // expected-note@-2 {{awaiting it gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>'}}
    // expected-note@-3 {{the task is made here}}
    // expected-note@-4 {{co_await it}}
    auto training = co_await sample(id, 4096);
    co_return training.size();
  }
  ss::future<long> ok_scylladb_estimate_ratios(long id) {
    auto ticket = co_await get_units(limiter, 1);
    auto training = co_await sample(id, 4096);
    co_return training.size();
  }
  ss::future<> bad_scylladb_sample_data_files() {
    auto one_shard = [](database &local) -> ss::future<> {
      auto ticket = get_units(local.limiter, 1);
      // expected-warning@-1 {{task 'ticket' is never awaited, so nothing is protected}}
      // expected-note@-2 {{awaiting it gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>'}}
      // expected-note@-3 {{the task is made here}}
      // expected-note@-4 {{co_await it}}
      co_await local.sample(1, 1);
    };
    co_await one_shard(*this);
  }
};

struct gossiper {
  ss::semaphore lock{1};
  std::map<int, int> states;
  ss::future<units_type> lock_endpoint_update() {
    return ss::get_units(lock, 1);
  }
  ss::future<> on_all_shards(std::function<void(gossiper &)> f);
  ss::future<> bad_scylladb_reset_endpoint_state_map() {
    auto held = lock_endpoint_update();
    // expected-warning@-1 {{task 'held' is never awaited, so nothing is protected}}
    // expected-note@-2 {{awaiting it gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>'}}
    // expected-note@-3 {{the task is made here}}
    // expected-note@-4 {{co_await it}}
    co_await on_all_shards([](gossiper &g) { g.states.clear(); });
  }
  ss::future<> ok_scylladb_reset_endpoint_state_map() {
    auto held = co_await lock_endpoint_update();
    co_await on_all_shards([](gossiper &g) { g.states.clear(); });
  }

  // Subscribers are told in the background, with the gossiper in hand: what is
  // wrong with that is codrop-dangling-task's to say, the cast says that nobody
  // is to wait.
  ss::future<> tell_removed(int endpoint);
  ss::future<> ok_scylladb_remove_endpoint_other_rule(int endpoint) {
    (void)tell_removed(endpoint).handle_exception([](std::exception_ptr) {});
    states.erase(endpoint);
    co_return;
  }
};

struct segment_manager {
  ss::semaphore recalculation{1};
  bool shutdown = false;
  bool full() const;
  ss::future<> not_full();
  ss::future<int> allocate();
  ss::future<> bad_scylladb_replenish_reserve() {
    while (!shutdown) {
      co_await not_full();
      try {
        auto guard = get_units(recalculation, 1);
        // expected-warning@-1 {{task 'guard' is never awaited, so nothing is protected}}
        // expected-note@-2 {{awaiting it gives the guard 'seastar::semaphore_units<seastar::semaphore_default_exception_factory>'}}
        // expected-note@-3 {{the task is made here}}
        // expected-note@-4 {{co_await it}}
        if (full())
          continue;
        co_await allocate();
      } catch (...) {
      }
    }
  }
  ss::future<> ok_scylladb_replenish_reserve() {
    while (!shutdown) {
      co_await not_full();
      try {
        auto guard = co_await get_units(recalculation, 1);
        if (full())
          continue;
        co_await allocate();
      } catch (...) {
      }
    }
  }
};

// A helper of the program's own calls a plain function for each element and
// pauses now and then; it is given one that returns a future.
template <class Iterator, class Fn>
ss::future<> for_each_slice(Iterator &begin, Iterator end, Fn &f) {
  for (int i = 0; i < 100 && begin != end; ++i, ++begin)
    f(*begin); // expected-note {{'async_for_each' drops what the call returns here}}
  co_return;
}
template <class Container, class Fn>
ss::future<> async_for_each(Container &container, Fn f) {
  auto it = container.begin();
  while (it != container.end())
    co_await for_each_slice(it, container.end(), f);
}
struct migrations {
  std::set<int> retry;
  ss::future<> schedule(int topic);
  ss::future<> bad_redpanda_work_once(std::vector<int> topics) {
    co_await async_for_each(topics, [this](int topic) {
    // expected-warning@-1 {{the task that this returns is dropped by its caller; nobody sees when it ends or fails}}
    // expected-note@-2 {{write a loop and co_await each task in it}}
      retry.erase(topic);
      return schedule(topic);
    });
  }
  ss::future<> ok_redpanda_work_once(std::vector<int> topics) {
    for (int topic : topics) {
      retry.erase(topic);
      co_await schedule(topic);
    }
    co_await async_for_each(topics, [this](int topic) { retry.erase(topic); });
  }
};

// The helper's parameter returns void; what it is given awaits, and so the
// pieces come after the list has been taken.
struct mutation {};
ss::future<> for_each_split(mutation m, std::function<void(mutation)> f);
ss::future<> split(mutation m, std::vector<mutation> &out);
ss::future<int> freeze(mutation m);
ss::future<std::vector<int>> bad_scylladb_merge_snapshot(mutation m) {
  std::vector<int> frozen;
  co_await for_each_split(m, [&](mutation part) -> ss::future<> {
  // expected-warning@-1 {{the task that this returns is dropped by its caller; nobody sees when it ends or fails}}
  // expected-note@-2 {{'std::function<void (mutation)>' calls it and expects nothing}}
  // expected-note@-3 {{take a callable that returns a task, and co_await what it returns}}
    frozen.push_back(co_await freeze(part));
  });
  co_return frozen;
}
ss::future<std::vector<int>> ok_scylladb_merge_snapshot(mutation m) {
  std::vector<int> frozen;
  std::vector<mutation> parts;
  co_await split(m, parts);
  for (auto &part : parts)
    frozen.push_back(co_await freeze(part));
  co_return frozen;
}

// An upload runs already when something else is asked for, which may fail.
struct archiver {
  ss::future<int> upload_segment(int n);
  ss::future<int> upload_ranges(std::vector<int> ranges);
  ss::future<std::vector<int>> aborted_ranges(int n);
  ss::future<int> aggregate(std::vector<ss::future<int>> all);
  ss::future<bool> bad_redpanda_do_upload_local(int n) {
    std::vector<ss::future<int>> uploads;
    // expected-warning@-1 {{tasks in 'uploads' are abandoned when a co_await throws; nobody sees when they end or fail}}
    uploads.emplace_back(upload_segment(n));
    // expected-note@-1 {{a task is put in here}}
    // expected-note@-2 {{await them together, or hold it in a codrop::task_group, which waits on every way out}}
    auto ranges = co_await aborted_ranges(n); // expected-note {{if this co_await throws, nobody waits for it any more}}
    if (!ranges.empty())
      uploads.emplace_back(upload_ranges(std::move(ranges)));
    co_return co_await aggregate(std::move(uploads)) == 0;
  }
  ss::future<bool> ok_redpanda_do_upload_local(int n) {
    std::vector<ss::future<int>> uploads;
    uploads.emplace_back(upload_segment(n));
    std::exception_ptr failure;
    try {
      auto ranges = co_await aborted_ranges(n);
      if (!ranges.empty())
        uploads.emplace_back(upload_ranges(std::move(ranges)));
    } catch (...) {
      failure = std::current_exception();
    }
    int result = co_await aggregate(std::move(uploads));
    if (failure)
      std::rethrow_exception(failure);
    co_return result == 0;
  }

  // What the handler does with the uploads stands in a closure that refers to
  // them: it only looks at those that have failed by then.
  ss::future<int> redpanda_schedule_single_upload_FN(int n) {
    std::vector<ss::future<int>> uploads;
    uploads.emplace_back(upload_segment(n));
    auto log = [&uploads] {
      for (auto &upload : uploads)
        if (upload.failed())
          upload.get_exception();
    };
    try {
      auto ranges = co_await aborted_ranges(n);
      if (!ranges.empty())
        uploads.emplace_back(upload_ranges(std::move(ranges)));
    } catch (const ss::gate_closed_exception &) {
      log();
      throw;
    }
    co_return co_await aggregate(std::move(uploads));
  }
};

// A future that is assigned and forgotten; its neighbour is awaited.
struct sstable_files {
  ss::future<> unlink_files();
  ss::future<> close_data();
  ss::future<> both(ss::future<> a, ss::future<> b);
  ss::future<> bad_scylladb_close_files(bool deleted) {
    auto closed = close_data();
    ss::future<> unlinked = ss::make_ready_future<>();
    // expected-warning@-1 {{task 'unlinked' is never awaited; nobody sees when it ends or fails}}
    if (deleted)
      unlinked = unlink_files();
      // expected-note@-1 {{the task is made here}}
      // expected-note@-2 {{co_await it}}
    co_await std::move(closed);
  }
  ss::future<> ok_scylladb_close_files(bool deleted) {
    auto closed = close_data();
    ss::future<> unlinked = ss::make_ready_future<>();
    if (deleted)
      unlinked = unlink_files();
    co_await both(std::move(closed), std::move(unlinked));
  }
};
