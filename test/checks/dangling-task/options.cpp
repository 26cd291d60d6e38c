// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dangling-task %s --no-notes --checks-options codrop-dangling-task.DetachingFunctions=pool::begin
// RUN: %check dangling-task %s --no-notes --prefix definite --checks-options codrop-dangling-task.DetachingFunctions=pool::begin --checks-options codrop-dangling-task.Confidence=definite

#include "own/task.h"
#include <memory>

using own::task;

namespace pool {
int begin(task<> t);
int other(task<> t);
} // namespace pool
task<> work();
task<> count(int &n);
void use(int);

void bad_configured() {
  int n = 0;
  pool::begin(count(n));
  // expected-warning@-1 {{detached task refers to local variable 'n'}}
  // definite-warning@-2 {{detached task refers to local variable 'n'}}
}
void ok_not_configured() {
  int n = 0;
  pool::other(count(n));
}

// Others may keep the object: maybe.
class session : public std::enable_shared_from_this<session> {
public:
  void bad_start() { own::spawn(run()); }
  // expected-warning@-1 {{task is started that uses 'this' after a suspension}}
  own::detached bad_reload() {
    // expected-warning@-1 {{'this' is used after a suspension}}
    // definite-warning@-2 {{'this' is used after a suspension}}
    co_await work();
    use(count_);
  }

private:
  task<> run() {
    co_await work();
    use(count_);
  }
  int count_ = 0;
};
