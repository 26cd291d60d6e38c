// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/annotations.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

namespace {

using codrop::testing::task;

// [example]
// codrop reports each way on which one of these is destroyed unclosed.
class CODROP_MUST_CLOSE connection {
public:
  task<> close() {
    open_ = false;
    co_return;
  }
  bool is_open() const { return open_; }

private:
  bool open_ = true;
};

// It may be held across a co_await, whatever its name sounds like.
class CODROP_GUARD CODROP_COROUTINE_SAFE session_lock {};
// [end]

TEST(Example, Annotations) {
  const auto run =
      codrop::testing::run_once([](codrop::cancellation_token) -> task<> {
        const session_lock lock;
        connection c;
        co_await c.close();
        EXPECT_FALSE(c.is_open());
      });
  EXPECT_EQ(run.end, codrop::testing::run_report::returned);
}

} // namespace
