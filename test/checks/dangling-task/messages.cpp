// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dangling-task %s
//
// What a finding tells, in time order.

#include "own/task.h"
#include <functional>
#include <memory>
#include <string>

using own::spawn;
using own::task;

task<> work();
void use(int);
void use(const std::string &);

task<> print(const std::string &line) {
  co_await work();
  use(line); // expected-note {{it uses parameter 'line' here}}
}
task<> make(const std::string &line) { return print(line); }
// expected-note@-1 {{the frame of 'print()' refers to parameter 'line'}}

task<> bad_returned(std::string line) {
  return make(line);
  // expected-warning@-1 {{returned task refers to parameter 'line', which dies when 'bad_returned()' ends}}
  // expected-note@-2 {{'make()' makes the task}}
  // expected-note@-3 {{make 'bad_returned()' a coroutine that awaits the task, or give the task its own copy}}
}

void bad_lambda(int n) {
  spawn([n]() -> task<> {
  // expected-warning@-1 {{detached task refers to a capture, which dies with the lambda}}
  // expected-note@-2 {{the frame of the lambda's coroutine refers to the closure}}
  // expected-note@-3 {{make the lambda's captures parameters}}
    co_await work(); // expected-note {{it suspends here}}
    use(n); // expected-note {{it uses a capture here}}
  }());
}

own::detached bad_parameter(const std::string &line) {
// expected-warning@-1 {{reference parameter 'line' is used after a suspension of a coroutine that nobody can wait for}}
// expected-note@-2 {{take it by value, or copy it before the first suspension}}
  co_await work(); // expected-note {{it suspends here}}
  use(line); // expected-note {{it uses parameter 'line' here}}
}
void calls() { bad_parameter("text"); } // expected-note {{called here with what does not live that long}}

class session : public std::enable_shared_from_this<session> {
public:
  own::detached bad_object() {
  // expected-warning@-1 {{'this' is used after a suspension of a coroutine that nobody can wait for, and nothing keeps the object alive}}
  // expected-note@-2 {{take a strong reference before the first suspension, or a weak one that is locked after each}}
    co_await work(); // expected-note {{it suspends here}}
    use(count_); // expected-note {{it uses member 'count_' here}}
  }

private:
  int count_ = 0;
};

struct button {
  void clicked(std::function<void()> handler);
};
void bad_callback(button &ok, int n) {
  ok.clicked([n]() -> own::detached {
  // expected-warning@-1 {{captures of a lambda are used after a suspension of a coroutine that nobody can wait for; the lambda may be gone by then}}
  // expected-note@-2 {{copy the captures into local variables before the first suspension, or make them parameters}}
    co_await work(); // expected-note {{it suspends here}}
    use(n); // expected-note {{it uses a capture here}}
  });
}
