// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "audit_sink.hpp"

#include <iostream>

namespace ledgerd {

using asio::ip::tcp;
using namespace std::chrono_literals;

audit_sink::audit_sink(asio::any_io_executor executor,
                       std::vector<tcp::endpoint> auditors)
    : auditors_(std::move(auditors)), order_(std::move(executor), 1) {}

asio::awaitable<bool> audit_sink::reachable() {
  try {
    co_return co_await (co_await audit_client::connect(auditors_[0])).ping();
  } catch (const std::system_error &) {
    co_return false;
  }
}

asio::awaitable<audit_client> audit_sink::connect_any() {
  auto client = co_await audit_client::connect(auditors_[0]);
  for (std::size_t next = 1; next < auditors_.size(); ++next) {
    if (co_await client.ping())
      break;
    client = co_await audit_client::connect(auditors_[next]);
  }
  co_return client;
}

asio::awaitable<void> audit_sink::record(std::string line) {
  if (!enabled())
    co_return;
  if (!client_)
    client_ = std::make_unique<audit_client>(co_await connect_any());

  auto turn = co_await order_.scoped_acquire();
  for (int attempt = 1; attempt <= 3; ++attempt) {
    try {
      co_await client_->send(line);
      co_return;
    } catch (...) {
      std::clog << "audit: attempt " << attempt << " failed\n";
    }
    client_.reset();
    co_await pause(50ms * attempt);
    client_ = std::make_unique<audit_client>(co_await connect_any());
  }
  std::lock_guard lock(backlog_mutex_);
  backlog_.push_back(std::move(line));
}

asio::awaitable<void> audit_sink::flush_backlog() {
  std::unique_lock lock(backlog_mutex_);
  if (backlog_.empty()) {
    lock.unlock();
    auto turn = co_await order_.scoped_acquire();
    if (client_)
      co_await client_->ping();
    co_return;
  }
  auto client = co_await connect_any();
  while (!backlog_.empty()) {
    co_await client.send(backlog_.front());
    backlog_.pop_front();
  }
  co_await client.close();
}

asio::awaitable<bool> audit_sink::verify(std::uint64_t expected) {
  auto client = co_await audit_client::connect(auditors_[0]);
  if (!co_await client.ping())
    co_return false;
  const auto seen = co_await client.count();
  co_await client.close();
  co_return seen == expected;
}

std::size_t audit_sink::backlog_size() const {
  std::lock_guard lock(backlog_mutex_);
  return backlog_.size();
}

asio::awaitable<void> audit_sink::close() {
  auto turn = co_await order_.scoped_acquire();
  if (auto client = std::exchange(client_, nullptr))
    co_await client->close();
}

} // namespace ledgerd
