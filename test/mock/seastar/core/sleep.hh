// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_SLEEP
#define MOCK_SEASTAR_CORE_SLEEP

#include "seastar/core/abort_source.hh"
#include "seastar/core/coroutine.hh"
#include <chrono>

namespace seastar {

class sleep_aborted : public abort_requested_exception {};

struct lowres_clock {
  using duration = std::chrono::milliseconds;
};

template <class Clock = lowres_clock, class Rep, class Period>
future<> sleep(std::chrono::duration<Rep, Period> dur);
template <class Clock = lowres_clock>
future<> sleep_abortable(typename Clock::duration dur);
template <class Clock = lowres_clock>
future<> sleep_abortable(typename Clock::duration dur, abort_source &as);
future<> yield() noexcept;

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_SLEEP
