// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "write_ahead_log.hpp"

#include <asio/post.hpp>

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

segment_file::~segment_file() {
  if (descriptor_ < 0)
    return;
  ::fsync(descriptor_);
  ::close(descriptor_);
}

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

write_ahead_log::write_ahead_log(asio::any_io_executor executor,
                                 asio::thread_pool &workers,
                                 std::filesystem::path directory)
    : executor_(std::move(executor)), workers_(workers),
      directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_);
  const auto earlier = segments_before(directory_, UINT_MAX);
  segment_ = earlier.empty() ? 1 : earlier.back() + 1;
  file_ = segment_file(segment_path(directory_, segment_));
  writer_ = std::thread([this] { write_loop(); });
}

write_ahead_log::~write_ahead_log() { stop(); }

asio::awaitable<void> write_ahead_log::append(std::string line) {
  auto done = std::make_shared<ticket>(executor_);
  {
    std::lock_guard lock(mutex_);
    if (stopping_)
      throw std::runtime_error("the write-ahead log is closed");
    pending_.push_back({std::move(line), done});
  }
  wake_.notify_one();
  co_await done->written.wait();
  if (done->failure)
    throw std::system_error(done->failure, "write-ahead log");
}

asio::awaitable<std::vector<std::string>> write_ahead_log::recovered() {
  co_return co_await offload(
      workers_.get_executor(), [this, before = segment_] {
        std::vector<std::string> lines;
        for (const auto number : segments_before(directory_, before)) {
          std::ifstream in(segment_path(directory_, number));
          for (std::string line; std::getline(in, line);)
            lines.push_back(line);
        }
        return lines;
      });
}

asio::awaitable<void> write_ahead_log::rotate() {
  const auto next = segment_ + 1;
  auto file = co_await offload(workers_.get_executor(), [this, next] {
    // An entry of the last segment may still be on its way into the
    // database; older ones have been checkpointed.
    for (const auto number : segments_before(directory_, next - 1))
      std::filesystem::remove(segment_path(directory_, number));
    return segment_file(segment_path(directory_, next));
  });
  {
    std::lock_guard lock(mutex_);
    replacement_ = std::move(file);
  }
  segment_ = next;
}

asio::awaitable<void> write_ahead_log::close() {
  co_await offload(workers_.get_executor(), [this] { stop(); });
}

void write_ahead_log::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (writer_.joinable())
    writer_.join();
}

void write_ahead_log::write_loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
    if (pending_.empty())
      return;
    auto batch = std::exchange(pending_, {});
    auto next = std::exchange(replacement_, std::nullopt);
    lock.unlock();
    if (next)
      file_ = std::move(*next);
    next.reset();
    write_batch(batch);
    lock.lock();
  }
}

void write_ahead_log::write_batch(const std::vector<record> &batch) {
  std::error_code failure;
  try {
    for (const auto &record : batch)
      file_.write(record.line);
    file_.sync();
  } catch (const std::system_error &e) {
    failure = e.code();
  }
  for (const auto &record : batch)
    asio::post(executor_, [done = record.done, failure] {
      done->failure = failure;
      done->written.fire();
    });
}

} // namespace ledgerd
