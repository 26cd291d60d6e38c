// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_RWLOCK
#define MOCK_SEASTAR_CORE_RWLOCK

#include "seastar/core/semaphore.hh"

namespace seastar {

template <class Clock> class rwlock_for_read {
public:
  future<> lock();
  void unlock();
};
template <class Clock> class rwlock_for_write {
public:
  future<> lock();
  void unlock();
};

template <class Clock = void>
class basic_rwlock : private rwlock_for_read<Clock>, rwlock_for_write<Clock> {
public:
  using holder = semaphore_units<semaphore_default_exception_factory, Clock>;
  basic_rwlock();
  rwlock_for_read<Clock> &for_read();
  rwlock_for_write<Clock> &for_write();
  future<> read_lock();
  void read_unlock();
  future<> write_lock();
  void write_unlock();
  bool try_read_lock();
  bool try_write_lock();
  future<holder> hold_read_lock();
  future<holder> hold_read_lock(abort_source &as);
  future<holder> hold_write_lock();
  future<holder> hold_write_lock(abort_source &as);
};

using rwlock = basic_rwlock<>;

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_RWLOCK
