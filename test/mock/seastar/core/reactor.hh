// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_REACTOR
#define MOCK_SEASTAR_CORE_REACTOR

#include "seastar/core/future.hh"

namespace seastar {

class reactor {
public:
  void run_in_background(future<> f);
  template <typename Func> void run_in_background(Func &&func) {}
};
reactor &engine();

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_REACTOR
