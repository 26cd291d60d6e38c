// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hands out store connections, so that a slow query does not hold up the
// others. The connections are opened when the first one is wanted.

#ifndef LEDGERD_CONNECTION_POOL_HPP
#define LEDGERD_CONNECTION_POOL_HPP

#include "store_connection.hpp"

namespace ledgerd {

class CODROP_MUST_CLOSE connection_pool {
public:
  /// A connection that finds its way back by itself.
  class CODROP_GUARD CODROP_COROUTINE_SAFE lease {
  public:
    lease(connection_pool &pool, codrop::async_permit permit)
        : permit_(std::move(permit)), pool_(&pool),
          connection_(pool.idle_.back()) {
      pool.idle_.pop_back();
    }
    lease(lease &&other) noexcept
        : permit_(std::move(other.permit_)), pool_(other.pool_),
          connection_(std::exchange(other.connection_, nullptr)) {}
    lease &operator=(lease &&) = delete;
    ~lease() {
      if (connection_)
        pool_->idle_.push_back(connection_);
    }
    store_connection *operator->() const { return connection_; }

  private:
    /// Given back last.
    codrop::async_permit permit_;
    connection_pool *pool_;
    store_connection *connection_;
  };

  connection_pool(asio::any_io_executor workers, std::filesystem::path file,
                  std::size_t size);

  asio::awaitable<lease> borrow();
  /// Waits for all leases, closes all connections, and throws what went wrong
  /// after that.
  asio::awaitable<void> close();

private:
  asio::awaitable<void> ensure_open();

  asio::any_io_executor workers_;
  std::filesystem::path file_;
  std::size_t size_;
  bool closed_ = false;
  codrop::async_mutex opening_;
  codrop::async_semaphore free_;
  std::vector<std::unique_ptr<store_connection>> all_;
  std::vector<store_connection *> idle_;
};

} // namespace ledgerd

#endif
