// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the home-made library locks and counts with: made for coroutines.

#ifndef OWN_SYNC_H
#define OWN_SYNC_H

#include "own/task.h"

namespace own {

class async_mutex;

/// Holds the mutex until it dies. Any thread may release it.
class async_lock {
public:
  async_lock() = default;
  explicit async_lock(async_mutex &m) : mutex(&m) {}
  async_lock(async_lock &&other) noexcept
      : mutex(std::exchange(other.mutex, nullptr)) {}
  async_lock &operator=(async_lock &&other) noexcept;
  ~async_lock();
  void unlock();

private:
  async_mutex *mutex = nullptr;
};

class async_mutex {
public:
  task<> lock();
  bool try_lock();
  void unlock();
  task<async_lock> scoped_lock();
};

class semaphore;

class permit {
public:
  permit() = default;
  permit(permit &&other) noexcept : from(std::exchange(other.from, nullptr)) {}
  permit &operator=(permit &&other) noexcept;
  ~permit();
  /// Gives up the permit without giving it back.
  void release();

private:
  semaphore *from = nullptr;
};

class semaphore {
public:
  explicit semaphore(int units);
  task<> acquire(int units = 1);
  bool try_acquire(int units = 1);
  void release(int units = 1);
  task<permit> get_permit(int units = 1);
};

class event {
public:
  task<> wait();
  void set();
};

} // namespace own

#endif // OWN_SYNC_H
