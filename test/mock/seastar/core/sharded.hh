// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_SHARDED
#define MOCK_SEASTAR_CORE_SHARDED

#include "seastar/core/coroutine.hh"

namespace seastar {

template <class Service> class sharded {
public:
  sharded() noexcept;
  sharded(const sharded &) = delete;
  ~sharded();
  template <class... Args> future<> start(Args &&...args) noexcept;
  template <class... Args> future<> start_single(Args &&...args) noexcept;
  future<> stop() noexcept;
  template <class Func> future<> invoke_on_all(Func func) noexcept;
  Service &local() noexcept;
};

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_SHARDED
