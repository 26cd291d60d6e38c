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
  abort_source(abort_source &&) = default;
  abort_source &operator=(abort_source &&) = default;
  class subscription {
  public:
    subscription() noexcept = default;
    subscription(subscription &&) noexcept;
    ~subscription();
  };
  template <class Callback> subscription subscribe(Callback &&) { return {}; }
  void request_abort() noexcept;
  bool abort_requested() const noexcept;
  void check() const;
};

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_ABORT_SOURCE
