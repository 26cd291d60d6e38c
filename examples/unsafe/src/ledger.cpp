// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ledger.hpp"

#include <asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <fstream>

namespace ledgerd {

using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

std::string_view describe(outcome result) {
  switch (result) {
  case outcome::done:
    return "done";
  case outcome::no_such_account:
    return "no such account";
  case outcome::account_exists:
    return "account exists";
  case outcome::insufficient_funds:
    return "insufficient funds";
  case outcome::not_empty:
    return "account not empty";
  }
  return "unknown";
}

ledger::ledger(asio::any_io_executor executor, asio::thread_pool &workers,
               std::filesystem::path directory, write_ahead_log &log,
               connection_pool &connections, audit_sink &audit)
    : workers_(workers), directory_(std::move(directory)), log_(log),
      connections_(connections), audit_(audit), closing_(executor, 1),
      readers_(executor, 4) {}

asio::awaitable<void> ledger::load() {
  auto connection =
      co_await store_connection::open(workers_, directory_ / "ledger.db");
  co_await connection->create_schema();
  const auto lines = co_await log_.recovered();
  for (const auto &line : lines)
    if (const auto e = parse_entry(line))
      co_await connection->apply(*e);
  const auto books = co_await connection->read_books();
  for (const auto &[name, balance] : books.balances)
    accounts_.insert_or_assign(name, account{balance});
  last_sequence_ = books.last_sequence;
  transfers_ = books.transfers;
  co_await connection->close();
}

entry ledger::next_entry(entry::kind what, std::string account,
                         std::string other, std::int64_t amount) {
  return {++last_sequence_, what, std::move(account), std::move(other), amount};
}

asio::awaitable<void> ledger::persist(entry e) {
  co_await log_.append(to_line(e));
  store_connection *connection = co_await connections_.acquire();
  co_await connection->apply(std::move(e));
  connections_.release(connection);
}

asio::awaitable<outcome> ledger::open_account(std::string name) {
  if (accounts_.contains(name))
    co_return outcome::account_exists;
  accounts_.emplace(name, account{});
  co_await persist(next_entry(entry::kind::open, name, "-", 0));
  co_return outcome::done;
}

asio::awaitable<outcome> ledger::close_account(std::string name) {
  // Two clients must not close the same account at once.
  co_await closing_.scoped_acquire();
  const auto found = accounts_.find(name);
  if (found == accounts_.end())
    co_return outcome::no_such_account;
  if (found->second.balance != 0)
    co_return outcome::not_empty;
  co_await persist(next_entry(entry::kind::close, name, "-", 0));
  accounts_.erase(name);
  co_return outcome::done;
}

asio::awaitable<outcome> ledger::deposit(std::string name,
                                         std::int64_t amount) {
  const auto found = accounts_.find(name);
  if (found == accounts_.end())
    co_return outcome::no_such_account;
  account &target = found->second;
  const auto balance = target.balance + amount;
  co_await persist(next_entry(entry::kind::deposit, name, "-", amount));
  target.balance = balance;
  co_return outcome::done;
}

asio::awaitable<outcome> ledger::transfer(std::string from, std::string to,
                                          std::int64_t amount) {
  const auto giver = accounts_.find(from);
  const auto taker = accounts_.find(to);
  if (giver == accounts_.end() || taker == accounts_.end())
    co_return outcome::no_such_account;
  account &source = giver->second;
  account &target = taker->second;
  if (source.balance < amount)
    co_return outcome::insufficient_funds;

  auto e = next_entry(entry::kind::transfer, from, to, amount);
  source.balance -= amount;
  co_await persist(e);
  target.balance += amount;
  ++transfers_;

  // A slow auditor must not hold up the client.
  co_await (audit_.record(to_line(e)) || pause(5s));
  co_return outcome::done;
}

std::optional<std::int64_t> ledger::balance(const std::string &name) const {
  const auto found = accounts_.find(name);
  if (found == accounts_.end())
    return std::nullopt;
  return found->second.balance;
}

asio::awaitable<std::vector<entry>> ledger::history(std::string name) {
  co_await readers_.acquire();
  auto connection = co_await connections_.borrow();
  auto entries = co_await connection->history(name, 20);
  if (entries.empty() || !accounts_.contains(name))
    co_return std::vector<entry>{};
  readers_.release();
  co_return entries;
}

asio::awaitable<std::filesystem::path> ledger::snapshot() {
  std::lock_guard lock(snapshot_mutex_);
  std::vector<std::string> names;
  for (const auto &[name, account] : accounts_)
    names.push_back(name);
  std::ranges::sort(names);

  auto path = directory_ / "snapshot.txt";
  std::ofstream out(path, std::ios::trunc);
  for (const auto &name : names) {
    const auto entries = co_await history(name);
    out << name << ' ' << balance(name).value_or(0) << '\n';
    for (const auto &e : entries)
      out << "  " << to_line(e);
  }
  co_return path;
}

asio::awaitable<void> ledger::checkpoint() {
  // The next round will do if this one is still running.
  if (std::unique_lock running(checkpoint_mutex_, std::try_to_lock);
      running.owns_lock()) {
    auto connection = co_await connections_.borrow();
    co_await connection->checkpoint();
    co_await log_.rotate();
  }
}

} // namespace ledgerd
