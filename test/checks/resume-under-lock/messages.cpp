// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check resume-under-lock %s
//
// What is said, step by step.

#include <coroutine>
#include <mutex>
#include <stop_token>
#include <vector>

struct event {
  std::mutex mutex;
  std::coroutine_handle<> first, second;
  std::stop_source stop;

  void bad_two() {
    std::lock_guard lock(mutex); // expected-note {{the lock is taken here}}
    first.resume();
    // expected-warning@-1 {{a coroutine is resumed while 'lock' holds its lock}}
    // expected-note@-2 {{what runs here may need the same lock, or end the life of what it is a member of}}
    // expected-note@-3 {{take what is to be resumed out under the lock, release it, then resume; or schedule it on an executor}}
    second.resume(); // expected-note {{and here}}
  }
  void cancel() { stop.request_stop(); }
  // expected-note@-1 {{what runs here may need the same lock, or end the life of what it is a member of}}
  void bad_call() {
    mutex.lock(); // expected-note {{the lock is taken here}}
    cancel();
    // expected-warning@-1 {{'request_stop()' runs the stop callbacks while 'mutex' is locked}}
    // expected-note@-2 {{'cancel()' is called with the lock held}}
    // expected-note@-3 {{take what is to be resumed out under the lock, release it, then resume; or schedule it on an executor}}
    mutex.unlock();
  }
  void bad_temporary() {
    std::lock_guard{mutex}, first.resume();
    // expected-warning@-1 {{a coroutine is resumed while a lock is held}}
    // expected-note@-2 {{the lock is taken here}}
    // expected-note@-3 {{what runs here may need the same lock, or end the life of what it is a member of}}
    // expected-note@-4 {{take what is to be resumed out under the lock, release it, then resume; or schedule it on an executor}}
  }
};
