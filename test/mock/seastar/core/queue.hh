// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_QUEUE
#define MOCK_SEASTAR_CORE_QUEUE

#include "seastar/core/coroutine.hh"
#include <cstddef>

namespace seastar {

template <class T> class queue {
public:
  explicit queue(std::size_t size);
  bool empty() const noexcept;
  T pop() noexcept;
  future<> not_empty() noexcept;
  future<T> pop_eventually() noexcept;
  void abort(std::exception_ptr ex) noexcept;
};

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_QUEUE
