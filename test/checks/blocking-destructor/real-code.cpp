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
