// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/environment.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

namespace {

using codrop::testing::task;

// [example]
/// Awaits `work()` and then, whatever has happened, `cleanup()`: for every
/// coroutine type, shielded from the cancellation that may be under way.
template <class Work, class Cleanup>
auto run_then(Work work, Cleanup cleanup) -> std::invoke_result_t<Work &> {
  using here_type = codrop::environment<std::invoke_result_t<Work &>>;
  here_type here(co_await here_type::here());
  std::exception_ptr error;
  try {
    co_await work();
  } catch (...) {
    error = std::current_exception(); // Nothing can be awaited in a handler.
  }
  const bool threw = co_await here.throws_when_cancelled();
  co_await here.throw_when_cancelled(false);
  co_await here.shielded(cleanup);
  co_await here.throw_when_cancelled(threw);
  if (error)
    std::rethrow_exception(error);
}
// [end]

TEST(Example, Environment) {
  int cleaned = 0;
  codrop::testing::interrupt_everywhere(
      [&](codrop::cancellation_token token) -> task<> {
        cleaned = 0;
        const auto work = [token]() -> task<> {
          co_await codrop::testing::yield(token);
        };
        const auto cleanup = [&]() -> task<> {
          ++cleaned;
          co_return;
        };
        co_await run_then(work, cleanup);
      },
      [&](const codrop::testing::run_report &run) {
        if (run.how != codrop::testing::interruption::destroy) {
          EXPECT_EQ(cleaned, 1) << run.describe();
        }
      });
}

} // namespace
