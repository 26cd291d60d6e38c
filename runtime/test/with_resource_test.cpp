// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is opened is closed, whatever happens to the body, and as long as the
// frame is there; which error goes out; which types it takes.
#include <codrop/with_resource.hpp>

#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
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

struct log_type {
  int opened = 0, closing = 0, closed = 0, unclosed = 0;
  bool close_throws = false;
};

/// Takes two suspensions to close.
class connection {
public:
  explicit connection(log_type &log) : log_(&log) { ++log.opened; }
  connection(connection &&other) noexcept
      : log_(std::exchange(other.log_, nullptr)) {}
  connection &operator=(connection &&other) noexcept {
    connection(std::move(other)).swap(*this);
    return *this;
  }
  void swap(connection &other) noexcept {
    std::swap(log_, other.log_);
    std::swap(closed_, other.closed_);
  }
  ~connection() {
    if (log_ != nullptr && !closed_)
      ++log_->unclosed;
  }
  task<> close() {
    ++log_->closing;
    co_await yield();
    co_await yield();
    closed_ = true;
    ++log_->closed;
    if (log_->close_throws)
      throw std::runtime_error("close");
  }
  task<std::string> read(cancellation_token token) {
    co_await yield(std::move(token));
    co_return "data";
  }

private:
  log_type *log_;
  bool closed_ = false;
};
static_assert(async_closeable<connection>);
static_assert(async_closeable<connection &>);

struct has_plain_close {
  void close() {}
};
static_assert(!async_closeable<has_plain_close>);
static_assert(!async_closeable<int>);

std::vector<std::string> reports;
void keep_report(const report &told) noexcept {
  std::string text(told.type);
  text += ": ";
  text += told.text();
  reports.push_back(text);
}
struct keeps_reports {
  report_handler before = set_report_handler(keep_report);
  keeps_reports() { reports.clear(); }
  keeps_reports(const keeps_reports &) = delete;
  keeps_reports &operator=(const keeps_reports &) = delete;
  ~keeps_reports() { set_report_handler(before); }
};

std::string text_of(const std::exception_ptr &error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception &e) {
    return e.what();
  }
}

task<std::string> uses(cancellation_token token, log_type &log) {
  auto body = [token](connection &c) -> task<std::string> {
    co_return co_await c.read(token);
  };
  co_return co_await with_resource(connection(log), std::move(body));
}

TEST(WithResource, ClosesOnEveryWayOutThatCanAwait) {
  log_type log;
  // One suspension of the body, two of the close.
  const std::size_t suspensions = testing::interrupt_everywhere(
      [&](cancellation_token token) {
        log = {};
        return uses(std::move(token), log);
      },
      [&](const run_report &run) {
        EXPECT_EQ(log.opened, 1);
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        if (run.how == interruption::destroy) {
          EXPECT_EQ(log.unclosed, 1) << "nobody to await it";
        } else if (run.how == interruption::fail && run.at > 1) {
          EXPECT_EQ(log.closing, 1) << "the close itself has failed";
        } else {
          EXPECT_EQ(log.closing, 1) << run.describe();
          EXPECT_EQ(log.closed, 1) << run.describe();
          EXPECT_EQ(log.unclosed, 0) << run.describe();
        }
        // A request that comes with the close changes nothing any more.
        EXPECT_EQ(run.was_cancelled(),
                  run.how == interruption::cancel && run.at == 1)
            << run.describe();
      });
  EXPECT_EQ(suspensions, 3u);
}

task<std::string> opens(cancellation_token token, log_type &log) {
  auto open = [token, &log]() -> task<connection> {
    co_await yield(token);
    co_return connection(log);
  };
  auto body = [token](connection &c) { return c.read(token); };
  co_return co_await with_resource(std::move(open), std::move(body));
}

