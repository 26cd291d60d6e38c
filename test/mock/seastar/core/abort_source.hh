// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_ABORT_SOURCE
#define MOCK_SEASTAR_CORE_ABORT_SOURCE

#include <exception>

namespace seastar {

class abort_requested_exception : public std::exception {};

class abort_source {
public:
  abort_source() = default;
  void request_abort() noexcept;
  bool abort_requested() const noexcept;
  void check() const;
};

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_ABORT_SOURCE
