// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_EXECUTOR
#define MOCK_FOLLY_EXECUTOR

namespace folly {

class Executor {
public:
  virtual ~Executor();
  template <class T = Executor> class KeepAlive {};
};

} // namespace folly

#endif // MOCK_FOLLY_EXECUTOR
