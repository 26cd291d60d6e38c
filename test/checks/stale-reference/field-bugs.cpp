// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check stale-reference %s -I%mock --no-notes --checks-options codrop-stale-reference.Accessors=tables::registry::find_table
//
// The shapes of bugs that were found and fixed in the field, as code of our
// own: wrong first, then as it was put right.
#include "own/task.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/rwlock.hh"
#include "seastar/core/semaphore.hh"
#include "seastar/coroutine/maybe_yield.hh"
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

using own::task;
using seastar::future;
using seastar::coroutine::maybe_yield;

task<> pause_for(int seconds);
future<> take_a_break();

// A watcher lets go of the pool while it sleeps and takes hold of it again.
class client_pool : public std::enable_shared_from_this<client_pool> {
public:
  static task<> bad_yalantinglibs_watch(std::weak_ptr<client_pool> watcher) {
    auto self = watcher.lock();
    while (self) {
      int wait = self->interval_;
      self = nullptr;
      if (wait > 0)
        co_await pause_for(wait);
      self = watcher.lock();
      if (self->alive_)
      // expected-warning@-1 {{'self' is what a weak pointer's lock() gave after a suspension, and nobody asks whether it is empty}}
        co_return;
    }
  }
  static task<> ok_yalantinglibs_watch(std::weak_ptr<client_pool> watcher) {
    auto self = watcher.lock();
    while (self) {
      int wait = self->interval_;
      self = nullptr;
      if (wait > 0)
        co_await pause_for(wait);
      self = watcher.lock();
      if (!self)
        co_return;
      if (self->alive_)
        co_return;
    }
  }

private:
  bool alive_ = false;
  int interval_ = 1;
};

// A writer of chunks whose stream is taken away when the body is aborted.
struct body_stream {
  task<> write(std::string bytes);
  task<long> pump(long length);
  void abort();
};
class chunked_writer {
public:
  task<long> bad_capnproto_pump(long length) {
    auto &inner = get_inner();
    co_await inner.write("head");
    auto actual = co_await inner.pump(length);
    // expected-warning@-1 {{reference 'inner' to what 'inner_' owns is used after a suspension, during which it may be gone}}
    if (actual < length)
      inner.abort();
    co_await inner.write("tail");
    co_return actual;
  }
  task<long> ok_capnproto_pump(long length) {
    co_await get_inner().write("head");
    auto actual = co_await get_inner().pump(length);
    if (actual < length)
      get_inner().abort();
    co_await get_inner().write("tail");
    co_return actual;
  }
  void abort_body() { inner_.reset(); }

private:
  body_stream &get_inner() {
    if (!inner_)
      throw std::logic_error("the body is complete");
    return *inner_;
  }
  std::unique_ptr<body_stream> inner_;
};

// Requests for documents, of which those not used for long are evicted.
struct document {
  struct signal {
    task<> wait();
  } parsed;
  std::string text;
  int version = 0;
};
task<int> on_pool(std::function<int()> work);
class worker {
public:
  template <class F> task<int> bad_clice_with_ast(std::string path, F fn) {
    auto it = documents_.find(path);
    if (it == documents_.end())
      co_return 0;
    auto &doc = *it->second;
    co_await doc.parsed.wait();
    co_return co_await on_pool([&] { return fn(doc); });
    // expected-warning@-1 {{reference 'doc' to an element of 'documents_' is used after a suspension, during which it may be gone}}
  }
  template <class F> task<int> ok_clice_with_ast(std::string path, F fn) {
    auto it = shared_.find(path);
    if (it == shared_.end())
      co_return 0;
    auto doc = it->second;
    co_await doc->parsed.wait();
    co_return co_await on_pool([&] { return fn(*doc); });
  }
  task<> bad_clice_compile(std::string path) {
    auto &doc = get_or_create(path);
    co_await doc.parsed.wait();
    doc.version += 1;
    // expected-warning@-1 {{reference 'doc' to an element of 'documents_' is used after a suspension, during which it may be gone}}
  }
  task<> ok_clice_compile(std::string path) {
    auto doc = share_or_create(path);
    co_await doc->parsed.wait();
    doc->version += 1;
  }
  void evict(const std::string &path) {
    documents_.erase(path);
    shared_.erase(path);
  }

private:
  document &get_or_create(const std::string &path) {
    auto [it, inserted] = documents_.try_emplace(path, nullptr);
    if (inserted)
      it->second = std::make_unique<document>();
    return *it->second;
  }
  std::shared_ptr<document> share_or_create(const std::string &path) {
    auto [it, inserted] = shared_.try_emplace(path, nullptr);
    if (inserted)
      it->second = std::make_shared<document>();
    return it->second;
  }
  std::unordered_map<std::string, std::unique_ptr<document>> documents_;
  std::unordered_map<std::string, std::shared_ptr<document>> shared_;
};
task<> requests(worker &w) {
  co_await w.bad_clice_with_ast("a", [](document &d) { return d.version; });
  co_await w.ok_clice_with_ast("a", [](document &d) { return d.version; });
}

