// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check stale-reference %s -I%mock --no-notes
#include "folly/Synchronized.h"
#include "folly/coro/AsyncGenerator.h"
#include "folly/coro/Mutex.h"
#include "folly/coro/SharedMutex.h"
#include "folly/coro/Task.h"
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

using folly::coro::Task;

namespace folly {
// The names of the library's containers and views.
template <class K, class V> class F14FastMap : public std::unordered_map<K, V> {
public:
  using std::unordered_map<K, V>::unordered_map;
};
template <class K, class V> class F14NodeMap : public std::unordered_map<K, V> {
public:
  using std::unordered_map<K, V>::unordered_map;
};
class StringPiece {
public:
  StringPiece(const std::string &s);
  bool empty() const;

private:
  const char *b_ = nullptr, *e_ = nullptr;
};
} // namespace folly

struct connection {
  Task<void> send(int);
  Task<void> close();
  void mark();
};
Task<void> work();
void use(folly::StringPiece);

class client {
public:
  Task<void> bad_reference(int id) {
    auto &c = connections_[id];
    co_await work();
    c.mark();
    // expected-warning@-1 {{reference 'c' to an element of 'connections_' is used after a suspension, during which it may be gone}}
  }
  // Growth moves the elements of the fast map, not those of the node map.
  Task<void> bad_fast_map(int id) {
    auto &n = fast_[id];
    co_await work();
    ++n; // expected-warning {{reference 'n' to an element of 'fast_' is used after a suspension, during which it may be gone}}
  }
  Task<void> ok_node_map(int id) {
    auto &n = nodes_[id];
    co_await work();
    ++n;
  }
  Task<void> bad_loop() {
    for (auto &[id, c] : connections_)
    // expected-warning@-1 {{range-for over 'connections_' goes on after a suspension, during which it may be changed}}
      co_await c.close();
  }
  Task<void> bad_front() {
    auto &c = queue_.front();
    co_await c.send(1);
    c.mark();
    // expected-warning@-1 {{reference 'c' to an element of 'queue_' is used after a suspension, during which it may be gone}}
  }
  Task<void> bad_pointee() {
    auto &c = *active_;
    co_await c.send(1);
    c.mark();
    // expected-warning@-1 {{reference 'c' to what 'active_' owns is used after a suspension, during which it may be gone}}
  }
  Task<void> bad_check() {
    if (active_)
      co_await active_->send(1);
    else
      co_return;
    active_->mark();
    // expected-warning@-1 {{'active_' was found set before a suspension and is gone through after it without another look}}
  }
  Task<void> bad_view() {
    folly::StringPiece name(name_);
    co_await work();
    use(name);
    // expected-warning@-1 {{view 'name' to the contents of 'name_' is used after a suspension, during which it may be gone}}
  }
  Task<void> bad_try_await(int id) {
    auto &c = connections_[id];
    auto result = co_await folly::coro::co_awaitTry(c.send(1));
    c.mark();
    // expected-warning@-1 {{reference 'c' to an element of 'connections_' is used after a suspension, during which it may be gone}}
  }
  Task<void> bad_weak(std::weak_ptr<connection> weak) {
    co_await work();
    auto c = weak.lock();
    c->mark();
    // expected-warning@-1 {{'c' is what a weak pointer's lock() gave after a suspension, and nobody asks whether it is empty}}
  }
  // The elements that are handed out can go while the generator waits.
  folly::coro::AsyncGenerator<connection &&> bad_generator() {
    for (auto &[id, c] : connections_)
    // expected-warning@-1 {{range-for over 'connections_' goes on after a suspension, during which it may be changed}}
      co_yield std::move(c);
  }
  Task<void> bad_given_back() {
    auto lock = co_await mutex_.co_scoped_lock();
    auto &c = guarded_[1];
    lock.unlock();
    co_await work();
    c.mark();
    // expected-warning@-1 {{reference 'c' to an element of 'guarded_' is used after a suspension, during which it may be gone}}
  }

  Task<void> ok_scoped_lock() {
    auto lock = co_await mutex_.co_scoped_lock();
    for (auto &[id, c] : guarded_)
      co_await c.close();
  }
  Task<void> ok_shared_lock() {
    auto lock = co_await shared_.co_scoped_lock_shared();
    auto &c = read_mostly_[1];
    co_await work();
    c.mark();
  }
  Task<void> ok_by_hand() {
    co_await mutex_.co_lock();
    auto &c = guarded_[1];
    co_await work();
    c.mark();
    mutex_.unlock();
  }
  Task<void> ok_owner(int id) {
    auto c = owned_.at(id);
    co_await work();
    c->mark();
  }
  Task<void> ok_safe_point(int id) {
    auto c = connections_.find(id);
    if (c == connections_.end())
      co_return;
    co_await folly::coro::co_safe_point;
    c = connections_.find(id);
    if (c != connections_.end())
      c->second.mark();
  }
  Task<void> ok_executor(int id) {
    auto &c = connections_[id];
    auto executor = co_await folly::coro::co_current_executor;
    c.mark();
  }

  void remove(int id) {
    connections_.erase(id);
    owned_.erase(id);
  }
  void add(int id) {
    fast_.emplace(id, 1);
    nodes_.emplace(id, 1);
  }
  void done() { queue_.pop_front(); }
  void drop() { active_.reset(); }
  void rename(std::string to) { name_ = to; }
  Task<void> remove_guarded(int id) {
    auto lock = co_await mutex_.co_scoped_lock();
    guarded_.erase(id);
  }
  Task<void> remove_shared(int id) {
    auto lock = co_await shared_.co_scoped_lock();
    read_mostly_.erase(id);
  }

private:
  std::map<int, connection> connections_;
  std::map<int, connection> guarded_;
  std::map<int, connection> read_mostly_;
  std::map<int, std::shared_ptr<connection>> owned_;
  folly::F14FastMap<int, int> fast_;
  folly::F14NodeMap<int, int> nodes_;
  std::deque<connection> queue_;
  std::unique_ptr<connection> active_;
  std::string name_;
  folly::coro::Mutex mutex_;
  folly::coro::SharedMutexFair shared_;
};
