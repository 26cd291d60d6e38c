// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cancelling everywhere for coroutines of Asio: the coroutine is run on an
// io_context of its own, and after its first, second, … handler it is cancelled
// or the context is destroyed, and its frames with that.

#ifndef CODROP_TESTING_ASIO_HPP
#define CODROP_TESTING_ASIO_HPP

#include <codrop/asio.hpp>
#include <codrop/testing.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>

namespace codrop::testing {

/// Runs `make()`, an asio::awaitable, once. `at` counts handlers instead of
/// suspensions. interruption::fail is not there: Asio throws by cancelling. A
/// run that takes longer than `patience` is stuck.
template <class Make>
run_report run_once_in_asio(
    Make &&make, interruption how = interruption::none, std::size_t at = 0,
    std::size_t *handlers = nullptr,
    std::chrono::steady_clock::duration patience = std::chrono::seconds(10)) {
  namespace net = codrop::detail::net;
  run_report report;
  report.how = how;
  report.at = at;
  report.end = run_report::stuck;
  std::size_t count = 0;
  net::cancellation_signal signal;
  auto context = std::make_unique<net::io_context>(1);
  net::co_spawn(
      *context, make(),
      net::bind_cancellation_slot(
          signal.slot(), [&report](std::exception_ptr error, auto &&...) {
            report.end = error ? run_report::threw : run_report::returned;
            report.error = std::move(error);
            report.cancelled =
                environment<net::awaitable<void>>::is_cancellation(
                    report.error);
          }));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (context->run_one_until(deadline) != 0) {
    if (++count != at)
      continue;
    if (how == interruption::cancel) {
      signal.emit(net::cancellation_type::terminal);
    } else if (how == interruption::destroy) {
      if (report.end == run_report::stuck)
        report.end = run_report::destroyed;
      break;
    }
  }
  context.reset();
  if (handlers != nullptr)
    *handlers = count;
  return report;
}

/// Runs `make()` to its end, then once for every handler and way to interrupt
/// it, and calls `check(report)` after each run. Returns the number of
/// handlers.
template <class Make, class Check>
std::size_t interrupt_everywhere_in_asio(Make &&make, Check &&check) {
  std::size_t count = 0;
  check(run_once_in_asio(make, interruption::none, 0, &count));
  for (const interruption how : {interruption::cancel, interruption::destroy})
    for (std::size_t at = 1; at <= count; ++at)
      check(run_once_in_asio(make, how, at));
  return count;
}

} // namespace codrop::testing

#endif // CODROP_TESTING_ASIO_HPP
