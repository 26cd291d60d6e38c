// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check task-from-destructor %s --no-notes --prefix plain
// RUN: %check task-from-destructor %s --no-notes --prefix more --checks-options 'codrop-task-from-destructor.DetachingFunctions=net::enqueue;net::queue::push'
// RUN: %check task-from-destructor %s --no-notes --prefix shallow --checks-options codrop-task-from-destructor.CallDepth=1

#include "own/task.h"

using own::task;

namespace net {
void enqueue(task<> t);
struct queue {
  void push(task<> t);
};
} // namespace net

struct ByFunction {
  task<> bye();
  ~ByFunction() { net::enqueue(bye()); }
  // more-warning@-1 {{destructor of 'ByFunction' starts a coroutine that uses the object after it is destroyed}}
};

struct ByMember {
  net::queue &queue;
  task<> bye();
  ~ByMember() { queue.push(bye()); }
  // more-warning@-1 {{destructor of 'ByMember' starts a coroutine that uses the object after it is destroyed}}
};

struct Deep {
  task<> bye();
  void first() { own::spawn(bye()); }
  void second() { first(); }
  ~Deep() { second(); } // plain-warning {{destructor of 'Deep' starts a coroutine that uses the object after it is destroyed}}
  // more-warning@-1 {{destructor of 'Deep' starts a coroutine that uses the object after it is destroyed}}
};

struct Near {
  task<> bye();
  void first() { own::spawn(bye()); }
  ~Near() { first(); } // plain-warning {{destructor of 'Near' starts a coroutine that uses the object after it is destroyed}}
  // more-warning@-1 {{destructor of 'Near' starts a coroutine that uses the object after it is destroyed}}
  // shallow-warning@-2 {{destructor of 'Near' starts a coroutine that uses the object after it is destroyed}}
};

// Five calls are one too many.
struct TooDeep {
  task<> bye();
  void a() { own::spawn(bye()); }
  void b() { a(); }
  void c() { b(); }
  void d() { c(); }
  void e() { d(); }
  ~TooDeep() { e(); }
};
