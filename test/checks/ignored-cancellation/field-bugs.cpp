// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check ignored-cancellation %s --no-notes
//
// The shapes of bugs that were found and fixed in the field, as code of our
// own: wrong first, then as it was put right.

#include "seastar/core/condition-variable.hh"
#include "seastar/core/semaphore.hh"
#include "seastar/core/sleep.hh"
#include <memory>
#include <optional>

using seastar::abort_source;
using seastar::future;
using namespace std::chrono_literals;

// A pause between two attempts, in a frontend that is told to stop by a source
// of its own: the helper's form without a source waits for the program's end.
future<bool> nap(std::chrono::milliseconds time);
future<bool> nap(std::chrono::milliseconds time, abort_source &as);

class id_frontend {
public:
  future<> bad_redpanda_wait_for_leader() {
    int retries = 10;
    bool aborted = false;
    while (!aborted && !leader_ && retries-- > 0)
      aborted = !co_await nap(delay_);
      // expected-warning@-1 {{'nap' is called without 'as_', which would end the wait when it is cancelled}}
  }
  future<> ok_redpanda_wait_for_leader() {
    int retries = 10;
    bool aborted = false;
    while (!aborted && !leader_ && retries-- > 0)
      aborted = !co_await nap(delay_, as_);
  }
  void stop() { as_.request_abort(); }

private:
  abort_source as_;
  std::optional<int> leader_;
  std::chrono::milliseconds delay_{500};
};

// The lock of one endpoint is waited for.
class endpoints {
public:
  explicit endpoints(abort_source &as) : as_(as) {}

  future<int> bad_scylladb_lock_endpoint(int id) {
    auto entry = co_await load(id);
    entry->units = co_await get_units(entry->sem, 1);
    // expected-warning@-1 {{'get_units' is called without 'as_', which would end the wait when it is cancelled}}
    co_return id;
  }
  future<int> ok_scylladb_lock_endpoint(int id) {
    auto entry = co_await load(id);
    entry->units = co_await get_units(entry->sem, 1, as_);
    as_.check();
    co_return id;
  }

private:
  struct entry {
    seastar::semaphore sem{1};
    std::optional<seastar::semaphore_units<
        seastar::semaphore_default_exception_factory>>
        units;
  };
  future<std::shared_ptr<entry>> load(int id);
  abort_source &as_;
};

// A job waits for its turn, and its source is in the data that it has.
class manager {
public:
  seastar::semaphore turns{1};
};
class job {
public:
  virtual ~job() = default;

protected:
  struct data {
    int done = 0;
    abort_source abort;
  };
  virtual future<> run() = 0;
  bool can_proceed() const;
  data data_;
  manager &manager_;
};
class major_job : public job {
protected:
  future<> bad_scylladb_run() {
    auto turn = co_await get_units(manager_.turns, 1);
    // expected-warning@-1 {{'get_units' is called without 'data_.abort', which would end the wait when it is cancelled}}
    if (!can_proceed())
      co_return;
    co_await work();
  }
  future<> ok_scylladb_run() {
    auto turn = co_await get_units(manager_.turns, 1, data_.abort);
    if (!can_proceed())
      co_return;
    co_await work();
  }
  future<> work();
};

// Retries are counted by what the caller hands down, and it has a source.
class retry_node {
public:
  explicit retry_node(retry_node *parent);
  struct permit {
    bool allowed = false;
    std::chrono::milliseconds delay;
  };
  permit retry();
  abort_source &root_source();
};

class remote {
public:
  future<bool> bad_redpanda_download(int key, retry_node &parent) {
    retry_node node(&parent);
    auto permit = node.retry();
    while (permit.allowed) {
      if (co_await get(key))
        co_return true;
      co_await seastar::sleep_abortable(permit.delay, as_);
      // expected-warning@-1 {{'sleep_abortable' is given 'as_', the component's own token, and not the caller's}}
      permit = node.retry();
    }
    co_return false;
  }
  future<bool> ok_redpanda_download(int key, retry_node &parent) {
    retry_node node(&parent);
    auto permit = node.retry();
    while (permit.allowed) {
      if (co_await get(key))
        co_return true;
      co_await seastar::sleep_abortable(permit.delay, node.root_source());
      permit = node.retry();
    }
    co_return false;
  }

private:
  future<bool> get(int key);
  abort_source as_;
};

// The coordinator is woken by events, and by a callback when it shall stop. The
// callback wakes nobody while the work is awaited.
class coordinator {
public:
  explicit coordinator(abort_source &as) : as_(as) {}

  future<> bad_scylladb_run() {
    auto stop = as_.subscribe([this]() noexcept { state_.event.signal(); });
    while (!as_.abort_requested()) {
      bool had_work = co_await work();
      if (!had_work)
        co_await state_.event.when();
        // expected-warning@-1 {{'when' may wait for ever after a stop: 'as_' is not checked right before it}}
    }
  }
  future<> ok_scylladb_run() {
    auto stop = as_.subscribe([this]() noexcept { state_.event.signal(); });
    while (!as_.abort_requested()) {
      bool had_work = co_await work();
      if (!had_work)
        co_await wait_for_event();
    }
  }
  future<> ok_scylladb_predicate() {
    auto stop = as_.subscribe([this]() noexcept { state_.event.signal(); });
    while (!as_.abort_requested()) {
      co_await work();
      co_await state_.event.when([this] { return as_.abort_requested(); });
    }
  }
  future<> ok_scylladb_nothing_between() {
    auto stop = as_.subscribe([this]() noexcept { state_.event.signal(); });
    while (!as_.abort_requested())
      co_await state_.event.when();
  }

private:
  future<> wait_for_event() {
    as_.check();
    co_await state_.event.when();
  }
  future<bool> work();
  struct state {
    seastar::condition_variable event;
  };
  abort_source &as_;
  state state_;
};

// A detector asks each time round whether it is enabled, and not whether the
// program stops. It ends all the same, if one interval later, since its pause
// is given the source: no finding, and nothing is known to be missing.
class detector {
public:
  future<> scylladb_loop_FN(int node) {
    while (is_enabled()) {
      try {
        co_await echo(node);
      } catch (...) {
        failed_ = true;
      }
      co_await seastar::sleep_abortable(2s, as_);
    }
  }
  future<> ok_scylladb_loop(int node) {
    while (is_enabled() && !as_.abort_requested()) {
      try {
        co_await echo(node);
      } catch (...) {
        failed_ = true;
      }
      co_await seastar::sleep_abortable(2s, as_);
    }
  }

private:
  bool is_enabled() const;
  future<> echo(int node);
  bool failed_ = false;
  abort_source as_;
};
