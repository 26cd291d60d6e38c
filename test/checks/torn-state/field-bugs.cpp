// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check torn-state %s -I%mock
//
// The shapes of bugs that were found and fixed in the field, as code of our
// own: wrong first, then as it was put right.
#include "own/sync.h"
#include "own/task.h"
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

using own::task;

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
  task<> bad_set_up_once() {
    if (set_up_) // expected-note {{checked here}}
      co_return;
    co_await mount(root_); // expected-note {{suspends here; another task may pass the same check}}
    co_await root_.open();
    set_up_ = true;
    // expected-warning@-1 {{'set_up_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_set_up_under_the_lock() {
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
  task<> bad_hosted() {
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
  task<node *> bad_get(std::string id) {
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
  task<node *> ok_get(std::string id) {
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
  task<> bad_on_interface_added(std::string path) {
    if (update_) // expected-note {{checked here}}
      co_return;
    auto image = co_await start_node(path); // expected-note {{suspends here; another task may pass the same check}}
    update_ = std::move(image);
    // expected-warning@-1 {{'update_' was checked before a suspension and is written after it without checking again}}
    // expected-note@-2 {{written here all the same}}
    // expected-note@-3 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_on_interface_added(std::string path) {
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
  task<> bad_build() {
    int version = built_ + 1; // expected-note {{read here}}
    co_await write_out(version); // expected-note {{suspends here; another task may change 'built_'}}
    built_ = version;
    // expected-warning@-1 {{'built_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_build() {
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
  task<> bad_truncate(std::int64_t offset) {
    auto end = end_; // expected-note {{read here}}
    auto position = co_await locate(offset); // expected-note {{suspends here; another task may change 'end_'}}
    end_ = end < position ? end : position;
    // expected-warning@-1 {{'end_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  task<> ok_truncate(std::int64_t offset) {
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
  void bad_schedule_deletion() {
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

// Flags that are read again after the await and stored as if they belonged to
// what was sent: nothing here depends on an old value.
class resolver {
public:
  task<> store_read_again_FN(std::int64_t key) {
    co_await write_out(flags_);
    stored_ = flags_;
  }

private:
  int flags_ = 0, stored_ = 0;
};
