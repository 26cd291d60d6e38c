// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/testing_asio.hpp>
#include <codrop/transaction.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace {

namespace net = codrop::detail::net;

struct bank {
  int saved_a = 100, saved_b = 0;
  int a = 100, b = 0;
};

// What a database library has: commit and rollback are awaited.
struct bank_transaction {
  bank *in;
  net::awaitable<void> move(int amount) {
    in->a -= amount;
    co_await net::post(net::use_awaitable);
    if (in->a < 0)
      throw std::runtime_error("not enough");
    in->b += amount;
  }
  net::awaitable<void> commit() {
    co_await net::post(net::use_awaitable);
    in->saved_a = in->a;
    in->saved_b = in->b;
  }
  net::awaitable<void> rollback() {
    co_await net::post(net::use_awaitable);
    abandon();
  }
  void abandon() noexcept {
    in->a = in->saved_a;
    in->b = in->saved_b;
  }
};

// [example]
net::awaitable<int> move_money(bank &in, int amount) {
  auto begin = [&in]() -> net::awaitable<bank_transaction> {
    co_return bank_transaction{&in};
  };
  auto body = [amount](bank_transaction &open) -> net::awaitable<int> {
    co_await open.move(amount);
    co_return amount;
  };
  // Committed when the body returns, and rolled back, and both awaited, when it
  // throws or is cancelled.
  co_return co_await codrop::with_transaction(std::move(begin),
                                              std::move(body));
}

// With a guard, where the commit should tell how it went.
net::awaitable<bool> try_move(bank &in, int amount,
                              codrop::cancellation_token stop) {
  codrop::transaction_guard guard(bank_transaction{&in});
  co_await guard->move(amount);
  const codrop::commit_outcome outcome =
      co_await codrop::try_commit_cancel(guard, stop);
  if (outcome.state == codrop::transaction_state::unknown)
    throw codrop::commit_unknown(outcome.error);
  co_return outcome.state == codrop::transaction_state::committed;
}
// [end]

TEST(Example, Transaction) {
  bank in;
  codrop::testing::interrupt_everywhere_in_asio(
      [&] { return move_money(in, 1); },
      [&](const codrop::testing::run_report &run) {
        EXPECT_EQ(in.a + in.b, 100) << run.describe();
      });
  EXPECT_EQ(codrop::testing::run_once_in_asio([&] {
              return move_money(in, 1000);
            }).end,
            codrop::testing::run_report::threw);
  EXPECT_EQ(in.a + in.b, 100);
  bool moved = true;
  const codrop::cancellation_source source;
  source.request();
  codrop::testing::run_once_in_asio([&]() -> net::awaitable<void> {
    moved = co_await try_move(in, 1, source.token());
  });
  EXPECT_FALSE(moved);
  EXPECT_EQ(in.a + in.b, 100);
}

} // namespace
