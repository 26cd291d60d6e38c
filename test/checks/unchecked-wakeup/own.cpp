// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unchecked-wakeup %s --no-notes --names
//
// A condition variable that nobody has described: a wait that can be awaited,
// beside notify_one and notify_all.

#include "own/task.h"
#include <chrono>
#include <deque>
#include <queue>
#include <vector>

using own::task;

struct condition {
  task<> wait();
  template <class Predicate> task<> wait(Predicate predicate);
  task<> wait(std::chrono::milliseconds time);
  void notify_one();
  void notify_all();
};

struct latch {
  task<> wait();
  void count_down();
};

struct worker {
  condition filled;
  condition changed;
  latch started;
  std::deque<int> queue;
  std::queue<int> ordered;
  bool ready = false;
  bool stopping = false;
  int running = 0;
  int limit = 4;
  bool should_send() const;
  void flush();
  void use(int);

  task<int> bad_if() {
    if (queue.empty())
      co_await filled.wait(); // expected-warning {{the condition is not looked at again after 'wait()' has been awaited}}
    int first = queue.front();
    queue.pop_front();
    co_return first;
  }
  task<> bad_if_in_loop() {
    while (!stopping) {
      if (queue.empty())
        co_await filled.wait(); // expected-warning {{the condition is not looked at again}}
      use(queue.front());
      queue.pop_front();
    }
  }
  task<> bad_flag() {
    if (!ready)
      co_await changed.wait(); // expected-warning {{the condition is not looked at again}}
    flush();
  }
  task<> bad_else() {
    if (should_send()) {
      flush();
    } else {
      co_await changed.wait(); // expected-warning {{the condition is not looked at again}}
    }
  }
  task<> bad_in_try() {
    try {
      if (ready)
        flush();
      else
        co_await changed.wait(); // expected-warning {{the condition is not looked at again}}
    } catch (const own::cancelled &) {
    }
  }
  task<> bad_no_look() {
    co_await filled.wait(); // expected-warning {{'ordered' is taken from without a look after 'wait()' has been awaited}}
    use(ordered.front());
    ordered.pop();
  }
  task<> bad_no_look_in_loop() {
    for (;;) {
      co_await filled.wait(); // expected-warning {{'queue' is taken from without a look}}
      use(queue.back());
      queue.pop_back();
    }
  }
  task<> bad_other_predicate() {
    while (!stopping && running > limit) {
      co_await changed.wait([this] { return stopping; }); // expected-warning {{'wait()' waits for something else than the loop around it asks}}
    }
  }
  task<> bad_other_predicate_alone() {
    while (running > 0)
      co_await changed.wait([this] { return ready; }); // expected-warning {{waits for something else}}
  }

  task<int> ok_while() {
    while (queue.empty())
      co_await filled.wait();
    int first = queue.front();
    queue.pop_front();
    co_return first;
  }
  task<> ok_do_while() {
    do
      co_await changed.wait();
    while (!ready);
    flush();
  }
  task<> ok_predicate() {
    co_await filled.wait([this] { return !queue.empty(); });
    use(queue.front());
    queue.pop_front();
  }
  task<> ok_if_predicate() {
    if (queue.empty())
      co_await filled.wait([this] { return !queue.empty(); });
    use(queue.front());
  }
  task<> ok_loop_around() {
    for (;;) {
      if (queue.empty()) {
        co_await filled.wait();
        continue;
      }
      use(queue.front());
      queue.pop_front();
    }
  }
  task<> ok_else_in_loop() {
    while (!stopping) {
      if (queue.empty()) {
        co_await filled.wait();
      } else {
        use(queue.front());
        queue.pop_front();
      }
    }
  }
  task<> ok_worker() {
    while (!stopping) {
      if (!ready)
        co_await changed.wait();
      flush();
    }
  }
  task<> ok_woken() {
    for (;;) {
      co_await filled.wait();
      while (!queue.empty()) {
        use(queue.front());
        queue.pop_front();
      }
    }
  }
  task<bool> ok_told() {
    if (!ready)
      co_await changed.wait();
    co_return ready;
  }
  task<> ok_asked_again() {
    if (!ready)
      co_await changed.wait();
    if (!ready)
      co_return;
    flush();
  }
  // A sleep that may be cut short.
  task<> ok_timed() {
    if (should_send())
      co_await changed.wait(std::chrono::milliseconds(100));
  }
  task<> ok_local(bool wanted) {
    if (wanted)
      co_await changed.wait();
    flush();
  }
  task<> ok_latch() {
    if (!ready)
      co_await started.wait();
    flush();
  }
  task<> ok_same_predicate() {
    while (running > limit)
      co_await changed.wait([this] { return running <= limit; });
  }
  task<> ok_work_in_loop() {
    while (!stopping) {
      co_await filled.wait([this] { return !queue.empty(); });
      use(queue.front());
      queue.pop_front();
    }
  }
  task<> ok_half() {
    while (!stopping && running > limit)
      co_await changed.wait([this] { return stopping || running <= limit; });
  }
  task<> ok_own_container() {
    std::deque<int> mine = {1};
    co_await changed.wait();
    mine.pop_front();
  }
  task<> ok_no_await() {
    (void)filled.wait();
    use(queue.front());
    co_return;
  }
};