TEST(WithResource, ClosesWhatItHasOpened) {
  log_type log;
  const std::size_t suspensions = testing::interrupt_everywhere(
      [&](cancellation_token token) {
        log = {};
        return opens(std::move(token), log);
      },
      [&](const run_report &run) {
        if (run.how == interruption::destroy || run.how == interruption::fail)
          EXPECT_EQ(log.closing + log.unclosed > 0, log.opened > 0)
              << run.describe();
        else
          EXPECT_EQ(log.closed, log.opened) << run.describe();
      });
  EXPECT_EQ(suspensions, 4u);
}

TEST(WithResource, TheBodysExceptionWins) {
  const keeps_reports keeping;
  log_type log;
  log.close_throws = true;
  const run_report run = testing::run_once([&](cancellation_token) -> task<> {
    return with_resource(connection(log), [](connection &) -> task<> {
      co_await yield();
      throw std::runtime_error("body");
    });
  });
  EXPECT_EQ(text_of(run.error), "body");
  EXPECT_EQ(log.closed, 1);
  ASSERT_EQ(reports.size(), 1u) << "the other one is kept";
  EXPECT_NE(reports[0].find("connection: close failed"), std::string::npos)
      << reports[0];
}

TEST(WithResource, ACancellationStaysOne) {
  const keeps_reports keeping;
  log_type log;
  testing::interrupt_everywhere(
      [&](cancellation_token token) {
        log = {};
        log.close_throws = true;
        return uses(std::move(token), log);
      },
      [&](const run_report &run) {
        if (run.how == interruption::cancel) {
          EXPECT_EQ(run.was_cancelled(), run.at == 1) << run.describe();
        } else if (run.how == interruption::none) {
          EXPECT_EQ(text_of(run.error), "close") << "nothing else has failed";
        }
      });
  // Cancelled at 1; thrown into at 1.
  EXPECT_EQ(reports.size(), 2u);
}

TEST(WithResource, ABodyMayThrowBeforeItAwaits) {
  log_type log;
  const run_report run = testing::run_once([&](cancellation_token) -> task<> {
    return with_resource(connection(log), [](connection &) -> task<> {
      throw std::runtime_error("at once");
      co_return; // NOLINT: makes it a coroutine
    });
  });
  EXPECT_EQ(text_of(run.error), "at once");
  EXPECT_EQ(log.closed, 1);
}

TEST(WithResource, RefersToWhatTheCallerKeeps) {
  log_type log;
  connection kept(log);
  const run_report run = testing::run_once([&](cancellation_token) -> task<> {
    auto body = [&](connection &c) -> task<connection &> {
      EXPECT_EQ(&c, &kept);
      co_await yield();
      co_return c;
    };
    connection &same = co_await with_resource(kept, body);
    EXPECT_EQ(&same, &kept) << "references pass through";
  });
  EXPECT_EQ(run.end, run_report::returned);
  EXPECT_EQ(log.closed, 1);
}

TEST(WithResource, TakesMoveOnlyBodiesAndResults) {
  log_type log;
  const run_report run = testing::run_once([&](cancellation_token) -> task<> {
    auto body = [kept = std::make_unique<int>(7)](
                    connection &) mutable -> task<std::unique_ptr<int>> {
      co_await yield();
      co_return std::move(kept);
    };
    auto result = co_await with_resource(connection(log), std::move(body));
    EXPECT_EQ(*result, 7);
  });
  EXPECT_EQ(run.end, run_report::returned);
  EXPECT_EQ(log.closed, 1);
}

TEST(WithResource, ClosesAsItIsTold) {
  int closed = 0;
  const run_report run = testing::run_once([&](cancellation_token) -> task<> {
    const auto close = [&](int &handle) -> task<int> {
      co_await yield();
      closed = std::exchange(handle, 0);
      co_return 0;
    };
    const auto body = [](int &) -> task<> { co_await yield(); };
    co_await with_resource(3, body, close);
  });
  EXPECT_EQ(run.end, run_report::returned);
  EXPECT_EQ(closed, 3);
}

struct foreign {
  bool closed = false;
};
struct by_function {
  bool closed = false;
};
yield async_close(by_function &value) {
  value.closed = true;
  return yield();
}
struct by_both {
  bool closed = false;
  task<> async_close() {
    closed = true;
    co_return;
  }
  void close() {}
};

} // namespace

