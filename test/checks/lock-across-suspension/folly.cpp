// RUN: %check lock-across-suspension %s --no-notes

#include "folly/Synchronized.h"
#include "folly/coro/Mutex.h"
#include "folly/coro/SharedMutex.h"
#include "folly/coro/Sleep.h"
#include "folly/coro/Task.h"
#include <chrono>
#include <mutex>
#include <vector>

using folly::coro::Task;
using namespace std::chrono_literals;

folly::Synchronized<std::vector<int>> values;
Task<void> send(int);
Task<int> size();

Task<void> bad_locked_pointer() {
  auto locked = values.wlock(); // expected-warning {{'locked' of type 'folly::LockedPtr<}}
  locked->push_back(1);
  co_await send(1);
}

Task<void> bad_reader() {
  auto locked = values.rlock(); // expected-warning {{'locked' of type 'folly::LockedPtr<}}
  for (int v : *locked)
    co_await send(v);
}

Task<void> bad_temporary() {
  co_await send(values.rlock()->front()); // expected-warning {{temporary 'folly::LockedPtr<}}
}

Task<void> bad_temporary_object() {
  values.wlock()->push_back(co_await size()); // expected-warning {{temporary 'folly::LockedPtr<}}
}

Task<void> bad_if_init() {
  if (auto locked = values.wlock(); locked->empty()) // expected-warning {{'locked' of type 'folly::LockedPtr<}}
    co_await folly::coro::sleep(1ms);
}

Task<void> ok_unlocked() {
  auto locked = values.wlock();
  locked->push_back(1);
  locked.unlock();
  co_await send(1);
}

// What is called through the pointer is the vector's.
struct Door {
  void unlock();
};
folly::Synchronized<Door> door;

Task<void> bad_unlocks_something_else() {
  auto locked = door.wlock(); // expected-warning {{'locked' of type 'folly::LockedPtr<}}
  locked->unlock();
  co_await send(1);
}

Task<void> ok_with_lock() {
  int first = values.withRLock([](const auto &v) { return v.front(); });
  co_await send(first);
}

Task<void> ok_copied() {
  auto copy = values.copy();
  for (int v : copy)
    co_await send(v);
}

Task<void> ok_await_first() {
  int n = co_await size();
  values.wlock()->push_back(n);
}

folly::coro::Mutex mutex;
folly::coro::SharedMutex shared;

Task<void> ok_coroutine_mutex() {
  auto l = co_await mutex.co_scoped_lock();
  co_await send(1);
}

Task<void> ok_adopted_coroutine_mutex() {
  co_await mutex.co_lock();
  std::lock_guard l(mutex, std::adopt_lock);
  co_await send(1);
}

Task<void> ok_shared_coroutine_mutex() {
  auto l = co_await shared.co_scoped_lock_shared();
  co_await send(1);
  auto w = co_await shared.co_scoped_lock();
  co_await send(1);
}
