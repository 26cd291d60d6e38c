// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check resume-under-lock %s --no-notes
//
// What is not seen, or seen wrongly, and known to be.

#include <algorithm>
#include <coroutine>
#include <functional>
#include <mutex>
#include <vector>

struct event {
  std::mutex mutex;
  std::coroutine_handle<> one;
  std::vector<std::coroutine_handle<>> all;
  std::function<void()> on_set;

  // The algorithm calls it, but whose bodies are the library's is not read.
  void algorithm_FN() {
    std::lock_guard lock(mutex);
    std::for_each(all.begin(), all.end(), [](auto h) { h.resume(); });
  }
  // What a std::function holds is not known.
  void callback_FN() {
    std::lock_guard lock(mutex);
    on_set();
  }
  void third() { one.resume(); }
  void second() { third(); }
  void first() { second(); }
  void three_calls_FN() {
    std::lock_guard lock(mutex);
    first();
  }
};

// The lock is there so that only one coroutine runs at a time.
struct one_at_a_time {
  std::mutex running;
  void run_FP(std::coroutine_handle<> h) {
    std::lock_guard lock(running);
    h.resume(); // expected-warning {{a coroutine is resumed}}
  }
};
