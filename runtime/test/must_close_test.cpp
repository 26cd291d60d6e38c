// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nothing is dropped without a word, and nothing that was closed is told of.
#include <codrop/must_close.hpp>

#include <codrop/cleanup_scope.hpp>
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>
#include <codrop/with_resource.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace codrop {
namespace {

using testing::interruption;
using testing::run_report;
using testing::task;
using testing::yield;
namespace net = codrop::detail::net;

std::vector<std::string> reports;
void keep_report(const report &told) noexcept {
  std::string text(told.text());
  text += ": ";
  text += told.type;
  text += " line ";
  text += std::to_string(told.where.line());
  reports.push_back(text);
}
class MustClose : public ::testing::Test {
protected:
  MustClose() : before_(set_report_handler(keep_report)) { reports.clear(); }
  ~MustClose() override { set_report_handler(before_); }

private:
  report_handler before_;
};
using MustCloseDeath = MustClose;
using MustCloseAsio = MustClose;

int closes = 0;
struct file {
  std::string name;
  cancellation_token token;
  bool fails = false;
  task<> close() {
    co_await yield(token);
    if (fails)
      throw std::runtime_error("disk full");
    ++closes;
  }
};

TEST_F(MustClose, SaysWhatWasForgottenAndWhereItWasMade) {
  std::uint_least32_t line = 0;
  {
    line = std::source_location::current().line() + 1;
    const must_close forgotten(file{"a", {}});
  }
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].find("destroyed without close: "), 0u) << reports[0];
  EXPECT_NE(reports[0].find("file line " + std::to_string(line)),
            std::string::npos)
      << reports[0];
}

TEST_F(MustClose, IsSilentOnceClosed) {
  closes = 0;
  testing::run_once([](cancellation_token) -> task<> {
    must_close kept(file{"a", {}});
    EXPECT_EQ(kept->name, "a");
    EXPECT_TRUE(kept.is_open());
    co_await kept.close();
    EXPECT_FALSE(kept.is_open());
    co_await kept.close();
  });
  EXPECT_EQ(closes, 1) << "the second one had nothing to do";
  EXPECT_TRUE(reports.empty());
}

TEST_F(MustClose, IsSilentWhenMovedFromOrReleased) {
  must_close first(file{"a", {}});
  {
    must_close second(std::move(first));
    const file taken = second.release();
    EXPECT_EQ(taken.name, "a");
  }
  EXPECT_TRUE(reports.empty());
  must_close third(file{"b", {}});
  first = std::move(third);
  EXPECT_TRUE(reports.empty());
  third = must_close(file{"c", {}});
  third = std::move(first);
  EXPECT_EQ(reports.size(), 1u) << "what it held is overwritten";
  static_cast<void>(third.release());
}

TEST_F(MustClose, AFailedCloseHasBeenTold) {
  testing::run_once([](cancellation_token) -> task<> {
    must_close kept(file{"a", {}, true});
    bool thrown = false;
    try {
      co_await kept.close();
    } catch (const std::runtime_error &) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
  });
  EXPECT_TRUE(reports.empty());
}

TEST_F(MustCloseDeath, Terminates) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        set_report_handler(nullptr);
        const must_close forgotten(file{"a", {}}, terminate_unclosed());
      },
      "must_close_test.cpp:[0-9]+: .*file: destroyed without close");
}

TEST_F(MustClose, IsClosedOrToldOfExactlyOnce) {
  const std::size_t suspensions = testing::interrupt_everywhere(
      [](cancellation_token token) -> task<> {
        closes = 0;
        reports.clear();
        // Dropped where it is interrupted, which is what is tested.
        // NOLINTNEXTLINE(codrop-unawaited-close)
        must_close kept(file{"a", token});
        co_await yield(token);
        co_await kept.close();
      },
      [](const run_report &run) {
        const bool close_failed = run.how == interruption::fail && run.at == 2;
        EXPECT_EQ(closes + static_cast<int>(reports.size()),
                  close_failed ? 0 : 1)
            << run.describe();
        EXPECT_EQ(closes == 1, run.end == run_report::returned)
            << run.describe();
      });
  EXPECT_EQ(suspensions, 2u);
}

TEST_F(MustClose, AResourceThatSurvivesItsFrame) {
  // Closed by with_resource, or by the scope if the frame is dropped.
  testing::interrupt_everywhere(
      [](cancellation_token token) -> task<> {
        closes = 0;
        cleanup_scope<task<>> scope;
        {
          const auto body = [token](auto &) -> task<> {
            co_await yield(token);
          };
          must_close kept(file{"a", {}}, hand_over_to(scope));
          auto dropped = with_resource(std::move(kept), body);
          dropped.begin();
        } // It is suspended.
        co_await scope.drain();
      },
      [](const run_report &run) {
        if (run.end == run_report::returned) {
          EXPECT_EQ(closes, 1) << run.describe();
        }
        EXPECT_EQ(reports.empty(), run.end != run_report::destroyed)
            << "destroyed in drain()";
        reports.clear();
      });
}

// Asio

struct asio_file {
  net::awaitable<void> close() {
    net::steady_timer timer(co_await net::this_coro::executor,
                            std::chrono::milliseconds(1));
    co_await timer.async_wait(net::use_awaitable);
    ++closes;
  }
};

TEST_F(MustCloseAsio, IsClosedOrToldOfExactlyOnce) {
  testing::interrupt_everywhere_in_asio(
      []() -> net::awaitable<void> {
        closes = 0;
        reports.clear();
        // Dropped where it is interrupted, which is what is tested.
        // NOLINTNEXTLINE(codrop-unawaited-close)
        must_close kept{asio_file()};
        net::steady_timer timer(co_await net::this_coro::executor,
                                std::chrono::milliseconds(1));
        co_await timer.async_wait(net::use_awaitable);
        co_await kept.close();
      },
      [](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_LE(closes + static_cast<int>(reports.size()), 1)
            << run.describe();
        EXPECT_EQ(closes == 1, run.end == run_report::returned)
            << run.describe();
      });
}

} // namespace
} // namespace codrop
