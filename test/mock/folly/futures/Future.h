// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_FUTURE
#define MOCK_FOLLY_FUTURE

#include "folly/coro/Task.h"
#include <chrono>

namespace folly {

template <class T> class SemiFuture {
public:
  SemiFuture(SemiFuture &&) noexcept;
  ~SemiFuture();
  T get() &&;
  SemiFuture &wait() &;
  SemiFuture &&wait() &&;
  bool isReady() const;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  T await_resume();
};

template <class T> class Future {
public:
  Future(Future &&) noexcept;
  ~Future();
  T get() &&;
  Future &wait() &;
  bool isReady() const;
};

} // namespace folly

#endif // MOCK_FOLLY_FUTURE
