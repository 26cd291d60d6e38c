// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unawaited-close,lock-across-suspension,discarded-task %s --no-notes -I%root/runtime/include
//
// The annotation macros say to the checks what they promise to say.
#include "codrop/annotations.hpp"
#include "own/task.h"

using own::task;

class CODROP_MUST_CLOSE connection {
public:
  task<> close();
  task<> send(int);
};
class CODROP_MUST_CLOSE_BY(stop) server {
public:
  task<> stop();
  task<> run();
};
class CODROP_NOT_A_RESOURCE view {
public:
  task<> close();
};
class CODROP_GUARD held {
public:
  held();
  ~held();
};
class CODROP_GUARD CODROP_COROUTINE_SAFE permit {
public:
  permit();
  ~permit();
};

task<> bad_connection() {
  connection c; // expected-warning {{'c' of type 'connection' is destroyed without an awaited 'close()'}}
  co_await c.send(1);
}
task<> bad_server() {
  server s; // expected-warning {{'s' of type 'server' is destroyed without an awaited 'stop()'}}
  co_await s.run();
}
task<> ok_view(view v) { co_await v.close(); }
task<> bad_guard() {
  held h; // expected-warning {{'h' of type 'held' still holds its lock where the coroutine suspends}}
  co_await own::sleep(1);
}
task<> ok_permit() {
  permit p;
  co_await own::sleep(1);
}
