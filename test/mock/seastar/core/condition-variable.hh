// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_CONDITION_VARIABLE
#define MOCK_SEASTAR_CORE_CONDITION_VARIABLE

#include "seastar/core/coroutine.hh"
#include <chrono>

namespace seastar {

class broken_condition_variable : public std::exception {};
class condition_variable_timed_out : public std::exception {};

class condition_variable {
public:
  future<> wait() noexcept;
  template <class Pred> future<> wait(Pred &&pred) noexcept;
  template <class Rep, class Period>
  future<> wait(std::chrono::duration<Rep, Period> timeout) noexcept;
  future<> when() noexcept;
  template <class Pred> future<> when(Pred &&pred) noexcept;
  void signal() noexcept;
  void broadcast() noexcept;
  void broken() noexcept;
};

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_CONDITION_VARIABLE