// Devices that are set up one after the other while others are unplugged.
struct terminus {
  bool initialized = false;
  void parse();
};
task<int> read_records(int tid);
class platform {
public:
  task<> bad_pldm_init() {
    for (auto &[tid, terminus] : termini_) {
    // expected-warning@-1 {{range-for over 'termini_' goes on after a suspension, during which it may be changed}}
      if (terminus->initialized)
        continue;
      co_await read_records(tid);
      terminus->parse();
    }
  }
  task<> ok_pldm_init() {
    std::vector<int> tids;
    for (auto &[tid, _] : termini_)
      tids.push_back(tid);
    for (const auto tid : tids) {
      auto terminus = termini_[tid];
      if (terminus->initialized)
        continue;
      co_await read_records(tid);
      if (!termini_.contains(tid))
        continue;
      terminus->parse();
    }
  }
  void unplug(int tid) { termini_.erase(tid); }

private:
  std::map<int, std::shared_ptr<terminus>> termini_;
};

// A copy of a table is made in steps; a reader's lock keeps snapshots out, and
// writes hold one, too.
class key_values {
public:
  future<std::map<int, std::string>> bad_redpanda_list() {
    auto holder = gate_.hold();
    auto units = co_await snapshot_lock_.hold_read_lock();
    std::map<int, std::string> copy;
    for (const auto &entry : kvs_) {
    // expected-warning@-1 {{range-for over 'kvs_' goes on after a suspension, during which it may be changed}}
      copy.insert(entry);
      co_await maybe_yield();
    }
    co_return copy;
  }
  future<std::map<int, std::string>> ok_redpanda_list() {
    auto holder = gate_.hold();
    auto units = co_await snapshot_lock_.hold_read_lock();
    std::map<int, std::string> copy;
    auto it = kvs_.begin();
    while (it != kvs_.end()) {
      copy.insert(*it);
      ++it;
      if (it != kvs_.end()) {
        int checkpoint = it->first;
        co_await maybe_yield();
        it = kvs_.lower_bound(checkpoint);
      }
    }
    co_return copy;
  }
  void apply_removal(int key) { kvs_.erase(key); }
  future<> apply_snapshot() {
    auto units = co_await snapshot_lock_.hold_write_lock();
    kvs_.clear();
  }

private:
  std::map<int, std::string> kvs_;
  seastar::rwlock snapshot_lock_;
  seastar::gate gate_;
};

// The segments of a log, in a class of its own.
struct segment {
  bool bogus() const;
  future<long> file_timestamp();
  void set_timestamp(long);
  future<> stop();
};
class segment_set {
public:
  using type = std::shared_ptr<segment>;
  using iterator = std::vector<type>::iterator;
  void add(type s) { all_.push_back(std::move(s)); }
  void pop_back() { all_.pop_back(); }
  void pop_front() { all_.erase(all_.begin()); }
  iterator begin() { return all_.begin(); }
  iterator end() { return all_.end(); }

private:
  std::vector<type> all_;
};
class disk_log {
public:
  future<> bad_redpanda_adjust() {
    for (const auto &s : segs_) {
    // expected-warning@-1 {{range-for over 'segs_' goes on after a suspension, during which it may be changed}}
      if (!s->bogus())
        break;
      auto stamp = co_await s->file_timestamp();
      s->set_timestamp(stamp);
    }
  }
  future<> ok_redpanda_adjust() {
    std::vector<segment_set::type> bogus;
    for (const auto &s : segs_)
      if (s->bogus())
        bogus.push_back(s);
    for (const auto &s : bogus) {
      auto stamp = co_await s->file_timestamp();
      s->set_timestamp(stamp);
    }
  }
  void remove_front() { segs_.pop_front(); }

private:
  segment_set segs_;
};

// What is stopped may take itself off the list.
class remote_partition {
public:
  future<> bad_redpanda_stop() {
    for (auto &s : segments_)
    // expected-warning@-1 {{range-for over 'segments_' goes on after a suspension, during which it may be changed}}
      co_await s.second->stop();
  }
  future<> ok_redpanda_stop() {
    decltype(segments_) stopping;
    stopping.swap(segments_);
    for (auto &[offset, s] : stopping)
      co_await s->stop();
  }
  void offload(long offset) { segments_.erase(offset); }

