// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_TRY
#define MOCK_FOLLY_TRY

#include <exception>

namespace folly {

template <class T> class Try {
public:
  bool hasValue() const;
  bool hasException() const;
  T &value() &;
};
template <> class Try<void> {
public:
  bool hasValue() const;
  bool hasException() const;
  void value() const;
};

struct Unit {};

} // namespace folly

#endif // MOCK_FOLLY_TRY
