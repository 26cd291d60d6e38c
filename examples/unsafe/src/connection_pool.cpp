// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "connection_pool.hpp"

namespace ledgerd {

connection_pool::connection_pool(asio::any_io_executor executor,
                                 asio::thread_pool &workers,
                                 std::filesystem::path file, std::size_t size)
    : workers_(workers), file_(std::move(file)), size_(size),
      free_(std::move(executor), size) {}

asio::awaitable<void> connection_pool::ensure_open() {
  if (open_)
    co_return;
  for (std::size_t i = 0; i < size_; ++i) {
    auto connection = co_await store_connection::open(workers_, file_);
    idle_.push_back(connection.get());
    all_.push_back(std::move(connection));
  }
  open_ = true;
}

asio::awaitable<store_connection *> connection_pool::acquire() {
  co_await ensure_open();
  co_await free_.acquire();
  store_connection *connection = idle_.back();
  idle_.pop_back();
  co_return connection;
}

void connection_pool::release(store_connection *connection) {
  idle_.push_back(connection);
  free_.release();
}

asio::awaitable<connection_pool::lease> connection_pool::borrow() {
  co_return lease(*this, co_await acquire());
}

asio::awaitable<void> connection_pool::close() {
  idle_.clear();
  while (!all_.empty()) {
    auto connection = std::move(all_.back());
    all_.pop_back();
    co_await connection->close();
  }
}

} // namespace ledgerd
