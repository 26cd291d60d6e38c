// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_WITH_TIMEOUT
#define MOCK_SEASTAR_CORE_WITH_TIMEOUT

#include "seastar/core/coroutine.hh"
#include <chrono>

namespace seastar {

class timed_out_error : public std::exception {};

template <class Clock, class Duration, class T>
future<T> with_timeout(std::chrono::time_point<Clock, Duration> timeout,
                       future<T> f);

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_WITH_TIMEOUT
