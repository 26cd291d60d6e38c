// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dead-handler %s -I%mock --no-notes
//
// What is known to be wrong.
#include "own/task.h"
#include <optional>
#include <stdexcept>
#include <vector>

using own::task;

task<> work(int value) { co_return; }
task<> none() { co_return; }
int port();

// Made in the try block, awaited behind it.
task<> awaited_behind_FN(int value) {
  std::optional<task<>> t;
  try {
    t = work(value);
  } catch (...) {
    t = none();
  }
  co_await *t;
}
// An argument might throw something, though not what is caught.
task<> argument_of_another_kind_FN() {
  try {
    return work(port());
  } catch (const std::invalid_argument &) {
    return none();
  }
}
// The function throws before there is a task, and its body is elsewhere.
task<> checked_elsewhere(int value);
task<> throws_before_the_task_FP(int value) {
  try {
    return checked_elsewhere(value);
  } catch (const std::invalid_argument &) {
    // expected-warning@-1 {{handler never sees what 'checked_elsewhere()' throws, because that is thrown where the task is awaited}}
    return none();
  }
}
