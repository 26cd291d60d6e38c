// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/must_close.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using codrop::cancellation_token;
using codrop::testing::task;
using codrop::testing::yield;

std::string told;
void tell(const codrop::report &what) noexcept { told = what.text(); }

// [example]
struct upload {
  task<> send(int, cancellation_token token) { co_await yield(token); }
  task<> close() { co_await yield(); } // Says that it is complete.
};

task<> send_all(int parts, cancellation_token token) {
  // Told of, with this line, where an await throws: codrop finds it, too.
  codrop::must_close up{upload()}; // NOLINT(codrop-unawaited-close)
  for (int part = 0; part < parts; ++part)
    co_await up->send(part, token);
  co_await up.close();
}
// [end]

TEST(Example, MustClose) {
  const auto before = codrop::set_report_handler(tell);
  codrop::testing::interrupt_everywhere(
      [](cancellation_token token) {
        told.clear();
        return send_all(2, token);
      },
      [](const codrop::testing::run_report &run) {
        const bool closed = run.end == codrop::testing::run_report::returned;
        const bool closing = run.how == codrop::testing::interruption::fail &&
                             run.at == 3; // That has thrown.
        EXPECT_EQ(told, closed || closing ? "" : "destroyed without close")
            << run.describe();
      });
  codrop::set_report_handler(before);
}

} // namespace
