// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check stale-reference %s -I%mock --no-notes
//
// Containers and pointers of nobody's library, told by what they can do.
#include "own/sync.h"
#include "own/task.h"
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

using own::task;

task<> work();
void use(int);

struct item {
  int id = 0;
  item *next = nullptr;
  task<> run();
  void touch();
};

/// A container of nodes.
template <class T> class slot_map {
public:
  struct iterator {
    T *at = nullptr;
    T &operator*() const { return *at; }
    T *operator->() const { return at; }
    iterator &operator++();
    bool operator==(const iterator &) const = default;
  };
  iterator begin();
  iterator end();
  iterator find(int id);
  T &operator[](int id);
  T &at(int id);
  T *lookup(int id);
  bool contains(int id) const;
  void erase(int id);
  void insert(int id, T value);
};

/// Sorted in an array: whatever is added moves the others.
template <class K, class V> class flat_map {
public:
  struct entry {
    K first;
    V second;
  };
  using iterator = entry *;
  iterator begin();
  iterator end();
  iterator find(const K &key);
  V &operator[](const K &key);
  void insert(entry e);
  void erase(iterator at);
};

template <class T, std::size_t N> class small_vector {
public:
  T *begin();
  T *end();
  T &front();
  T &back();
  T &operator[](std::size_t i);
  void push_back(T value);
  void clear();
};

/// Elements belong to whoever put them in.
template <class T> class intrusive_list {
public:
  struct iterator {
    T *at = nullptr;
    T &operator*() const { return *at; }
    T *operator->() const { return at; }
    iterator &operator++();
    bool operator==(const iterator &) const = default;
  };
  iterator begin();
  iterator end();
  T &front();
  void push_back(T &element);
  void pop_front();
};

template <class T> class owning_ptr {
public:
  owning_ptr() = default;
  owning_ptr(owning_ptr &&) noexcept;
  owning_ptr &operator=(owning_ptr &&) noexcept;
  ~owning_ptr();
  T *operator->() const;
  T &operator*() const;
  T *get() const;
  explicit operator bool() const;
  void reset(T *to = nullptr);
};

template <class T> class counted_ptr {
public:
  counted_ptr() = default;
  counted_ptr(const counted_ptr &);
  counted_ptr(counted_ptr &&) noexcept;
  counted_ptr &operator=(const counted_ptr &);
  ~counted_ptr();
  T *operator->() const;
  T &operator*() const;
  T *get() const;
  explicit operator bool() const;
  void reset();
};

