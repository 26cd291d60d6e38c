// RUN: %check blocking-call %s -pthread --checks-options codrop-blocking-call.BlockingFunctions=app::crunch
// RUN: %check blocking-call %s -pthread --prefix shallow --checks-options codrop-blocking-call.CallDepth=1

#include "own/task.h"
#include <chrono>
#include <thread>

namespace app {
void crunch();
}

own::task<> bad_configured() {
  app::crunch();
  // expected-warning@-1 {{coroutine 'bad_configured' blocks the thread that runs it: 'app::crunch' is configured as blocking}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
  co_return;
}

inline void one() { std::this_thread::sleep_for(std::chrono::seconds(1)); }
// expected-note@-1 2 {{'std::this_thread::sleep_for' sleeps}}
// shallow-note@-2 {{'std::this_thread::sleep_for' sleeps}}
inline void two() { one(); } // expected-note {{'one' is called here}}

own::task<> bad_deep() {
  two();
  // expected-warning@-1 {{coroutine 'bad_deep' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'two' is called here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_return;
}
own::task<> bad_near() {
  one();
  // expected-warning@-1 {{coroutine 'bad_near' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'one' is called here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  // shallow-warning@-5 {{coroutine 'bad_near' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // shallow-note@-6 {{'one' is called here}}
  // shallow-note@-7 {{all other coroutines of that thread stand still meanwhile}}
  // shallow-note@-8 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_return;
}
