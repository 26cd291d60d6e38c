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
  bool is_cancellation_requested() const noexcept;
  void throw_if_cancellation_requested() const;
};

} // namespace cppcoro

#endif // MOCK_CPPCORO_CANCELLATION_TOKEN
