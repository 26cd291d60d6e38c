// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <codrop/async_drop.hpp>
#include <codrop/testing.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace {

using codrop::testing::task;
using codrop::testing::yield;

std::vector<std::string> closed;

// [example]
struct peer {
  std::string name;
  bool reachable = true;
  task<> close() {
    co_await yield(); // Says goodbye.
    if (!reachable)
      throw std::runtime_error(name + " does not answer");
    closed.push_back(name);
  }
};

struct cluster {
  peer log{"log"};
  std::optional<peer> leader;
  std::vector<peer> followers;

  // The followers do not wait for each other, but the log is the last.
  auto async_drop_members() {
    return codrop::in_order(log, leader, codrop::concurrently(followers));
  }
};

task<std::string> shut_down(std::unique_ptr<cluster> all) {
  try {
    co_await codrop::async_drop(std::move(all));
  } catch (const codrop::drop_errors &e) {
    co_return e.what(); // Everything else is closed.
  }
  co_return "";
}
// [end]

TEST(Example, AsyncDrop) {
  codrop::testing::run_once([](const codrop::cancellation_token &) -> task<> {
    auto all = std::make_unique<cluster>();
    all->leader = peer{"leader"};
    all->followers = {{"a"}, {"b", false}, {"c"}};
    EXPECT_EQ(co_await shut_down(std::move(all)), "b does not answer");
  });
  EXPECT_EQ(closed, (std::vector<std::string>{"a", "c", "leader", "log"}));
}

} // namespace
