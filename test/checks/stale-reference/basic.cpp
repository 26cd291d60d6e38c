// RUN: %check stale-reference %s --no-notes
//
// What refers into a member and is used after a suspension, on own types.

#include "own/sync.h"
#include "own/task.h"
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

using own::task;

task<> work();
task<> send(std::string_view);
void use(int);

struct session {
  int id = 0;
  bool open = false;
  std::string name;
  task<> run();
  task<> close();
  void touch();
};

class server {
public:
  // --- Elements ---
  task<> bad_reference(int id) {
    auto &s = sessions_[id];
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_at(int id) {
    session &s = sessions_.at(id);
    co_await work();
    use(s.id);
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_through_iterator(int id) {
    auto it = sessions_.find(id);
    if (it == sessions_.end())
      co_return;
    auto &s = it->second;
    co_await s.run();
    s.open = false;
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_iterator(int id) {
    auto it = sessions_.find(id);
    if (it == sessions_.end())
      co_return;
    co_await it->second.close();
    sessions_.erase(it);
    // expected-warning@-1 {{iterator 'it' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_pointer(int id) {
    session *s = &sessions_[id];
    co_await work();
    s->touch();
    // expected-warning@-1 {{pointer 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_binding(int id) {
    auto &[key, value] = *sessions_.find(id);
    co_await work();
    use(value.id + key);
    // expected-warning@-1 {{reference 'key, value' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_emplaced(int id) {
    auto [it, inserted] = sessions_.try_emplace(id);
    co_await work();
    it->second.touch();
    // expected-warning@-1 {{iterator 'it, inserted' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_back() {
    queue_.emplace_back();
    auto &job = queue_.back();
    co_await work();
    use(job.id);
    // expected-warning@-1 {{reference 'job' to an element of 'queue_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_growing_vector() {
    log_.push_back({});
    session &entry = log_.back();
    co_await entry.run();
    entry.open = false;
    // expected-warning@-1 {{reference 'entry' to an element of 'log_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_in_a_loop(int id) {
    session &s = sessions_.at(id);
    for (;;) {
      s.touch();
      // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
      co_await work();
    }
  }
  task<> bad_alias(int id) {
    auto &s = sessions_[id];
    auto &name = s.name;
    co_await work();
    use(name.size());
    // expected-warning@-1 {{reference 'name' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_view() {
    std::string_view v = title_;
    co_await work();
    co_await send(v);
    // expected-warning@-1 {{view 'v' to the contents of 'title_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_span() {
    std::span<session> all(log_);
    co_await work();
    use(all[0].id);
    // expected-warning@-1 {{view 'all' to the contents of 'log_' is used after a suspension, during which it may be gone}}
  }

  // --- Loops ---
  task<> bad_range_for() {
    for (auto &[id, s] : sessions_)
    // expected-warning@-1 {{range-for over 'sessions_' goes on after a suspension, during which it may be changed}}
      co_await s.close();
  }
  task<> bad_range_for_of_values() {
    for (auto entry : queue_)
    // expected-warning@-1 {{range-for over 'queue_' goes on after a suspension, during which it may be changed}}
      co_await entry.run();
  }
  task<> bad_iterator_loop() {
    for (auto it = sessions_.begin(); it != sessions_.end(); ++it)
    // expected-warning@-1 {{iterator 'it' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
      co_await it->second.close();
  }

  // --- Owners ---
  task<> bad_pointee() {
    session &s = *current_;
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to what 'current_' owns is used after a suspension, during which it may be gone}}
  }
  task<> bad_get() {
    session *s = current_.get();
    co_await work();
    s->touch();
    // expected-warning@-1 {{pointer 's' to what 'current_' owns is used after a suspension, during which it may be gone}}
  }
  task<> bad_shared_pointee() {
    auto &s = *shared_;
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to what 'shared_' owns is used after a suspension, during which it may be gone}}
  }
  task<> bad_optional() {
    auto &s = maybe_.value();
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to what 'maybe_' owns is used after a suspension, during which it may be gone}}
  }

  // --- Accessors ---
  session &get(int id) { return sessions_.at(id); }
  session &current() { return *current_; }
  const std::map<int, session> &all() const { return sessions_; }
  session *lookup(int id) {
    auto it = sessions_.find(id);
    return it == sessions_.end() ? nullptr : &it->second;
  }
  task<> bad_accessor(int id) {
    auto &s = get(id);
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'sessions_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_owner_accessor() {
    auto &s = current();
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to what 'current_' owns is used after a suspension, during which it may be gone}}
  }
  task<> bad_range_for_of_accessor() {
    for (auto &[id, s] : all())
    // expected-warning@-1 {{range-for over 'sessions_' goes on after a suspension, during which it may be changed}}
      co_await work();
  }

  // --- Checks ---
  task<> bad_checked() {
    if (current_) {
      co_await work();
      current_->touch();
      // expected-warning@-1 {{'current_' was found set before a suspension and is gone through after it without another look}}
    }
  }
  task<> bad_left_early() {
    if (!current_)
      co_return;
    current_->touch();
    co_await work();
    current_->touch();
    // expected-warning@-1 {{'current_' was found set before a suspension and is gone through after it without another look}}
  }
  task<> bad_raw_checked() {
    if (raw_ == nullptr)
      co_return;
    co_await work();
    raw_->touch();
    // expected-warning@-1 {{'raw_' was found set before a suspension and is gone through after it without another look}}
  }
  task<> bad_weak() {
    co_await work();
    auto self = weak_.lock();
    self->touch();
    // expected-warning@-1 {{'self' is what a weak pointer's lock() gave after a suspension, and nobody asks whether it is empty}}
  }

  // --- Right ---
  task<> ok_before(int id) {
    auto &s = sessions_[id];
    s.touch();
    co_await s.run();
  }
  task<> ok_copy(int id) {
    auto s = sessions_[id];
    co_await work();
    s.touch();
  }
  task<> ok_shared_copy(int id) {
    auto s = owners_[id];
    co_await work();
    s->touch();
  }
  task<> ok_again(int id) {
    auto it = sessions_.find(id);
    co_await work();
    it = sessions_.find(id);
    if (it != sessions_.end())
      it->second.touch();
  }
  task<> ok_looked_again(int id) {
    auto &s = sessions_[id];
    co_await work();
    if (!sessions_.contains(id))
      co_return;
    s.touch();
  }
  task<> ok_generation(int id) {
    auto &s = sessions_[id];
    auto was = generation_;
    co_await work();
    if (was != generation_)
      co_return;
    s.touch();
  }
  task<> ok_locked(int id) {
    auto lock = co_await mutex_.scoped_lock();
    auto &s = sessions_[id];
    co_await work();
    s.touch();
  }
  task<> ok_local() {
    std::vector<session> all(3);
    for (auto &s : all)
      co_await s.run();
  }
  task<> ok_swapped() {
    auto all = std::move(sessions_);
    for (auto &[id, s] : all)
      co_await s.close();
  }
  task<> ok_copied() {
    auto all = queue_;
    for (auto &s : all)
      co_await s.run();
  }
  task<> ok_never_changed() {
    for (auto &s : fixed_)
      co_await s.run();
  }
  task<> ok_only_grows(int id) {
    auto &s = registry_[id];
    co_await work();
    s.touch();
  }
  task<> ok_owner_kept() {
    auto keep = shared_;
    auto &s = *keep;
    co_await work();
    s.touch();
  }
  task<> ok_owner_beside() {
    auto keep = shared_;
    auto *s = shared_.get();
    co_await work();
    s->touch();
  }
  task<> ok_own_member() {
    auto &n = generation_;
    co_await work();
    use(n);
  }
  task<> ok_checked_again() {
    if (current_)
      co_await work();
    if (current_)
      current_->touch();
  }
  task<> ok_never_reset() {
    if (!steady_)
      co_return;
    co_await work();
    steady_->touch();
  }
  task<> ok_set_here() {
    if (!current_)
      co_return;
    co_await work();
    current_ = std::make_unique<session>();
    current_->touch();
  }
  task<> ok_weak() {
    co_await work();
    auto self = weak_.lock();
    if (!self)
      co_return;
    self->touch();
  }
  task<> ok_weak_asked_at_once() {
    std::shared_ptr<session> self;
    for (;;) {
      self = nullptr;
      co_await work();
      if ((self = weak_.lock()) == nullptr)
        break;
      self->touch();
    }
  }
  task<> bad_weak_assigned() {
    std::shared_ptr<session> self;
    co_await work();
    self = weak_.lock();
    self->touch();
    // expected-warning@-1 {{'self' is what a weak pointer's lock() gave after a suspension, and nobody asks whether it is empty}}
  }
  task<> ok_loop_left(int id) {
    for (auto &[key, s] : sessions_)
      if (key == id) {
        co_await work();
        co_return;
      }
  }
  task<> ok_value(int id) {
    int n = sessions_[id].id;
    co_await work();
    use(n);
  }

  // Who changes it waits for the loop.
  task<> refresh() {
    found_.clear();
    co_await ok_changed_by_who_waits();
  }
  task<> ok_used_by_helper(int id) {
    auto &s = kept_.at(id);
    co_await s.run();
    s.touch();
  }
  task<> refresh_again() {
    kept_.clear();
    co_await ok_used_by_helper(1);
  }

  // --- Who changes them ---
  void remove(int id) {
    sessions_.erase(id);
    owners_.erase(id);
  }
  void done() { queue_.pop_front(); }
  void trim() { log_.clear(); }
  void rename(std::string to) { title_ = std::move(to); }
  void drop() {
    current_.reset();
    shared_ = nullptr;
    maybe_.reset();
    raw_ = nullptr;
    ++generation_;
  }
  void add(int id) { registry_.try_emplace(id); }

private:
  task<> ok_changed_by_who_waits() {
    for (auto &[id, s] : found_)
      co_await s.run();
  }

  std::map<int, session> found_;
  std::map<int, session> kept_;
  std::map<int, session> sessions_;
  std::map<int, session> registry_;
  std::map<int, std::shared_ptr<session>> owners_;
  std::list<session> queue_;
  std::vector<session> log_;
  std::vector<session> fixed_;
  std::string title_;
  std::unique_ptr<session> current_;
  std::unique_ptr<session> steady_;
  std::shared_ptr<session> shared_;
  std::weak_ptr<session> weak_;
  std::optional<session> maybe_;
  session *raw_ = nullptr;
  int generation_ = 0;
  own::async_mutex mutex_;
};
