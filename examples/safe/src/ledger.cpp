// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ledger.hpp"

#include <codrop/atomic_file.hpp>
#include <codrop/shield.hpp>
#include <codrop/with_resource.hpp>

#include <algorithm>
#include <iostream>

namespace ledgerd {

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

ledger::ledger(asio::any_io_executor workers, std::filesystem::path directory,
               write_ahead_log &log, connection_pool &connections,
               audit_sink &audit)
    : workers_(workers), blocking_(workers), directory_(std::move(directory)),
      log_(log), connections_(connections), audit_(audit), readers_(4) {}

asio::awaitable<void> ledger::load() {
  const auto open = [this] {
    return store_connection::open(workers_, directory_ / "ledger.db");
  };
  const auto read = [this](std::unique_ptr<store_connection> &connection)
      -> asio::awaitable<stored_books> {
    co_await connection->create_schema();
    const auto lines = co_await log_.recovered();
    for (const auto &line : lines)
      if (const auto e = parse_entry(line))
        co_await connection->apply(*e);
    co_return co_await connection->read_books();
  };
  const auto close = [](std::unique_ptr<store_connection> &connection) {
    return connection->close();
  };
  const auto books = co_await codrop::with_resource(open, read, close);
  for (const auto &[name, balance] : books.balances)
    accounts_.insert_or_assign(name, account{balance});
  last_sequence_ = books.last_sequence;
  transfers_ = books.transfers;
}

std::size_t ledger::turn_of(const std::string &name) const {
  return std::hash<std::string>()(name) % turns_.size();
}

asio::awaitable<void> ledger::commit(entry &e,
                                     const std::function<void()> &change) {
  const auto all = [&] { return persist(e, change); };
  co_await codrop::shield(all);
}

asio::awaitable<void> ledger::persist(entry &e,
                                      const std::function<void()> &change) {
  e.sequence = ++last_sequence_;
  co_await log_.append(to_line(e));
  // It has happened. All of it is done before anything else can be.
  change();
  pending_.push_back(e);
  try {
    co_await store_pending();
  } catch (const std::exception &error) {
    // It is on disk; the next one, or the next start, stores it.
    std::clog << "store: " << error.what() << '\n';
  }
}

asio::awaitable<void> ledger::store_pending() {
  const auto turn = co_await lock(storing_);
  while (!pending_.empty()) {
    auto connection = co_await connections_.borrow();
    co_await connection->apply(pending_.front());
    // Only the holder of the turn takes entries out.
    pending_.pop_front();
  }
}

asio::awaitable<outcome> ledger::open_account(std::string name) {
  const auto turn = co_await lock(turns_[turn_of(name)]);
  if (accounts_.contains(name))
    co_return outcome::account_exists;
  entry e{0, entry::kind::open, name, "-", 0};
  const std::function<void()> change = [&] {
    accounts_.emplace(name, account{});
  };
  co_await commit(e, change);
  co_return outcome::done;
}

asio::awaitable<outcome> ledger::close_account(std::string name) {
  const auto turn = co_await lock(turns_[turn_of(name)]);
  const auto there = balance(name);
  if (!there)
    co_return outcome::no_such_account;
  if (*there != 0)
    co_return outcome::not_empty;
  entry e{0, entry::kind::close, name, "-", 0};
  const std::function<void()> change = [&] { accounts_.erase(name); };
  co_await commit(e, change);
  co_return outcome::done;
}

asio::awaitable<outcome> ledger::deposit(std::string name,
                                         std::int64_t amount) {
  const auto turn = co_await lock(turns_[turn_of(name)]);
  if (!accounts_.contains(name))
    co_return outcome::no_such_account;
  entry e{0, entry::kind::deposit, name, "-", amount};
  const std::function<void()> change = [&] {
    accounts_.at(name).balance += amount;
  };
  co_await commit(e, change);
  co_return outcome::done;
}

asio::awaitable<outcome> ledger::transfer(std::string from, std::string to,
                                          std::int64_t amount) {
  entry e{0, entry::kind::transfer, from, to, amount};
  {
    // Always in this order, so that two transfers do not wait for each other.
    const auto [low, high] = std::minmax({turn_of(from), turn_of(to)});
    const auto first = co_await lock(turns_[low]);
    codrop::async_lock second;
    if (high != low)
      second = co_await lock(turns_[high]);
    if (!accounts_.contains(from) || !accounts_.contains(to))
      co_return outcome::no_such_account;
    if (accounts_.at(from).balance < amount)
      co_return outcome::insufficient_funds;
    const std::function<void()> change = [&] {
      accounts_.at(from).balance -= amount;
      accounts_.at(to).balance += amount;
      ++transfers_;
    };
    co_await commit(e, change);
  }
  co_await audit_.record(to_line(e));
  co_return outcome::done;
}

std::optional<std::int64_t> ledger::balance(const std::string &name) const {
  const auto found = accounts_.find(name);
  if (found == accounts_.end())
    return std::nullopt;
  return found->second.balance;
}

asio::awaitable<std::vector<entry>> ledger::history(std::string name) {
  const auto permit = co_await acquire(readers_);
  auto connection = co_await connections_.borrow();
  auto entries = co_await connection->history(name, 20);
  if (!accounts_.contains(name))
    entries.clear();
  co_return entries;
}

asio::awaitable<std::filesystem::path> ledger::snapshot() {
  std::vector<std::string> names;
  for (const auto &[name, account] : accounts_)
    names.push_back(name);
  std::ranges::sort(names);

  std::string text;
  for (const auto &name : names) {
    const auto entries = co_await history(name);
    // It may have been closed meanwhile.
    const auto there = balance(name);
    if (!there)
      continue;
    text += name + ' ' + std::to_string(*there) + '\n';
    for (const auto &e : entries)
      text += "  " + to_line(e);
  }
  const auto path = directory_ / "snapshot.txt";
  auto write = [path, text = std::move(text)] {
    codrop::atomic_file_writer out(path);
    out.write(text);
    out.commit();
  };
  co_await blocking_(std::move(write));
  co_return path;
}

asio::awaitable<void> ledger::checkpoint() {
  // The next round will do if this one is still running.
  const auto running = checkpointing_.try_lock();
  if (!running)
    co_return;
  co_await store_pending();
  {
    auto connection = co_await connections_.borrow();
    co_await connection->checkpoint();
  }
  co_await log_.rotate();
}

} // namespace ledgerd
