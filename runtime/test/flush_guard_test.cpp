// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nothing that was written stays in the buffer, on whichever way the coroutine
// is left, and no error is lost.
#include <codrop/flush_guard.hpp>
#include <codrop/testing.hpp>
#include <codrop/testing_asio.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace codrop {
namespace {

using testing::run_report;
using testing::task;
using testing::yield;
namespace net = codrop::detail::net;

/// Keeps what is written, and hands it on when flushed; an awaited flush hands
/// on one character a suspension.
struct slow_writer {
  std::string buffer, file;
  cancellation_token token;
  bool broken = false;

  void write(const std::string &text) { buffer += text; }
  void flush_now() {
    if (broken)
      throw std::runtime_error("disk full");
    file += std::exchange(buffer, {});
  }
  task<std::size_t> flush() {
    std::size_t count = 0;
    while (!buffer.empty()) {
      co_await yield(token);
      if (broken)
        throw std::runtime_error("disk full");
      file += buffer.front();
      buffer.erase(buffer.begin());
      ++count;
    }
    co_return count;
  }
};

task<> writes(slow_writer &writer, std::string &written, int &errors) {
  flush_guard guard(writer, [&](const std::exception_ptr &) { ++errors; });
  writer.write("ab");
  written += "ab";
  co_await yield(writer.token);
  writer.write("cd");
  written += "cd";
  co_await yield(writer.token);
  co_await guard.finish();
}

TEST(FlushGuard, HandsOnWhatWasWrittenOnEveryWayOut) {
  slow_writer writer;
  std::string written;
  int errors = 0;
  const std::size_t suspensions = testing::interrupt_everywhere(
      [&](cancellation_token token) {
        writer = {};
        writer.token = std::move(token);
        written.clear();
        return writes(writer, written, errors);
      },
      [&](const run_report &run) {
        EXPECT_EQ(writer.file, written)
            << "whole, in order and once, " << run.describe();
        EXPECT_EQ(writer.buffer, "") << run.describe();
        EXPECT_EQ(errors, 0) << run.describe();
      });
  EXPECT_EQ(suspensions, 6u);
}

TEST(FlushGuard, TellsTheHandlerWhatItCannotThrow) {
  slow_writer writer;
  writer.broken = true;
  std::string message;
  {
    flush_guard guard(writer, [&](std::exception_ptr error) {
      try {
        std::rethrow_exception(std::move(error));
      } catch (const std::runtime_error &e) {
        message = e.what();
      }
    });
    writer.write("x");
  }
  EXPECT_EQ(message, "disk full");
}

TEST(FlushGuard, ThrowsWhereItCanAndTriesAgain) {
  slow_writer writer;
  int errors = 0;
  const auto run = testing::run_once([&](cancellation_token) -> task<> {
    flush_guard guard(writer, [&](const std::exception_ptr &) { ++errors; });
    writer.write("x");
    writer.broken = true;
    bool thrown = false;
    try {
      co_await guard.finish();
    } catch (const std::runtime_error &) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    EXPECT_THROW(guard.finish_now(), std::runtime_error);
    writer.broken = false;
  });
  EXPECT_EQ(run.end, run_report::returned);
  EXPECT_EQ(errors, 0);
  EXPECT_EQ(writer.file, "x") << "the destructor could write it";
}

TEST(FlushGuard, LeavesAWriterAloneOnceItIsDone) {
  slow_writer writer;
  int errors = 0;
  {
    flush_guard guard(writer, [&](const std::exception_ptr &) { ++errors; });
    writer.write("x");
    guard.finish_now();
    guard.finish_now();
    writer.broken = true;
  }
  {
    flush_guard guard(writer, [&](const std::exception_ptr &) { ++errors; });
    guard.disarm();
    static_cast<void>(
        testing::run_once([&](cancellation_token) { return guard.finish(); }));
  }
  EXPECT_EQ(errors, 0);
  EXPECT_EQ(writer.file, "x");
}

TEST(FlushGuard, CanBeMoved) {
  slow_writer writer;
  auto errors = std::make_unique<int>(0);
  {
    flush_guard guard(writer, [kept = std::move(errors)](
                                  const std::exception_ptr &) { ++*kept; });
    flush_guard moved(std::move(guard));
    writer.write("x");
  }
  EXPECT_EQ(writer.file, "x");
}

TEST(FlushGuard, KnowsAStreamThatHasFailed) {
  struct refuses : std::stringbuf {
    int sync() override { return -1; }
  } refused;
  std::ostream stream(&refused);
  int errors = 0;
  {
    flush_guard guard(stream, [&](const std::exception_ptr &) { ++errors; });
    stream << 'x';
  }
  EXPECT_EQ(errors, 1);
  flush_guard guard(stream, [](const std::exception_ptr &) {});
  EXPECT_THROW(guard.finish_now(), flush_failed);
}

struct legacy_writer {
  int pushed = 0;
};

} // namespace

template <>
struct flusher<legacy_writer> {
  static void flush(legacy_writer &writer) { ++writer.pushed; }
};

namespace {

TEST(FlushGuard, TakesForeignWriters) {
  legacy_writer writer;
  {
    flush_guard guard(writer, [](const std::exception_ptr &) {});
  }
  EXPECT_EQ(writer.pushed, 1);
}

/// The same for Asio.
struct asio_writer {
  std::string buffer, file;
  void flush_now() { file += std::exchange(buffer, {}); }
  net::awaitable<void> async_flush() {
    net::steady_timer timer(co_await net::this_coro::executor);
    while (!buffer.empty()) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(net::use_awaitable);
      file += buffer.front();
      buffer.erase(buffer.begin());
    }
  }
};

net::awaitable<void> writes_in_asio(asio_writer &writer, std::string &written) {
  flush_guard guard(writer, [](const std::exception_ptr &) { FAIL(); });
  net::steady_timer timer(co_await net::this_coro::executor);
  writer.buffer += "ab";
  written += "ab";
  timer.expires_after(std::chrono::milliseconds(1));
  co_await timer.async_wait(net::use_awaitable);
  writer.buffer += "cd";
  written += "cd";
  co_await guard.finish();
}

TEST(FlushGuardAsio, HandsOnWhatWasWrittenOnEveryWayOut) {
  asio_writer writer;
  std::string written;
  testing::interrupt_everywhere_in_asio(
      [&] {
        writer = {};
        written.clear();
        return writes_in_asio(writer, written);
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_EQ(writer.file, written) << run.describe();
      });
}

} // namespace
} // namespace codrop
