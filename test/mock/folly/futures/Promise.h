// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_PROMISE
#define MOCK_FOLLY_PROMISE

#include "folly/futures/Future.h"
#include <exception>

namespace folly {

template <class T> class Promise {
public:
  Promise();
  Promise(Promise &&) noexcept;
  ~Promise();
  SemiFuture<T> getSemiFuture();
  template <class M> void setValue(M &&value);
  void setException(std::exception_ptr error);
};

} // namespace folly

#endif // MOCK_FOLLY_PROMISE
