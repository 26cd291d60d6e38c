// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check discarded-task %s --no-notes
//
// Tests of frameworks that nobody has described are told by their names: they
// drop tasks to see what becomes of them.
#include "kj/async.h"
#include "own/task.h"

using own::future;
using own::task;

task<> work();
future<> start();
template <class F> void assert_throws(F f) {}

namespace queue_tests {
void ok_drops_variable() { task<> t = work(); }
void ok_tries() {
  assert_throws([] { work(); });
  assert_throws([] { (void)work(); });
}
void bad_statement() {
  work(); // expected-warning {{the task of 'work' is never awaited, so it never runs}}
}
} // namespace queue_tests

void test_ok_drops_variable() { task<> t = work(); }

// A loop that a macro makes to name something, and that runs once.
#define WITH(name, value)                                                      \
  for (auto *name = value; name; name = nullptr)
kj::Promise<void> send(int *text);
kj::Promise<void> ok_filled_in_a_case(int which, int *a, int *b) {
  kj::Promise<void> promise = nullptr;
  switch (which) {
  case 0:
    WITH(it, a) { promise = send(it); }
    break;
  case 1:
    WITH(it, b) { promise = send(it); }
    break;
  }
  return static_cast<kj::Promise<void> &&>(promise);
}
