// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One SQLite connection. SQLite blocks, so every call runs on the connection's
// own strand of the worker pool.

#ifndef LEDGERD_STORE_CONNECTION_HPP
#define LEDGERD_STORE_CONNECTION_HPP

#include "asio_support.hpp"
#include "entry.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

struct sqlite3;

namespace ledgerd {

struct stored_books {
  std::unordered_map<std::string, std::int64_t> balances;
  std::int64_t last_sequence = 0;
  std::uint64_t transfers = 0;
};

/// Dropped without close(), the handle goes with the call that is under way:
/// nobody waits.
class CODROP_MUST_CLOSE store_connection {
public:
  static asio::awaitable<std::unique_ptr<store_connection>>
  open(asio::any_io_executor workers, std::filesystem::path file);

  asio::awaitable<void> create_schema();
  asio::awaitable<stored_books> read_books();
  /// Does nothing if the entry's sequence number has been stored before.
  asio::awaitable<void> apply(entry e);
  asio::awaitable<std::vector<entry>> history(std::string account, int limit);
  asio::awaitable<void> checkpoint();
  /// Lets SQLite fold its own log into the database, then closes the handle.
  asio::awaitable<void> close();

private:
  /// A call owns what it uses: it may go on when nobody waits for it any more.
  using handle = std::shared_ptr<sqlite3>;

  store_connection(blocking_executor on, handle opened);
  static handle open_handle(const std::filesystem::path &file);

  blocking_executor blocking_;
  handle handle_;
};

} // namespace ledgerd

#endif
