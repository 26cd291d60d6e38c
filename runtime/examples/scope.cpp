// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/scope.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace {

using codrop::cancellation_token;
using codrop::testing::task;
using codrop::testing::yield;

// [example]
struct session_table {
  std::map<std::string, int> sessions;
  int logging_in = 0;

  task<> log_in(std::string user, cancellation_token token) {
    ++logging_in;
    codrop::scope_exit leave([this] { --logging_in; });

    sessions[user] = 0; // Others see that it is taken.
    codrop::scope_fail give_up([&] { sessions.erase(user); });
    co_await yield(token); // Asks the server.
    sessions[user] = 1;
    give_up.succeed();
  }
};
// [end]

TEST(Example, Scope) {
  session_table table;
  codrop::testing::interrupt_everywhere(
      [&](cancellation_token token) {
        table.sessions.clear();
        return table.log_in("ann", token);
      },
      [&](const codrop::testing::run_report &run) {
        EXPECT_EQ(table.logging_in, 0) << run.describe();
        const bool logged_in = run.end == codrop::testing::run_report::returned;
        EXPECT_EQ(table.sessions.count("ann"), logged_in ? 1u : 0u)
            << run.describe();
      });
}

} // namespace