  // And what is made from an element is put back under its key.
  future<> bad_redpanda_materialize(long offset) {
    auto &state = segments_.at(offset);
    auto made = co_await materialize(offset);
    state = std::move(made);
    // expected-warning@-1 {{reference 'state' to an element of 'segments_' is used after a suspension, during which it may be gone}}
  }
  future<> ok_redpanda_materialize(long offset) {
    auto made = co_await materialize(offset);
    segments_.insert_or_assign(offset, std::move(made));
  }

private:
  future<std::unique_ptr<segment>> materialize(long offset);
  std::map<long, std::unique_ptr<segment>> segments_;
};

// A partition leaves; its groups go first, under its lock.
struct attached {
  seastar::rwlock catchup;
};
template <class F> void spawn_with_gate(seastar::gate &, F);
class group_manager {
public:
  void bad_redpanda_detach(int ntp) {
    spawn_with_gate(gate_, [this, ntp]() -> future<> {
      auto it = partitions_.find(ntp);
      if (it == partitions_.end())
        co_return;
      auto p = it->second;
      auto units = co_await p->catchup.hold_write_lock();
      partitions_.erase(it);
      // expected-warning@-1 {{iterator 'it' to an element of 'partitions_' is used after a suspension, during which it may be gone}}
    });
  }
  void ok_redpanda_detach(int ntp) {
    spawn_with_gate(gate_, [this, captured = ntp]() -> future<> {
      auto ntp = captured;
      auto it = partitions_.find(ntp);
      if (it == partitions_.end())
        co_return;
      auto p = it->second;
      auto units = co_await p->catchup.hold_write_lock();
      partitions_.erase(ntp);
    });
  }
  void clear() { partitions_.clear(); }

private:
  std::unordered_map<int, std::shared_ptr<attached>> partitions_;
  seastar::gate gate_;
};

// Answers that come in while those that are there are worked through.
struct response {
  std::vector<int> states;
};
class backend {
public:
  future<> bad_redpanda_work_once() {
    for (const auto &[node, response] : responses_)
    // expected-warning@-1 {{range-for over 'responses_' goes on after a suspension, during which it may be changed}}
      co_await process(response.states);
    responses_.clear();
  }
  future<> ok_redpanda_work_once() {
    auto responses = std::move(responses_);
    for (const auto &[node, response] : responses)
      co_await process(response.states);
  }
  future<> on_response(int node) {
    co_await take_a_break();
    responses_[node] = response();
  }

private:
  future<> process(std::vector<int> states);
  std::unordered_map<int, response> responses_;
};

// What is done when the function is left uses a pointer taken before.
template <class F> class deferred {
public:
  explicit deferred(F f) : f_(std::move(f)) {}
  deferred(deferred &&) noexcept;
  ~deferred() { f_(); }

private:
  F f_;
};
struct archiver {
  future<bool> prepare();
  void complete();
};
class partition {
public:
  future<> bad_redpanda_transfer() {
    std::optional<deferred<std::function<void()>>> complete;
    if (archiver_) {
      complete.emplace([a = archiver_.get()] { a->complete(); });
      // expected-warning@-1 {{pointer 'a' to what 'archiver_' owns is used after a suspension, during which it may be gone}}
      bool clean = co_await archiver_->prepare();
      if (!clean)
        co_return;
    }
  }
  future<> ok_redpanda_transfer() {
    std::optional<deferred<std::function<void()>>> complete;
    if (archiver_) {
      complete.emplace([this] {
        if (archiver_)
          archiver_->complete();
      });
      bool clean = co_await archiver_->prepare();
      if (!clean)
        co_return;
    }
  }
  void unsafe_reset() { archiver_ = nullptr; }

private:
  std::unique_ptr<archiver> archiver_;
};

// A table may be dropped while something is loaded into it.
namespace tables {
struct phaser_guard {
  ~phaser_guard();
};
struct table {
  phaser_guard stream_in_progress();
  void add(int file);
};
class registry {
public:
  table &find_table(int id);
};
future<int> download(int file);

class loader {
public:
  future<> bad_scylladb_download(int id, int file) {
    auto &table = db_.find_table(id);
    auto got = co_await download(file);
    table.add(got);
    // expected-warning@-1 {{reference 'table' to what 'find_table()' gives is used after a suspension, during which it may be gone}}
  }
  future<> ok_scylladb_download(int id, int file) {
    auto &table = db_.find_table(id);
    auto streaming = table.stream_in_progress();
    auto got = co_await download(file);
    table.add(got);
  }

private:
  registry &db_;
};
} // namespace tables

