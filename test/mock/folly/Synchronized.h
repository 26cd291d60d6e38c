// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_SYNCHRONIZED
#define MOCK_FOLLY_SYNCHRONIZED

#include <shared_mutex>

namespace folly {

struct SynchronizedLockPolicyExclusive {};
struct SynchronizedLockPolicyShared {};

template <class SynchronizedType, class LockPolicy> class LockedPtr {
public:
  LockedPtr() = default;
  LockedPtr(LockedPtr &&) noexcept;
  LockedPtr &operator=(LockedPtr &&) noexcept;
  ~LockedPtr();
  void unlock() noexcept;
  explicit operator bool() const noexcept;
  typename SynchronizedType::DataType *operator->() const;
  typename SynchronizedType::DataType &operator*() const;
};

template <class T, class Mutex = std::shared_mutex> struct Synchronized {
  using DataType = T;
  using WLockedPtr = LockedPtr<Synchronized, SynchronizedLockPolicyExclusive>;
  using RLockedPtr =
      LockedPtr<const Synchronized, SynchronizedLockPolicyShared>;
  WLockedPtr wlock();
  RLockedPtr rlock() const;
  WLockedPtr lock();
  template <class Function> auto withWLock(Function &&function) {
    return function(data);
  }
  template <class Function> auto withRLock(Function &&function) const {
    return function(data);
  }
  T copy() const;

private:
  T data;
};

} // namespace folly

#endif // MOCK_FOLLY_SYNCHRONIZED
