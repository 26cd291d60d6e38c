// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_FOLLY_OPERATION_CANCELLED
#define MOCK_FOLLY_OPERATION_CANCELLED

#include <exception>

namespace folly {
struct OperationCancelled : public std::exception {};
} // namespace folly

#endif // MOCK_FOLLY_OPERATION_CANCELLED
