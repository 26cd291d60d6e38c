// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_THREAD
#define MOCK_SEASTAR_CORE_THREAD

#include "seastar/core/coroutine.hh"

namespace seastar {

class thread {
public:
  thread() = default;
  template <class Func> explicit thread(Func func);
  thread(thread &&) noexcept;
  thread &operator=(thread &&) noexcept;
  ~thread();
  future<> join();
};

template <class Func> future<> async(Func &&func) noexcept {
  return make_ready_future<>();
}

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_THREAD
