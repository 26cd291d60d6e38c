// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CPPCORO_CANCELLATION_TOKEN
#define MOCK_CPPCORO_CANCELLATION_TOKEN

#include <exception>

namespace cppcoro {

class operation_cancelled : public std::exception {};

class cancellation_token {
public:
  cancellation_token() noexcept = default;
  bool can_be_cancelled() const noexcept;
  bool is_cancellation_requested() const noexcept;
  void throw_if_cancellation_requested() const;
};

class cancellation_source {
public:
  cancellation_source();
  cancellation_source(const cancellation_source &) noexcept;
  cancellation_token token() const noexcept;
  void request_cancellation();
};

class cancellation_registration {
public:
  template <class Callback>
  cancellation_registration(cancellation_token token, Callback &&callback) {}
  ~cancellation_registration();
};

} // namespace cppcoro

#endif // MOCK_CPPCORO_CANCELLATION_TOKEN