class registry {
public:
  // --- Containers ---
  task<> bad_slot(int id) {
    auto &s = slots_[id];
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'slots_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_slot_iterator(int id) {
    auto it = slots_.find(id);
    co_await it->run();
    it->touch();
    // expected-warning@-1 {{iterator 'it' to an element of 'slots_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_slot_loop() {
    for (auto &s : slots_)
    // expected-warning@-1 {{range-for over 'slots_' goes on after a suspension, during which it may be changed}}
      co_await s.run();
  }
  task<> bad_flat(int id) {
    auto &n = flat_[id];
    co_await work();
    use(n);
    // expected-warning@-1 {{reference 'n' to an element of 'flat_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_flat_iterator(int id) {
    auto it = flat_.find(id);
    co_await work();
    use(it->second);
    // expected-warning@-1 {{pointer 'it' to an element of 'flat_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_small_vector() {
    item &last = small_.back();
    co_await work();
    last.touch();
    // expected-warning@-1 {{reference 'last' to an element of 'small_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_small_vector_loop() {
    for (item &i : small_)
    // expected-warning@-1 {{range-for over 'small_' goes on after a suspension, during which it may be changed}}
      co_await i.run();
  }
  task<> bad_intrusive_loop() {
    for (item &i : waiting_)
    // expected-warning@-1 {{range-for over 'waiting_' goes on after a suspension, during which it may be changed}}
      co_await i.run();
  }
  task<> bad_intrusive_iterator() {
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it)
    // expected-warning@-1 {{iterator 'it' to an element of 'waiting_' is used after a suspension, during which it may be gone}}
      co_await it->run();
  }
  // --- Pointers ---
  task<> bad_owned() {
    item &i = *owned_;
    co_await work();
    i.touch();
    // expected-warning@-1 {{reference 'i' to what 'owned_' owns is used after a suspension, during which it may be gone}}
  }
  task<> bad_owned_check() {
    if (!owned_)
      co_return;
    co_await owned_->run();
    owned_->touch();
    // expected-warning@-1 {{'owned_' was found set before a suspension and is gone through after it without another look}}
  }
  task<> bad_counted_raw() {
    item *i = counted_.get();
    co_await work();
    i->touch();
    // expected-warning@-1 {{pointer 'i' to what 'counted_' owns is used after a suspension, during which it may be gone}}
  }

  task<> ok_slot_grows(int id) {
    auto &s = growing_[id];
    co_await work();
    s.touch();
  }
  task<> ok_slot_again(int id) {
    auto &s = slots_[id];
    s.touch();
    co_await work();
    slots_[id].touch();
  }
  task<> ok_slot_looked_up(int id) {
    item &s = slots_.at(id);
    co_await work();
    if (!slots_.contains(id))
      co_return;
    s.touch();
  }
  task<> ok_counted() {
    auto i = counted_;
    co_await work();
    i->touch();
  }
  task<> ok_counted_reference() {
    auto keep = counted_;
    item &i = *keep;
    co_await work();
    i.touch();
  }
  task<> ok_taken() {
    auto mine = std::move(owned_);
    item &i = *mine;
    co_await work();
    i.touch();
  }
  task<> ok_local_list() {
    intrusive_list<item> mine;
    for (item &i : mine)
      co_await i.run();
  }
  task<> ok_drained() {
    while (waiting_.begin() != waiting_.end()) {
      item &i = waiting_.front();
      waiting_.pop_front();
      co_await i.run();
    }
  }

  void remove(int id) { slots_.erase(id); }
  void add(int id) {
    growing_.insert(id, item());
    flat_.insert({id, 1});
    small_.push_back(item());
  }
  void next() { waiting_.pop_front(); }
  void drop() {
    owned_.reset();
    counted_.reset();
  }

private:
  slot_map<item> slots_;
  slot_map<item> growing_;
  flat_map<int, int> flat_;
  small_vector<item, 4> small_;
  intrusive_list<item> waiting_;
  owning_ptr<item> owned_;
  counted_ptr<item> counted_;
};

// Locks, epochs and own ways to keep things alive.
class guarded {
public:
  task<> bad_other_lock() {
    auto lock = co_await log_mutex_.scoped_lock();
    auto &s = slots_[1];
    co_await work();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'slots_' is used after a suspension, during which it may be gone}}
  }
  task<> bad_lock_comes_late() {
    auto &s = slots_[1];
    auto lock = co_await mutex_.scoped_lock();
    s.touch();
    // expected-warning@-1 {{reference 's' to an element of 'slots_' is used after a suspension, during which it may be gone}}
  }
  task<> ok_lock() {
    auto lock = co_await mutex_.scoped_lock();
    auto &s = slots_[1];
    co_await work();
    s.touch();
  }
  task<> ok_permit() {
    auto permit = co_await writers_.get_permit();
    for (auto &i : small_)
      co_await i.run();
  }
  task<> ok_by_hand() {
    co_await mutex_.lock();
    auto &s = slots_[1];
    co_await work();
    s.touch();
    mutex_.unlock();
  }
  task<> ok_epoch() {
    auto &s = slots_[1];
    auto before = epoch_;
    co_await work();
    if (epoch_ != before)
      co_return;
    s.touch();
  }
  task<> ok_flag() {
    if (busy_)
      co_return;
    busy_ = true;
    auto &i = small_.front();
    co_await work();
    i.touch();
    busy_ = false;
  }
  // The callers hold the lock.
  task<> remove_later(int id) {
    auto lock = co_await mutex_.scoped_lock();
    remove(id);
  }
  task<> trim() {
    auto permit = co_await writers_.get_permit();
    small_.clear();
  }

private:
  void remove(int id) {
    slots_.erase(id);
    ++epoch_;
  }
  slot_map<item> slots_;
  small_vector<item, 4> small_;
  own::async_mutex mutex_;
  own::async_mutex log_mutex_;
  own::semaphore writers_{1};
  int epoch_ = 0;
  bool busy_ = false;
};
