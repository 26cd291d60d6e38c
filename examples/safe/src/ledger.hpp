// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The accounts and what may be done with them. Balances are kept in memory; an
// entry goes to the write-ahead file, then to the store, then to the auditor.

#ifndef LEDGERD_LEDGER_HPP
#define LEDGERD_LEDGER_HPP

#include "audit_sink.hpp"
#include "connection_pool.hpp"
#include "write_ahead_log.hpp"

#include <array>
#include <deque>
#include <functional>
#include <optional>

namespace ledgerd {

enum class outcome {
  done,
  no_such_account,
  account_exists,
  insufficient_funds,
  not_empty,
};

std::string_view describe(outcome result);

/// Each change is checked and made while the turn of its accounts is held. What
/// is cancelled before it is written has not happened; what is written has
/// happened, whoever is cancelled.
class ledger {
public:
  ledger(asio::any_io_executor workers, std::filesystem::path directory,
         write_ahead_log &log, connection_pool &connections, audit_sink &audit);

  /// Brings the store up to the write-ahead file and reads the balances.
  asio::awaitable<void> load();

  asio::awaitable<outcome> open_account(std::string name);
  asio::awaitable<outcome> close_account(std::string name);
  asio::awaitable<outcome> deposit(std::string name, std::int64_t amount);
  asio::awaitable<outcome> transfer(std::string from, std::string to,
                                    std::int64_t amount);
  std::optional<std::int64_t> balance(const std::string &name) const;
  std::uint64_t transfers() const { return transfers_; }
  /// The latest entries first; nothing if there is no such account.
  asio::awaitable<std::vector<entry>> history(std::string name);

  /// Writes the books to a file for people and returns its path.
  asio::awaitable<std::filesystem::path> snapshot();
  asio::awaitable<void> checkpoint();

private:
  struct account {
    std::int64_t balance = 0;
  };

  std::size_t turn_of(const std::string &name) const;
  asio::awaitable<void> commit(entry &e, const std::function<void()> &change);
  asio::awaitable<void> persist(entry &e, const std::function<void()> &change);
  asio::awaitable<void> store_pending();

  asio::any_io_executor workers_;
  blocking_executor blocking_;
  std::filesystem::path directory_;
  write_ahead_log &log_;
  connection_pool &connections_;
  audit_sink &audit_;
  codrop::async_semaphore readers_;
  codrop::async_mutex checkpointing_;
  codrop::async_mutex storing_;
  /// An account's turn is one of these, by its name, so that one that is not
  /// open yet has a turn, too.
  std::array<codrop::async_mutex, 64> turns_;
  std::unordered_map<std::string, account> accounts_;
  /// On disk, but not in the store yet.
  std::deque<entry> pending_;
  std::int64_t last_sequence_ = 0;
  std::uint64_t transfers_ = 0;
};

} // namespace ledgerd

#endif
