// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s
//
// The shapes of bugs that were found and fixed in the field, as code of our
// own: wrong first, then as it was put right.
#include "own/sync.h"
#include "own/task.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/rwlock.hh"
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using own::task;
namespace ss = seastar;

struct node {
  task<> open();
};
struct snapshot {};
task<> mount(node &);
task<snapshot> take_snapshot();
task<std::unique_ptr<node>> start_node(std::string);
task<std::int64_t> locate(std::int64_t offset);
task<> write_out(std::int64_t);

// A device is set up by the first who uses it.
class device {
public:
  task<> bad_managarm_set_up_once() {
    if (set_up_) // expected-note {{checked here}}
      co_return;
    co_await mount(root_); // expected-note {{suspends here; another task may pass the same check}}
    co_await root_.open();
    set_up_ = true;
    // expected-warning@-1 {{'set_up_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_managarm_set_up_under_the_lock() {
    if (set_up_)
      co_return;
    auto lock = co_await mutex_.scoped_lock();
    if (set_up_)
      co_return;
    co_await mount(root_);
    set_up_ = true;
  }

private:
  bool set_up_ = false;
  node root_;
  own::async_mutex mutex_;
};

// The lock came, the second look did not.
class transactions {
public:
  task<> bad_redpanda_hosted() {
    if (hosted_) // expected-note {{checked here}}
      co_return;
    auto lock = co_await mutex_.scoped_lock(); // expected-note {{suspends here; another task may pass the same check}}
    co_await write_out(0);
    hosted_ = true;
    // expected-warning@-1 {{'hosted_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }

private:
  bool hosted_ = false;
  own::async_mutex mutex_;
};

// A second start before the first has an entry in the table.
class actors {
public:
  task<node *> bad_workerd_get(std::string id) {
    auto found = running_.find(id);
    if (found != running_.end()) // expected-note {{checked here}}
      co_return found->second.get();
    auto started = co_await start_node(id); // expected-note {{suspends here; another task may pass the same check}}
    running_[id] = std::move(started);
    // expected-warning@-1 {{'running_[id]' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    co_return running_[id].get();
  }
  task<node *> ok_workerd_get(std::string id) {
    auto found = running_.find(id);
    if (found != running_.end())
      co_return found->second.get();
    auto started = co_await start_node(id);
    auto again = running_.find(id);
    if (again == running_.end())
      running_[id] = std::move(started);
    co_return running_[id].get();
  }

private:
  std::map<std::string, std::unique_ptr<node>> running_;
};

// Two events start two updates.
class updater {
public:
  task<> bad_phosphor_on_interface_added(std::string path) {
    if (update_) // expected-note {{checked here}}
      co_return;
    auto image = co_await start_node(path); // expected-note {{suspends here; another task may pass the same check}}
    update_ = std::move(image);
    // expected-warning@-1 {{'update_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_phosphor_on_interface_added(std::string path) {
    if (update_ || in_progress_)
      co_return;
    in_progress_ = true;
    update_ = co_await start_node(path);
    in_progress_ = false;
  }

private:
  std::unique_ptr<node> update_;
  bool in_progress_ = false;
};

// A round of work whose results are stored though a newer one has begun.
class compiler {
public:
  task<> bad_clice_build() {
    int version = built_ + 1; // expected-note {{read here}}
    co_await write_out(version); // expected-note {{suspends here; another task may change 'built_'}}
    built_ = version;
    // expected-warning@-1 {{'built_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_clice_build() {
    const auto round = ++round_;
    int version = built_ + 1;
    co_await write_out(version);
    if (round != round_)
      co_return;
    built_ = version;
  }

private:
  int built_ = 0;
  std::uint64_t round_ = 0;
};

// A position that was looked up and used for the cut, though the segment may
// have been rolled.
class log_segment {
public:
  task<> bad_redpanda_truncate(std::int64_t offset) {
    auto end = end_; // expected-note {{read here}}
    auto position = co_await locate(offset); // expected-note {{suspends here; another task may change 'end_'}}
    end_ = end < position ? end : position;
    // expected-warning@-1 {{'end_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_redpanda_truncate(std::int64_t offset) {
    const auto generation = generation_;
    auto end = end_;
    auto position = co_await locate(offset);
    if (generation != generation_)
      throw std::runtime_error("rolled meanwhile");
    end_ = end < position ? end : position;
  }

private:
  std::int64_t end_ = 0;
  std::uint64_t generation_ = 0;
};

// A deletion is refused once one is on its way, but it is known to be on its
// way only when its task runs.
class groups {
public:
  void bad_scylladb_schedule_flagged() {
    if (closing_)
    // expected-warning@-1 {{'closing_' is checked here but set only inside the task that is spawned}}
    // expected-note@-2 {{checked here}}
      return;
    own::spawn(close_and_delete());
    // expected-note@-1 {{started here; until the task runs, others pass the same check}}
    // expected-note@-2 {{set it before the task is started}}
  }

private:
  task<> close_and_delete() {
    closing_ = true; // expected-note {{set here, when the task runs}}
    co_await write_out(0);
  }
  bool closing_ = false;
};

// A facet is started by the first who needs it: whether it runs is asked, what
// it needs is awaited, and then it is started.
struct worker {};
struct actor_class {
  task<> when_ready();
  std::unique_ptr<worker> instantiate();
};
class actor_container {
public:
  task<worker *> bad_workerd_get_actor() {
    if (!actor_) { // expected-note {{checked here}}
      co_await class_.when_ready(); // expected-note {{suspends here; another task may pass the same check}}
      start(class_);
      // expected-warning@-1 {{'actor_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{'start()' writes it here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
    co_return actor_.get();
  }
  task<worker *> ok_workerd_get_actor() {
    if (!actor_) {
      co_await class_.when_ready();
      if (!actor_)
        start(class_);
    }
    co_return actor_.get();
  }

private:
  void start(actor_class &c) {
    starts_++;
    actor_ = c.instantiate();
  }
  actor_class class_;
  std::unique_ptr<worker> actor_;
  int starts_ = 0;
};

// Tracing is set up by the first request.
struct trace_context {
  task<> create();
  bool is_initialized() const;
};
trace_context tracing;
bool tracing_initialized = false;
task<> init_tracing() { co_await tracing.create(); }
struct drm_file {
  static task<> handle(int request);
  static task<> bad_managarm_ioctl(int request) {
    if (!tracing_initialized) { // expected-note {{checked here}}
      co_await init_tracing(); // expected-note {{suspends here; another task may pass the same check}}
      tracing_initialized = true;
      // expected-warning@-1 {{'tracing_initialized' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{written here all the same}}
      // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
    }
    co_await handle(request);
  }
  static task<> ok_managarm_ioctl(int request) {
    if (!tracing.is_initialized())
      co_await tracing.create();
    co_await handle(request);
  }
};

// Checked before the lock, and not again under it. What is set up is replicated
// first and set by another member.
struct hosted {
  bool inited = false;
};
class hosted_transactions {
public:
  ss::future<bool> bad_redpanda_try_init() {
    if (hosted_.inited) // expected-note {{checked here}}
      co_return true;
    auto units = co_await lock_.hold_write_lock(); // expected-note {{suspends here; another task may pass the same check}}
    hosted fresh;
    fresh.inited = true;
    co_return co_await update(fresh);
    // expected-warning@-1 {{'hosted_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{'update()' writes it here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  ss::future<bool> ok_redpanda_try_init() {
    if (hosted_.inited)
      co_return true;
    auto units = co_await lock_.hold_write_lock();
    if (hosted_.inited)
      co_return true;
    hosted fresh;
    fresh.inited = true;
    co_return co_await update(fresh);
  }

private:
  ss::future<bool> replicate(hosted);
  ss::future<bool> update(hosted fresh) {
    if (!co_await replicate(fresh))
      co_return false;
    hosted_ = fresh;
    co_return true;
  }
  hosted hosted_;
  ss::rwlock lock_;
};

// A deletion is refused once the group's gate is closed, but the gate is closed
// by the task that is only being scheduled.
struct raft_group {
  std::shared_ptr<ss::gate> gate;
  std::optional<ss::future<>> operation;
};
class group_manager {
public:
  void bad_scylladb_schedule_deletion(int id, raft_group &state) {
    if (state.gate->is_closed())
    // expected-warning@-1 {{'gate' is checked here but 'close()' is called only inside the task that is spawned}}
    // expected-note@-2 {{checked here}}
      return;
    state.operation = run([this, id, g = state.gate]() -> ss::future<> {
    // expected-note@-1 {{started here; until the task runs, others pass the same check}}
    // expected-note@-2 {{call it before the task is started}}
      co_await abort_server(id);
      co_await g->close(); // expected-note {{called here, when the task runs}}
    });
  }
  void ok_scylladb_schedule_deletion(int id, raft_group &state) {
    if (state.gate->is_closed())
      return;
    auto closed = state.gate->close();
    state.operation = run([this, id, closed = std::move(closed)]() mutable -> ss::future<> {
      co_await abort_server(id);
      co_await std::move(closed);
    });
  }

private:
  template <class F> ss::future<> run(F f);
  ss::future<> abort_server(int);
};

// What is known to be stored is derived from data that may have come while it
// was stored. Nothing here depends on an old value: it is the new one that is
// wrong.
struct resolve_state {
  std::optional<std::string> candidate, cert;
  bool stored_candidate = false, stored_cert = false;
};
struct candidate_store {
  task<> set(std::string);
  task<> all(std::vector<task<>>);
  task<> ton_store_to_db_FN(resolve_state &state) {
    std::vector<task<>> tasks;
    if (state.candidate && !state.stored_candidate)
      tasks.push_back(set(*state.candidate));
    if (!state.stored_cert && state.cert)
      tasks.push_back(set(*state.cert));
    co_await all(std::move(tasks));
    if (state.candidate)
      state.stored_candidate = true;
    if (state.cert)
      state.stored_cert = true;
  }
};
