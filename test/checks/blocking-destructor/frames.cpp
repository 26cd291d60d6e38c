// RUN: %check blocking-destructor %s -pthread
//
// The chain that the notes tell, and where it is said louder.

#include "own/task.h"
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using own::task;

struct BadNotInFrame {
  std::thread thread;
  ~BadNotInFrame() { thread.join(); }
  // expected-warning@-1 {{destructor of 'BadNotInFrame' blocks the thread: 'std::thread::join' waits for the thread to end}}
  // expected-note@-2 {{'std::thread::join' waits for the thread to end}}
  // expected-note@-3 {{do it in an awaited close before the object is destroyed, or hand it to a codrop::cleanup_scope}}
};

struct BadLocal {
  std::thread thread;
  void stop() { thread.join(); } // expected-note {{'std::thread::join' waits for the thread to end}}
  ~BadLocal() { stop(); }
  // expected-warning@-1 {{destructor of 'BadLocal' blocks the thread that runs the coroutine: 'std::thread::join' waits for the thread to end}}
  // expected-note@-2 {{'stop' is called here}}
  // expected-note@-3 {{do it in an awaited close before the object is destroyed, or hand it to a codrop::cleanup_scope}}
};

task<> local() {
  BadLocal worker; // expected-note {{'worker' lives in the frame of coroutine 'local'}}
  co_await own::yield();
}

struct BadParameter {
  std::shared_future<void> done;
  ~BadParameter() { done.wait(); }
  // expected-warning@-1 {{destructor of 'BadParameter' blocks the thread that runs the coroutine: 'std::shared_future::wait' waits for the result}}
  // expected-note@-2 {{'std::shared_future::wait' waits for the result}}
  // expected-note@-3 {{do it in an awaited close before the object is destroyed, or hand it to a codrop::cleanup_scope}}
};

task<> parameter(BadParameter worker) { co_await own::yield(); }
// expected-note@-1 {{'worker' lives in the frame of coroutine 'parameter'}}

struct BadPart {
  std::thread thread;
  ~BadPart() { std::this_thread::sleep_for(std::chrono::seconds(1)); }
  // expected-warning@-1 {{destructor of 'BadPart' blocks the thread that runs the coroutine: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'std::this_thread::sleep_for' sleeps}}
  // expected-note@-3 {{do it in an awaited close before the object is destroyed, with the timer of the coroutine's library}}
};

struct Holder {
  std::optional<BadPart> part;
};

task<> part() {
  auto holder = std::make_unique<Holder>();
  // expected-note@-1 {{it is part of 'holder', which lives in the frame of coroutine 'part'}}
  co_await own::yield();
}

struct BadTemporary {
  std::thread thread;
  ~BadTemporary() { thread.join(); }
  // expected-warning@-1 {{destructor of 'BadTemporary' blocks the thread that runs the coroutine: 'std::thread::join' waits for the thread to end}}
  // expected-note@-2 {{'std::thread::join' waits for the thread to end}}
  // expected-note@-3 {{do it in an awaited close before the object is destroyed, or hand it to a codrop::cleanup_scope}}
  task<> run();
};

task<> temporary() { co_await BadTemporary().run(); }
// expected-note@-1 {{a temporary of it lives in the frame of coroutine 'temporary'}}

struct BadMember {
// expected-warning@-1 {{destructor of 'BadMember' blocks the thread that runs the coroutine: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
// expected-note@-2 {{do it in an awaited close before the object is destroyed, or hand it to a codrop::cleanup_scope}}
  std::jthread thread;
  // expected-note@-1 {{member 'thread' is destroyed with the object; the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
};

void lambda() {
  auto run = []() -> task<> {
    BadMember worker; // expected-note {{'worker' lives in the frame of a coroutine lambda}}
    co_await own::yield();
  };
  own::spawn(run());
}

struct Base {
  std::thread thread;
};

struct BadAsync : Base {
  std::future<int> answer;
  // expected-note@-1 {{member 'answer' is destroyed with the object; the destructor of 'std::future' waits for the task that std::async started}}
  BadAsync() { answer = std::async([] { return 42; }); }
  // expected-note@-1 {{member 'answer' receives the result of 'std::async' here}}
  ~BadAsync() {}
  // expected-warning@-1 {{destructor of 'BadAsync' blocks the thread: the destructor of 'std::future' waits for the task that std::async started}}
  // expected-note@-2 {{do it in an awaited close before the object is destroyed, or hand it to a codrop::cleanup_scope}}
};

struct BadSyncWait {
  task<> close();
  ~BadSyncWait() { own::sync_wait(close()); }
  // expected-warning@-1 {{destructor of 'BadSyncWait' blocks the thread: 'own::sync_wait' waits for the awaitable}}
  // expected-note@-2 {{'own::sync_wait' waits for the awaitable}}
  // expected-note@-3 {{do it in an awaited close before the object is destroyed, with co_await}}
};

struct BadDerived : std::jthread {};
// expected-warning@-1 {{destructor of 'BadDerived' blocks the thread: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
// expected-note@-2 {{base class 'jthread' is destroyed with the object; the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
// expected-note@-3 {{do it in an awaited close before the object is destroyed, or hand it to a codrop::cleanup_scope}}
void make() { BadDerived d; }

// A pointer and a reference in a frame keep nothing.
task<> refers(BadNotInFrame &worker, BadNotInFrame *other, std::shared_ptr<BadNotInFrame> third) {
  co_await own::yield();
}

// The instantiation that lives in a frame speaks for the others.
template <class T> struct BadOf {
  std::thread thread;
  ~BadOf() { thread.join(); }
  // expected-warning@-1 {{destructor of 'BadOf' blocks the thread that runs the coroutine: 'std::thread::join' waits for the thread to end}}
  // expected-note@-2 {{'std::thread::join' waits for the thread to end}}
  // expected-note@-3 {{do it in an awaited close before the object is destroyed, or hand it to a codrop::cleanup_scope}}
};
void elsewhere() { BadOf<int> b; }
task<> here() {
  BadOf<long> b; // expected-note {{'b' lives in the frame of coroutine 'here'}}
  co_await own::yield();
}
