// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "write_ahead_log.hpp"

#include <codrop/shield.hpp>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

namespace ledgerd {
namespace {

std::filesystem::path segment_path(const std::filesystem::path &directory,
                                   unsigned number) {
  return directory / (std::to_string(number) + ".wal");
}

std::vector<unsigned> segments_before(const std::filesystem::path &directory,
                                      unsigned limit) {
  std::vector<unsigned> numbers;
  for (const auto &file : std::filesystem::directory_iterator(directory)) {
    if (file.path().extension() != ".wal")
      continue;
    const auto number =
        static_cast<unsigned>(std::stoul(file.path().stem().string()));
    if (number < limit)
      numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

} // namespace

segment_file::segment_file(const std::filesystem::path &path)
    : descriptor_(::open(path.c_str(),
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0)
    throw std::system_error(errno, std::generic_category(), path.string());
}

segment_file::~segment_file() { ::close(descriptor_); }

void segment_file::write(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor_, text.data(), text.size());
    if (written < 0)
      throw std::system_error(errno, std::generic_category(), "write");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void segment_file::sync() {
  if (::fdatasync(descriptor_) != 0)
    throw std::system_error(errno, std::generic_category(), "fdatasync");
}

write_ahead_log::write_ahead_log(asio::any_io_executor workers,
                                 std::filesystem::path directory)
    : blocking_(std::move(workers)), directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_);
  const auto earlier = segments_before(directory_, UINT_MAX);
  segment_ = earlier.empty() ? 1 : earlier.back() + 1;
  file_ = std::make_shared<segment_file>(segment_path(directory_, segment_));
}

asio::awaitable<void> write_ahead_log::append(std::string line) {
  if (closed_)
    throw std::runtime_error("the write-ahead log is closed");
  const auto mine = std::make_shared<record>();
  mine->line = std::move(line);
  // Once it is handed in, somebody else may write it: there is no way back.
  const auto written = [this, &mine] { return write(mine); };
  co_await codrop::shield(written);
  if (mine->failure)
    std::rethrow_exception(mine->failure);
}

asio::awaitable<void> write_ahead_log::write(std::shared_ptr<record> mine) {
  pending_.push_back(mine);
  const auto turn = co_await lock(writing_);
  if (mine->done)
    co_return;
  const auto batch = std::exchange(pending_, {});
  std::string text;
  for (const auto &record : batch)
    text += record->line;
  auto call = [file = file_, text = std::move(text)] {
    file->write(text);
    file->sync();
  };
  std::exception_ptr failure;
  try {
    co_await blocking_(std::move(call));
  } catch (...) {
    failure = std::current_exception();
  }
  for (const auto &record : batch) {
    record->done = true;
    record->failure = failure;
  }
}

asio::awaitable<std::vector<std::string>> write_ahead_log::recovered() {
  auto call = [directory = directory_, before = segment_] {
    std::vector<std::string> lines;
    for (const auto number : segments_before(directory, before)) {
      std::ifstream in(segment_path(directory, number));
      for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    }
    return lines;
  };
  co_return co_await blocking_(std::move(call));
}

asio::awaitable<void> write_ahead_log::rotate() {
  const auto turn = co_await lock(writing_);
  auto call = [directory = directory_, next = segment_ + 1] {
    auto file = std::make_shared<segment_file>(segment_path(directory, next));
    // An entry of the last segment may still be on its way into the
    // database; older ones have been checkpointed.
    for (const auto number : segments_before(directory, next - 1))
      std::filesystem::remove(segment_path(directory, number));
    return file;
  };
  // Nobody else changes the segment while the turn is ours.
  file_ = co_await blocking_(std::move(call));
  ++segment_;
}

asio::awaitable<void> write_ahead_log::close() {
  closed_ = true;
  const auto turn = co_await lock(writing_);
  file_.reset();
}

} // namespace ledgerd
