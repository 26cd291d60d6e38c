// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_KJ_EXCEPTION
#define MOCK_KJ_EXCEPTION

namespace kj {

struct CanceledException {};

} // namespace kj

#endif // MOCK_KJ_EXCEPTION
