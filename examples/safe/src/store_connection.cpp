// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "store_connection.hpp"

#include <asio/strand.hpp>
#include <sqlite3.h>

#include <stdexcept>

namespace ledgerd {
namespace {

[[noreturn]] void fail(sqlite3 *handle) {
  throw std::runtime_error(std::string("sqlite: ") + sqlite3_errmsg(handle));
}

void execute(sqlite3 *handle, const char *sql) {
  if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    fail(handle);
}

class statement {
public:
  statement(sqlite3 *handle, const char *sql) : handle_(handle) {
    if (sqlite3_prepare_v2(handle, sql, -1, &statement_, nullptr) != SQLITE_OK)
      fail(handle);
  }
  statement(const statement &) = delete;
  statement &operator=(const statement &) = delete;
  ~statement() { sqlite3_finalize(statement_); }

  statement &bind(int index, std::int64_t value) {
    sqlite3_bind_int64(statement_, index, value);
    return *this;
  }
  statement &bind(int index, const std::string &value) {
    sqlite3_bind_text(statement_, index, value.data(),
                      static_cast<int>(value.size()), SQLITE_TRANSIENT);
    return *this;
  }
  bool step() {
    const int result = sqlite3_step(statement_);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
      fail(handle_);
    return result == SQLITE_ROW;
  }
  std::int64_t number(int column) {
    return sqlite3_column_int64(statement_, column);
  }
  std::string text(int column) {
    return reinterpret_cast<const char *>(
        sqlite3_column_text(statement_, column));
  }

private:
  sqlite3 *handle_;
  sqlite3_stmt *statement_ = nullptr;
};

void change_balance(sqlite3 *handle, const std::string &account,
                    std::int64_t by) {
  statement(handle, "UPDATE accounts SET balance = balance + ? WHERE name = ?")
      .bind(1, by)
      .bind(2, account)
      .step();
}

void apply_in_transaction(sqlite3 *handle, const entry &e) {
  statement(handle, "INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?)")
      .bind(1, e.sequence)
      .bind(2, std::string(1, static_cast<char>(e.what)))
      .bind(3, e.account)
      .bind(4, e.other)
      .bind(5, e.amount)
      .step();
  if (sqlite3_changes(handle) == 0)
    return;
  switch (e.what) {
  case entry::kind::open:
    statement(handle, "INSERT OR IGNORE INTO accounts VALUES (?, 0)")
        .bind(1, e.account)
        .step();
    break;
  case entry::kind::close:
    statement(handle, "DELETE FROM accounts WHERE name = ?")
        .bind(1, e.account)
        .step();
    break;
  case entry::kind::deposit:
    change_balance(handle, e.account, e.amount);
    break;
  case entry::kind::transfer:
    change_balance(handle, e.account, -e.amount);
    change_balance(handle, e.other, e.amount);
    break;
  }
}

} // namespace

store_connection::handle
store_connection::open_handle(const std::filesystem::path &file) {
  sqlite3 *raw = nullptr;
  const int result = sqlite3_open(file.c_str(), &raw);
  handle opened(raw, &sqlite3_close_v2);
  if (result != SQLITE_OK)
    fail(raw);
  sqlite3_busy_timeout(raw, 5000);
  // Our own log is what makes an entry durable.
  execute(raw, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;");
  return opened;
}

store_connection::store_connection(blocking_executor on, handle opened)
    : blocking_(std::move(on)), handle_(std::move(opened)) {}

asio::awaitable<std::unique_ptr<store_connection>>
store_connection::open(asio::any_io_executor workers,
                       std::filesystem::path file) {
  blocking_executor on(asio::make_strand(workers));
  auto call = [file = std::move(file)] { return open_handle(file); };
  auto opened = co_await on(std::move(call));
  co_return std::unique_ptr<store_connection>(
      new store_connection(std::move(on), std::move(opened)));
}

asio::awaitable<void> store_connection::create_schema() {
  auto call = [handle = handle_] {
    execute(handle.get(), "CREATE TABLE IF NOT EXISTS accounts"
                          " (name TEXT PRIMARY KEY, balance INTEGER NOT NULL);"
                          "CREATE TABLE IF NOT EXISTS entries"
                          " (sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
                          "  account TEXT NOT NULL, other TEXT NOT NULL,"
                          "  amount INTEGER NOT NULL);");
  };
  co_await blocking_(std::move(call));
}

asio::awaitable<stored_books> store_connection::read_books() {
  auto call = [handle = handle_] {
    stored_books books;
    statement accounts(handle.get(), "SELECT name, balance FROM accounts");
    while (accounts.step())
      books.balances.emplace(accounts.text(0), accounts.number(1));
    statement last(handle.get(),
                   "SELECT coalesce(max(sequence), 0), total(kind = 'T')"
                   " FROM entries");
    last.step();
    books.last_sequence = last.number(0);
    books.transfers = static_cast<std::uint64_t>(last.number(1));
    return books;
  };
  co_return co_await blocking_(std::move(call));
}

asio::awaitable<void> store_connection::apply(entry e) {
  auto call = [handle = handle_, e = std::move(e)] {
    execute(handle.get(), "BEGIN IMMEDIATE");
    try {
      apply_in_transaction(handle.get(), e);
      execute(handle.get(), "COMMIT");
    } catch (...) {
      sqlite3_exec(handle.get(), "ROLLBACK", nullptr, nullptr, nullptr);
      throw;
    }
  };
  co_await blocking_(std::move(call));
}

asio::awaitable<std::vector<entry>>
store_connection::history(std::string account, int limit) {
  auto call = [handle = handle_, account = std::move(account), limit] {
    statement query(handle.get(),
                    "SELECT sequence, kind, account, other, amount"
                    " FROM entries WHERE account = ?1 OR other = ?1"
                    " ORDER BY sequence DESC LIMIT ?2");
    query.bind(1, account).bind(2, limit);
    std::vector<entry> entries;
    while (query.step())
      entries.push_back({query.number(0),
                         static_cast<entry::kind>(query.text(1).front()),
                         query.text(2), query.text(3), query.number(4)});
    return entries;
  };
  co_return co_await blocking_(std::move(call));
}

asio::awaitable<void> store_connection::checkpoint() {
  auto call = [handle = handle_] {
    execute(handle.get(), "PRAGMA wal_checkpoint(PASSIVE)");
  };
  co_await blocking_(std::move(call));
}

asio::awaitable<void> store_connection::close() {
  auto call = [handle = std::exchange(handle_, nullptr)]() mutable {
    execute(handle.get(), "PRAGMA wal_checkpoint(PASSIVE)");
    handle.reset();
  };
  co_await blocking_(std::move(call));
}

} // namespace ledgerd
