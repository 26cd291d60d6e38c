// RUN: %check lock-across-suspension %s --no-notes

#include "cppcoro/async_mutex.hpp"
#include "cppcoro/generator.hpp"
#include "cppcoro/single_consumer_event.hpp"
#include "cppcoro/task.hpp"
#include <mutex>

using cppcoro::task;

std::mutex threads;
cppcoro::async_mutex mutex;
cppcoro::single_consumer_event event;
int state;

task<> bad_thread_mutex() {
  std::lock_guard l(threads); // expected-warning {{still holds}}
  co_await event;
}

task<> bad_while_waiting_for_the_other() {
  std::unique_lock l(threads); // expected-warning {{still holds}}
  auto inner = co_await mutex.scoped_lock_async();
  l.unlock();
  ++state;
}

cppcoro::generator<int> bad_generator() {
  std::lock_guard l(threads); // expected-warning {{still holds}}
  for (int i = 0; i < state; ++i)
    co_yield i;
}

task<> ok_scoped_lock() {
  auto l = co_await mutex.scoped_lock_async();
  co_await event;
}

task<> ok_adopted() {
  co_await mutex.lock_async();
  std::lock_guard l(mutex, std::adopt_lock);
  co_await event;
}

task<> ok_ended() {
  {
    std::lock_guard l(threads);
    ++state;
  }
  co_await event;
}
