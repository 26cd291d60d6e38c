// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_BATON
#define MOCK_FOLLY_BATON

#include <chrono>

namespace folly {

template <bool MayBlock = true> class Baton {
public:
  void post() noexcept;
  void wait() noexcept;
  bool try_wait() noexcept;
  bool try_wait_for(std::chrono::milliseconds timeout) noexcept;
};

} // namespace folly

#endif // MOCK_FOLLY_BATON
