// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

// [example]
#include <codrop/async_semaphore.hpp>

#include <utility>

namespace {

using codrop::testing::task; // any coroutine type that can await anything

class downloads {
public:
  task<> get(codrop::cancellation_token token) {
    // Given back after the last line, by an exception, and when the frame is
    // destroyed in the middle of the download.
    const codrop::async_permit permit = co_await slots_.acquire(token);
    ++running_;
    most_ = running_ > most_ ? running_ : most_;
    struct leave {
      int &running;
      ~leave() { --running; }
    } const leaving{running_};
    co_await codrop::testing::yield(token);
  }
  [[nodiscard]] int most() const { return most_; }
  [[nodiscard]] std::size_t free_slots() const { return slots_.available(); }

private:
  codrop::async_semaphore slots_{2};
  int running_ = 0;
  int most_ = 0;
};

} // namespace
// [end]

TEST(Example, AsyncSemaphore) {
  downloads all;
  codrop::testing::interrupt_everywhere(
      [&](codrop::cancellation_token token) -> task<> {
        codrop::environment<task<>> here(std::monostate{});
        const auto get = [&](codrop::cancellation_token own) {
          return all.get(std::move(own));
        };
        const auto one = here.start(get, token, [](codrop::outcome<void>) {});
        const auto two = here.start(get, token, [](codrop::outcome<void>) {});
        one->begin();
        two->begin();
        co_await all.get(token);
      },
      [&](const codrop::testing::run_report &run) {
        EXPECT_EQ(all.free_slots(), 2u) << run.describe();
      });
  EXPECT_EQ(all.most(), 2);
}
