// RUN: %check blocking-destructor %s --no-notes
//
// Known to be wrong, from reading findings on real code bases: own code of the
// same shape.

#include "own/task.h"
#include <atomic>
#include <chrono>
#include <thread>

namespace {

// The last resort of a spin lock: it sleeps only when the owner was preempted.
struct backoff {
  int turns = 0;
  void wait() {
    if (++turns > 1000)
      std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
};

struct Bad_spin_list_FP {
  std::atomic<bool> locked;
  ~Bad_spin_list_FP() { // expected-warning {{blocks the thread}}
    backoff slow;
    while (locked.exchange(true))
      slow.wait();
  }
};

} // namespace

own::task<> uses_a_list() {
  Bad_spin_list_FP list;
  co_await own::sleep(1);
}

// --- Carriers ----------------------------------------------------------------

struct BadWaits {
  std::jthread worker;
  ~BadWaits() {}
  // expected-warning@-1 {{destructor of 'BadWaits' blocks the thread}}
};

// What is in it is the user's choice, and is reported where it is written.
template <class T> struct OkSynchronized {
  T datum;
};
struct OkUsesCarrier {
  OkSynchronized<std::jthread> worker;
  void start();
};
inline void use_carrier() { OkUsesCarrier u; u.start(); }

// --- One of several flags ----------------------------------------------------

#include <sys/file.h>
struct BadWaitsForTheLock {
  int fd;
  ~BadWaitsForTheLock() { flock(fd, LOCK_EX); }
  // expected-warning@-1 {{destructor of 'BadWaitsForTheLock' blocks the thread}}
};
struct OkUnlocks {
  int fd;
  ~OkUnlocks() { flock(fd, LOCK_UN); }
};
struct OkTriesToLock {
  int fd;
  ~OkTriesToLock() { flock(fd, LOCK_EX | LOCK_NB); }
};

// --- Who owns what is shared -------------------------------------------------

#include <memory>
class only_owner {
public:
  only_owner() : worker_(std::make_shared<std::jthread>([] {})) {}
  ~only_owner() {}
  // expected-warning@-1 {{destructor of 'only_owner' blocks the thread}}
  void stop() { worker_->request_stop(); }

private:
  std::shared_ptr<std::jthread> worker_;
};
class one_of_two {
public:
  one_of_two() : worker_(std::make_shared<std::jthread>([] {})) {}
  ~one_of_two() {}
  std::shared_ptr<std::jthread> share() { return worker_; }

private:
  std::shared_ptr<std::jthread> worker_;
};
class was_given {
public:
  explicit was_given(std::shared_ptr<std::jthread> w) : worker_(std::move(w)) {}
  ~was_given() {}

private:
  std::shared_ptr<std::jthread> worker_;
};

// A scope guard of a plain function runs what it was given; the template is not
// to blame.
template <class F> struct ok_scope_guard {
  F f;
  ~ok_scope_guard() { f(); }
};
// A storage template that destroys what it holds by hand.
struct waits_at_the_end {
  std::thread thread;
  ~waits_at_the_end() { thread.join(); }
  // expected-warning@-1 {{destructor of 'waits_at_the_end' blocks the thread}}
};
template <class T> struct ok_storage {
  union {
    T value;
  };
  bool full = false;
  ok_storage() {}
  ~ok_storage() { clear(); }
  void clear() {
    if (full)
      value.~T();
  }
};
inline void holds(ok_storage<waits_at_the_end> &) {}
inline void makes() { ok_storage<waits_at_the_end> storage; }
inline void joins_at_the_end(std::thread &t) {
  ok_scope_guard guard{[&] { t.join(); }};
}
