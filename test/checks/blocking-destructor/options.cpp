// RUN: %check blocking-destructor %s --no-notes -pthread
// RUN: %check blocking-destructor %s --no-notes --prefix more -pthread --checks-options codrop-blocking-destructor.BlockingFunctions="ns::drain;ns::Handle::~Handle"
// RUN: %check blocking-destructor %s --no-notes --prefix depth -pthread --checks-options codrop-blocking-destructor.CallDepth=1
// RUN: %check blocking-destructor %s --no-notes --prefix only -pthread --checks-options codrop-blocking-destructor.OnlyCoroutineClasses=true

#include "own/task.h"
#include <thread>

using own::task;

namespace ns {
void drain();
struct Handle {
  ~Handle();
};
} // namespace ns

struct Drains {
  ~Drains() { ns::drain(); } // more-warning {{destructor of 'Drains' blocks the thread: 'ns::drain' is configured as blocking}}
};

struct HasHandle {
  ns::Handle handle;
  ~HasHandle() {} // more-warning {{destructor of 'HasHandle' blocks the thread: 'ns::Handle::~Handle' is configured as blocking}}
};

struct Direct {
  std::thread thread;
  ~Direct() { thread.join(); } // expected-warning {{blocks}} more-warning {{blocks}} depth-warning {{blocks}}
};

struct Deep {
  std::thread thread;
  void a() { b(); }
  void b() { c(); }
  void c() { thread.join(); }
  ~Deep() { a(); } // expected-warning {{blocks}} more-warning {{blocks}}
};

// Has a coroutine, gives out something to await, keeps one, lives in a frame.
struct HasCoroutine {
  std::thread thread;
  task<> run() { co_await own::yield(); }
  ~HasCoroutine() { thread.join(); } // expected-warning {{blocks}} more-warning {{blocks}} depth-warning {{blocks}} only-warning {{blocks}}
};

struct GivesOut {
  std::thread thread;
  task<int> next();
  ~GivesOut() { thread.join(); } // expected-warning {{blocks}} more-warning {{blocks}} depth-warning {{blocks}} only-warning {{blocks}}
};

struct Keeps {
  std::thread thread;
  task<> running;
  ~Keeps() { thread.join(); } // expected-warning {{blocks}} more-warning {{blocks}} depth-warning {{blocks}} only-warning {{blocks}}
};

struct Framed {
  std::thread thread;
  ~Framed() { thread.join(); } // expected-warning {{blocks}} more-warning {{blocks}} depth-warning {{blocks}} only-warning {{blocks the thread that runs the coroutine}}
};

task<> frame() {
  Framed f;
  co_await own::yield();
}

// With OnlyCoroutineClasses it is the coroutine class that says it, where what
// it holds is none.
struct Connection {
  Direct worker;
  task<> read();
  ~Connection() {} // only-warning {{destructor of 'Connection' blocks}}
};
