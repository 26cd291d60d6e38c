// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check task-from-destructor %s
//
// The story that the notes tell, in time order.

#include "own/connection.h"
#include "own/task.h"

using own::spawn;
using own::task;

template <class F> void spawn_detached(F f);
task<> say_bye(own::connection &c);

struct BadSession {
  own::connection conn;
  task<> bye() {
    co_await own::sleep(1); // expected-note {{it suspends here, and the destructor goes on}}
    co_await conn.close(); // expected-note {{it uses member 'conn' here}}
  }
  void stop() { spawn(bye()); }
  // expected-note@-1 {{the task is started here, and the destructor does not wait for it}}
  // expected-note@-2 {{the frame of 'bye' holds 'this'}}
  ~BadSession() { stop(); }
  // expected-warning@-1 {{destructor of 'BadSession' starts a coroutine that uses member 'conn' after it is destroyed}}
  // expected-note@-2 {{'stop' is called here}}
  // expected-note@-3 {{move the state that the task needs into it by value, or give the class a close() that is awaited before the object is destroyed}}
};

struct BadDetached {
  int count = 0;
  own::detached bye() {
    co_await own::sleep(1); // expected-note {{it suspends here, and the destructor goes on}}
    ++count; // expected-note {{it uses member 'count' here}}
  }
  ~BadDetached() { bye(); }
  // expected-warning@-1 {{destructor of 'BadDetached' starts a coroutine that uses member 'count' after it is destroyed}}
  // expected-note@-2 {{the task runs on by itself from here, and the destructor does not wait for it}}
  // expected-note@-3 {{the frame of 'bye' holds 'this'}}
  // expected-note@-4 {{move the state that the task needs into it by value, or give the class a close() that is awaited before the object is destroyed}}
};

struct BadLambda {
  own::connection conn;
  ~BadLambda() {
    spawn_detached([this]() -> task<> {
    // expected-warning@-1 {{destructor of 'BadLambda' starts a coroutine that uses member 'conn' after it is destroyed}}
    // expected-note@-2 {{the task is started here, and the destructor does not wait for it}}
    // expected-note@-3 {{the lambda captures 'this' here}}
    // expected-note@-4 {{move the state that the task needs into it by value, or give the class a close() that is awaited before the object is destroyed}}
      co_await conn.close();
      // expected-note@-1 {{it suspends here, and the destructor goes on}}
      // expected-note@-2 {{it uses member 'conn' here}}
    });
  }
};

struct BadArgument {
  own::connection conn;
  ~BadArgument() { spawn(say_bye(conn)); }
  // expected-warning@-1 {{destructor of 'BadArgument' starts a coroutine that uses member 'conn' after it is destroyed}}
  // expected-note@-2 {{the task is started here, and the destructor does not wait for it}}
  // expected-note@-3 {{the frame of 'say_bye' refers to member 'conn'}}
  // expected-note@-4 {{move the state that the task needs into it by value, or give the class a close() that is awaited before the object is destroyed}}
};

struct BadWrapped {
  task<> bye();
  task<> bye_now() { return bye(); } // expected-note {{the frame of 'bye' holds 'this'}}
  ~BadWrapped() { spawn(bye_now()); }
  // expected-warning@-1 {{destructor of 'BadWrapped' starts a coroutine that uses the object after it is destroyed}}
  // expected-note@-2 {{the task is started here, and the destructor does not wait for it}}
  // expected-note@-3 {{'bye_now' makes the task}}
  // expected-note@-4 {{move the state that the task needs into it by value, or give the class a close() that is awaited before the object is destroyed}}
};
