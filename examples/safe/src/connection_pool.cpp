// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "connection_pool.hpp"

#include <codrop/async_drop.hpp>

#include <stdexcept>

namespace ledgerd {

connection_pool::connection_pool(asio::any_io_executor workers,
                                 std::filesystem::path file, std::size_t size)
    : workers_(std::move(workers)), file_(std::move(file)), size_(size),
      free_(size) {}

asio::awaitable<void> connection_pool::ensure_open() {
  const auto turn = co_await lock(opening_);
  if (closed_)
    throw std::runtime_error("the store is closed");
  // One that could not be opened is tried again by the next user.
  while (all_.size() < size_) {
    auto connection = co_await store_connection::open(workers_, file_);
    idle_.push_back(connection.get());
    all_.push_back(std::move(connection));
  }
}

asio::awaitable<connection_pool::lease> connection_pool::borrow() {
  co_await ensure_open();
  auto permit = co_await acquire(free_);
  if (closed_)
    throw std::runtime_error("the store is closed");
  co_return lease(*this, std::move(permit));
}

asio::awaitable<void> connection_pool::close() {
  const auto turn = co_await lock(opening_);
  closed_ = true;
  const auto every = co_await acquire(free_, size_);
  idle_.clear();
  co_await codrop::async_drop(std::exchange(all_, {}));
}

} // namespace ledgerd
