// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The write-ahead file: an entry is on disk here before anything else happens
// to it. Whoever has the turn writes and syncs what all have handed in.

#ifndef LEDGERD_WRITE_AHEAD_LOG_HPP
#define LEDGERD_WRITE_AHEAD_LOG_HPP

#include "asio_support.hpp"

#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ledgerd {

/// The destructor only gives the descriptor back; what must last is synced by
/// whoever wrote it.
class segment_file {
public:
  explicit segment_file(const std::filesystem::path &path);
  segment_file(const segment_file &) = delete;
  segment_file &operator=(const segment_file &) = delete;
  ~segment_file();

  void write(std::string_view text);
  void sync();

private:
  int descriptor_;
};

class CODROP_MUST_CLOSE write_ahead_log {
public:
  write_ahead_log(asio::any_io_executor workers,
                  std::filesystem::path directory);
  write_ahead_log(const write_ahead_log &) = delete;
  write_ahead_log &operator=(const write_ahead_log &) = delete;

  /// Returns when the line is durable. Is not cancelled once it has begun.
  asio::awaitable<void> append(std::string line);
  /// The lines of the segments that earlier runs left behind.
  asio::awaitable<std::vector<std::string>> recovered();
  /// Starts a new segment and drops those that the last one has replaced.
  asio::awaitable<void> rotate();
  /// Waits for those who write.
  asio::awaitable<void> close();

private:
  struct record {
    std::string line;
    bool done = false;
    std::exception_ptr failure;
  };

  asio::awaitable<void> write(std::shared_ptr<record> mine);

  blocking_executor blocking_;
  std::filesystem::path directory_;
  unsigned segment_ = 1;
  /// Shared with the call that writes to it.
  std::shared_ptr<segment_file> file_;
  bool closed_ = false;
  codrop::async_mutex writing_;
  std::vector<std::shared_ptr<record>> pending_;
};

} // namespace ledgerd

#endif
