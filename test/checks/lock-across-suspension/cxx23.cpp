// RUN: %check lock-across-suspension %s --no-notes -std=c++23
//
// Since C++23 the temporaries of a range live as long as the loop.

#include "own/task.h"
#include <mutex>
#include <vector>

using own::task;

std::mutex m;
task<> send(int);

struct Guarded {
  struct Pointer {
    std::unique_lock<std::mutex> held;
    std::vector<int> *value;
    std::vector<int> &operator*() const { return *value; }
  };
  Pointer lock();
};
Guarded list;
std::vector<int> copy(const std::vector<int> &);

task<> bad_temporary_of_range() {
  for (int i : *list.lock()) // expected-warning {{temporary 'std::unique_lock<std::mutex>' still holds}}
    co_await send(i);
}

task<> bad_temporary_of_argument() {
  for (int i : copy(*list.lock())) // expected-warning {{temporary 'std::unique_lock<std::mutex>' still holds}}
    co_await send(i);
}

task<> ok_ended_before_loop() {
  std::vector<int> all = copy(*list.lock());
  for (int i : all)
    co_await send(i);
}

task<> ok_after_loop() {
  for (int i : *list.lock())
    (void)i;
  co_await send(1);
}

task<> ok_left_loop() {
  for (int i : *list.lock())
    if (i == 2)
      break;
  co_await send(1);
}

// Explicit object parameters are parameters as others are.
task<> bad_explicit_object() {
  auto run = [](this auto self) -> task<> {
    std::lock_guard l(m); // expected-warning {{still holds}}
    co_await send(1);
  };
  co_await run();
}
