// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/flush_guard.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

#include <exception>
#include <sstream>

namespace {

using codrop::cancellation_token;
using codrop::testing::task;
using codrop::testing::yield;

// [example]
task<> export_rows(std::ostream &file, int rows, bool &failed,
                   cancellation_token token) {
  codrop::flush_guard flushed(
      file, [&](const std::exception_ptr &) { failed = true; });
  for (int row = 0; row < rows; ++row) {
    co_await yield(token); // Reads the row.
    file << row << '\n';
  }
  flushed.finish_now(); // Throws if the rows are not in the file.
}
// [end]

/// Holds everything back until it is flushed.
struct buffered : std::stringbuf {
  std::string file;
  int sync() override {
    file = str();
    return 0;
  }
};

TEST(Example, FlushGuard) {
  codrop::testing::interrupt_everywhere(
      [&](cancellation_token token) -> task<> {
        buffered buffer;
        std::ostream file(&buffer);
        bool failed = false;
        try {
          co_await export_rows(file, 3, failed, token);
        } catch (...) {
          EXPECT_FALSE(failed);
        }
        EXPECT_EQ(buffer.file, buffer.str()) << "rows that were written";
      },
      [](const codrop::testing::run_report &) {});
}

} // namespace
