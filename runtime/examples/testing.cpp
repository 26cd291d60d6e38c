// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

namespace {

using codrop::testing::task;

struct account {
  int balance = 100;
};

/// What is tested: both halves of a transfer, or none.
task<> transfer(account &from, account &to, codrop::cancellation_token token) {
  co_await codrop::testing::yield(token); // Asks whether it is allowed.
  from.balance -= 10;
  to.balance += 10;
  co_await codrop::testing::yield(token); // Tells of it.
}

// [example]
TEST(Transfer, KeepsTheBalance) {
  account from, to;
  codrop::testing::interrupt_everywhere(
      [&](codrop::cancellation_token token) {
        return transfer(from, to, token);
      },
      [&](const codrop::testing::run_report &run) {
        EXPECT_EQ(from.balance + to.balance, 200) << run.describe();
      });
}
// [end]

} // namespace