// Permissions that are loaded again while others are removed. The permit keeps
// out who loads, not who removes.
class auth_cache {
public:
  future<> bad_scylladb_reload() {
    auto units = co_await seastar::get_units(loading_, 1);
    for (auto &[resource, permissions] : anonymous_)
    // expected-warning@-1 {{range-for over 'anonymous_' goes on after a suspension, during which it may be changed}}
      permissions = co_await load(resource);
  }
  future<> ok_scylladb_reload() {
    auto units = co_await seastar::get_units(loading_, 1);
    for (const auto &resource : keys())
      anonymous_[resource] = co_await load(resource);
  }
  void prune(const std::string &resource) { anonymous_.erase(resource); }

private:
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const auto &[resource, permissions] : anonymous_)
      all.push_back(resource);
    return all;
  }
  future<int> load(std::string resource);
  std::unordered_map<std::string, int> anonymous_;
  seastar::semaphore loading_{1};
};

// The state of a strategy, which another strategy replaces.
struct leveled_state {
  int counter = 0;
};
struct windowed_state {
  std::vector<long> windows;
};
struct strategy {
  future<int> candidates(int want);
};
class table_view {
public:
  future<int> bad_scylladb_select() {
    auto &state = get_state();
    auto found = co_await strategy_->candidates(1);
    co_return found + state.counter;
    // expected-warning@-1 {{reference 'state' to what 'state_' owns is used after a suspension, during which it may be gone}}
  }
  future<int> ok_scylladb_select() {
    auto state = share_state();
    auto found = co_await strategy_->candidates(1);
    co_return found + state->counter;
  }
  void alter() {
    state_ = windowed_state();
    shared_ = std::make_shared<leveled_state>();
  }

private:
  leveled_state &get_state() { return std::get<leveled_state>(state_); }
  std::shared_ptr<leveled_state> share_state() const { return shared_; }
  std::variant<leveled_state, windowed_state> state_;
  std::shared_ptr<leveled_state> shared_;
  std::shared_ptr<strategy> strategy_ = std::make_shared<strategy>();
};

// The state of a cluster's nodes, which is loaded anew as a whole.
struct replica {
  std::optional<std::vector<int>> ring;
  int state = 0;
};
struct topology {
  std::unordered_map<int, replica> nodes;
  const std::pair<const int, replica> *find(int id) const {
    auto it = nodes.find(id);
    return it == nodes.end() ? nullptr : &*it;
  }
};
struct state_machine {
  topology current;
};
future<topology> load_topology();
future<> stream(int state);
class storage {
public:
  future<> bad_scylladb_stream(int id) {
    const auto &rs = machine_.current.find(id)->second;
    if (!rs.ring)
      co_return;
    co_await stream(rs.state);
    co_await stream(rs.state);
    // expected-warning@-1 {{reference 'rs' to a part of 'current' is used after a suspension, during which it may be gone}}
  }
  future<> ok_scylladb_stream(int id) {
    const auto rs = machine_.current.find(id)->second;
    if (!rs.ring)
      co_return;
    co_await stream(rs.state);
    co_await stream(rs.state);
  }
  future<> reload() { machine_.current = co_await load_topology(); }

private:
  state_machine machine_;
};

// The endpoints of a gossip, which come and go.
class gossiper {
public:
  const std::unordered_map<int, int> &states() const { return states_; }
  std::unordered_set<int> endpoints() const {
    std::unordered_set<int> all;
    for (const auto &[node, state] : states_)
      all.insert(node);
    return all;
  }
  bool is_normal(int node) const;
  void evict(int node) { states_.erase(node); }

private:
  std::unordered_map<int, int> states_;
};
class ring {
public:
  future<std::unordered_set<int>> bad_scylladb_to_sync_with() {
    std::unordered_set<int> result;
    for (const auto &[node, _] : gossiper_.states()) {
    // expected-warning@-1 {{range-for over 'states_' goes on after a suspension, during which it may be changed}}
      co_await maybe_yield();
      if (gossiper_.is_normal(node))
        result.insert(node);
    }
    co_return result;
  }
  future<std::unordered_set<int>> ok_scylladb_to_sync_with() {
    std::unordered_set<int> result;
    for (const auto &node : gossiper_.endpoints()) {
      co_await maybe_yield();
      if (gossiper_.is_normal(node))
        result.insert(node);
    }
    co_return result;
  }

private:
  gossiper &gossiper_;
};
