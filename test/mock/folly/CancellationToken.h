// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_CANCELLATION_TOKEN
#define MOCK_FOLLY_CANCELLATION_TOKEN

#include "folly/OperationCancelled.h"

namespace folly {

class CancellationToken {
public:
  CancellationToken() noexcept = default;
  bool isCancellationRequested() const noexcept;
  bool canBeCancelled() const noexcept;
  template <class... Tokens> static CancellationToken merge(Tokens &&...tokens);
};

class CancellationSource {
public:
  CancellationSource();
  CancellationToken getToken() const noexcept;
  bool requestCancellation() const noexcept;
};

class CancellationCallback {
public:
  template <class Callback>
  CancellationCallback(CancellationToken &&token, Callback &&callback) {}
  ~CancellationCallback();
};

} // namespace folly

#endif // MOCK_FOLLY_CANCELLATION_TOKEN