template <>
struct closer<foreign> {
  static yield close(foreign &value) {
    value.closed = true;
    return yield();
  }
};

namespace {

TEST(AsyncClose, FindsTheCloseOfAType) {
  static_assert(async_closeable<foreign>);
  static_assert(async_closeable<by_function>);
  static_assert(async_closeable<by_both>);
  foreign a;
  by_function b;
  by_both c;
  testing::run_once([&](cancellation_token) -> task<> {
    co_await codrop::async_close(a);
    co_await codrop::async_close(b);
    co_await codrop::async_close(c);
  });
  EXPECT_TRUE(a.closed && b.closed && c.closed);
}

// Asio

net::awaitable<void> wait() {
  net::steady_timer timer(co_await net::this_coro::executor,
                          std::chrono::milliseconds(1));
  co_await timer.async_wait(net::use_awaitable);
}

class asio_connection {
public:
  explicit asio_connection(log_type &log) : log_(&log) { ++log.opened; }
  asio_connection(asio_connection &&other) noexcept
      : log_(std::exchange(other.log_, nullptr)) {}
  asio_connection &operator=(asio_connection &&) = delete;
  ~asio_connection() {
    if (log_ != nullptr && !closed_)
      ++log_->unclosed;
  }
  net::awaitable<void> close() {
    co_await wait();
    co_await wait();
    closed_ = true;
    ++log_->closed;
  }
  static net::awaitable<asio_connection> open(log_type &log) {
    co_await wait();
    co_return asio_connection(log);
  }

private:
  log_type *log_;
  bool closed_ = false;
};

TEST(WithResourceAsio, ClosesWhatItHasOpened) {
  log_type log;
  int cancelled = 0, returned = 0;
  testing::interrupt_everywhere_in_asio(
      [&] {
        log = {};
        const auto open = [&] { return asio_connection::open(log); };
        const auto body = [](asio_connection &) -> net::awaitable<int> {
          co_await wait();
          co_return 1;
        };
        return with_resource(open, body);
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        if (run.end == run_report::destroyed)
          EXPECT_EQ(log.closed + log.unclosed, log.opened);
        else
          EXPECT_EQ(log.closed, log.opened) << run.describe();
        using here_type = environment<net::awaitable<void>>;
        cancelled += here_type::is_cancellation(run.error) ? 1 : 0;
        returned += run.end == run_report::returned ? 1 : 0;
      });
  EXPECT_GE(cancelled, 2);
  EXPECT_GE(returned, 2) << "cancelled during the close: too late";
}

TEST(WithResourceAsio, LeavesTheWayOfCancellingAsItWas) {
  for (const bool throws : {true, false}) {
    log_type log;
    testing::run_once_in_asio([&]() -> net::awaitable<void> {
      co_await net::this_coro::throw_if_cancelled(throws);
      const auto open = [&] { return asio_connection::open(log); };
      const auto body = [](asio_connection &) { return wait(); };
      co_await with_resource(open, body);
      const bool after = co_await net::this_coro::throw_if_cancelled();
      EXPECT_EQ(after, throws);
    });
    EXPECT_EQ(log.closed, 1);
  }
}

TEST(WithResourceAsio, ClosesWhatAnyCoroutineCouldAwait) {
  // No coroutine of Asio, but awaited in one.
  struct resource {
    cancellation_source closed;
    cancelled_awaiter close() {
      closed.request();
      return closed.token().cancelled();
    }
  };
  int closed = 0;
  testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        resource kept;
        const auto body = [](resource &) { return wait(); };
        std::exception_ptr error;
        co_await net::this_coro::throw_if_cancelled(false);
        try {
          co_await with_resource(kept, body);
        } catch (...) {
          error = std::current_exception();
        }
        EXPECT_TRUE(kept.closed.is_requested());
        ++closed;
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
      });
  EXPECT_GE(closed, 2);
}

} // namespace
} // namespace codrop
