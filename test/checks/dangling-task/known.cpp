// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dangling-task %s --no-notes
//
// What the rule is known not to see.

#include "own/sync.h"
#include "own/task.h"
#include <functional>
#include <string>

using own::spawn;
using own::task;

task<> work();
void use(int);
task<> count(int &n);

/// Nothing says how long the object lives: its class has no shared owners.
class widget {
public:
  void start_FN() { spawn(run()); }

private:
  task<> run() {
    co_await work();
    use(count_);
  }
  int count_ = 0;
};

/// What is awaited has to do with the task, but does not wait for its end.
task<> timer(own::event &done) {
  co_await own::sleep(1000);
  done.set();
}
task<> waits_for_another_FN() {
  own::event done;
  spawn(timer(done));
  co_await done.wait();
}

/// A variable of an inner block dies before the task, which is awaited later.
task<> inner_block_FN() {
  task<> t = work();
  {
    int n = 0;
    t = count(n);
  }
  co_await t;
}

/// A callable that keeps a reference, given to what calls it later.
void later(std::function<task<>()>);
void keeps_reference_FN() {
  int n = 0;
  later([&n] { return count(n); });
}

/// The reference parameter of a task that can be awaited, with all its callers
/// in other files.
task<> prints_FN(std::string &&line) {
  co_await work();
  use(static_cast<int>(line.size()));
}
