// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hands out store connections, so that a slow query does not hold up the
// others. The connections are opened when the first one is wanted.

#ifndef LEDGERD_CONNECTION_POOL_HPP
#define LEDGERD_CONNECTION_POOL_HPP

#include "limiter.hpp"
#include "store_connection.hpp"

namespace ledgerd {

class connection_pool {
public:
  /// A connection that finds its way back by itself.
  class lease {
  public:
    lease(connection_pool &pool, store_connection *connection)
        : pool_(&pool), connection_(connection) {}
    lease(lease &&other) noexcept
        : pool_(other.pool_),
          connection_(std::exchange(other.connection_, nullptr)) {}
    lease &operator=(lease &&) = delete;
    ~lease() {
      if (connection_)
        pool_->release(connection_);
    }
    store_connection *operator->() const { return connection_; }

  private:
    connection_pool *pool_;
    store_connection *connection_;
  };

  connection_pool(asio::any_io_executor executor, asio::thread_pool &workers,
                  std::filesystem::path file, std::size_t size);

  asio::awaitable<store_connection *> acquire();
  void release(store_connection *connection);
  asio::awaitable<lease> borrow();
  asio::awaitable<void> close();

private:
  asio::awaitable<void> ensure_open();

  asio::thread_pool &workers_;
  std::filesystem::path file_;
  std::size_t size_;
  bool open_ = false;
  limiter free_;
  std::vector<std::unique_ptr<store_connection>> all_;
  std::vector<store_connection *> idle_;
};

} // namespace ledgerd

#endif
