// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The write-ahead file: an entry is on disk here before anything else happens
// to it. A thread of its own writes and syncs, many entries at a time.

#ifndef LEDGERD_WRITE_AHEAD_LOG_HPP
#define LEDGERD_WRITE_AHEAD_LOG_HPP

#include "limiter.hpp"

#include <asio/thread_pool.hpp>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace ledgerd {

class segment_file {
public:
  segment_file() = default;
  explicit segment_file(const std::filesystem::path &path);
  segment_file(segment_file &&other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  segment_file &operator=(segment_file &&other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~segment_file();

  void write(std::string_view text);
  void sync();

private:
  int descriptor_ = -1;
};

class write_ahead_log {
public:
  write_ahead_log(asio::any_io_executor executor, asio::thread_pool &workers,
                  std::filesystem::path directory);
  write_ahead_log(const write_ahead_log &) = delete;
  write_ahead_log &operator=(const write_ahead_log &) = delete;
  ~write_ahead_log();

  /// Returns when the line is durable.
  asio::awaitable<void> append(std::string line);
  /// The lines of the segments that earlier runs left behind.
  asio::awaitable<std::vector<std::string>> recovered();
  /// Starts a new segment and drops those that the last one has replaced.
  asio::awaitable<void> rotate();
  asio::awaitable<void> close();

private:
  struct ticket {
    explicit ticket(asio::any_io_executor executor)
        : written(std::move(executor)) {}
    wakeup written;
    std::error_code failure;
  };
  struct record {
    std::string line;
    std::shared_ptr<ticket> done;
  };

  void write_loop();
  void write_batch(const std::vector<record> &batch);
  void stop();

  asio::any_io_executor executor_;
  asio::thread_pool &workers_;
  std::filesystem::path directory_;
  unsigned segment_ = 1;
  segment_file file_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<record> pending_;
  std::optional<segment_file> replacement_;
  bool stopping_ = false;
  std::thread writer_;
};

} // namespace ledgerd

#endif
