// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/cancellation.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

namespace {

using codrop::cancellation_source;
using codrop::cancellation_token;
using codrop::testing::task;

// [example]
/// Polls until somebody wants it to end: the token is asked in the loop, and
/// given to what is awaited.
task<int> poll(cancellation_token token) {
  int polls = 0;
  while (!token.is_requested() && polls < 3) {
    co_await codrop::testing::yield(token);
    ++polls;
  }
  co_return polls;
}

/// Stops its own work without stopping its caller's.
task<int> poll_once(cancellation_token caller) {
  const cancellation_source own(caller);
  own.request();
  co_return co_await poll(own.token());
}
// [end]

TEST(Example, Cancellation) {
  codrop::testing::interrupt_everywhere(
      poll, [](const codrop::testing::run_report &run) {
        EXPECT_EQ(run.was_cancelled(),
                  run.how == codrop::testing::interruption::cancel)
            << run.describe();
      });
  const auto run = codrop::testing::run_once(
      [](cancellation_token token) { return poll_once(token); });
  EXPECT_EQ(run.end, codrop::testing::run_report::returned);
}

} // namespace
