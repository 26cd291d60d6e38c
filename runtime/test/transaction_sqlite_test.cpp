// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Against a real SQLite: money is moved between two accounts, and wherever that
// is interrupted their sum is kept.
#include <codrop/testing.hpp>
#include <codrop/transaction.hpp>

#include <gtest/gtest.h>

#if defined(CODROP_HAS_SQLITE)
#include <sqlite3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace codrop {
namespace {

using testing::run_report;
using testing::task;
using testing::yield;

class database {
public:
  explicit database(const char *path = ":memory:") {
    sqlite3 *made = nullptr;
    const int result = sqlite3_open(path, &made);
    handle_.reset(made);
    if (result != SQLITE_OK)
      throw std::runtime_error("cannot open the database");
  }
  void exec(const char *sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) !=
        SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(handle_.get()));
  }
  int number(const char *sql) {
    sqlite3_stmt *statement = nullptr;
    if (sqlite3_prepare_v2(handle_.get(), sql, -1, &statement, nullptr) !=
        SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(handle_.get()));
    sqlite3_step(statement);
    const int value = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return value;
  }
  [[nodiscard]] bool in_transaction() const {
    return sqlite3_get_autocommit(handle_.get()) == 0;
  }

private:
  struct closer {
    void operator()(sqlite3 *handle) const noexcept { sqlite3_close(handle); }
  };
  std::unique_ptr<sqlite3, closer> handle_;
};

class sqlite_transaction {
public:
  explicit sqlite_transaction(database &in) : in_(&in) { in_->exec("BEGIN"); }
  task<> exec(const char *sql, cancellation_token token) {
    in_->exec(sql);
    co_await yield(token);
  }
  task<> commit() {
    co_await yield();
    in_->exec("COMMIT");
    co_await yield();
  }
  task<> rollback() {
    co_await yield();
    in_->exec("ROLLBACK");
  }
  void abandon() noexcept {
    // It may have been committed just now.
    if (in_->in_transaction())
      in_->exec("ROLLBACK");
  }

private:
  database *in_;
};

void make_accounts(database &db) {
  db.exec("CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER "
          "CHECK (balance >= 0));"
          "CREATE TABLE moves (run INTEGER);"
          "INSERT INTO accounts VALUES (1, 100), (2, 0);");
}

task<> move(database &db, cancellation_token token) {
  auto begin = [&db]() -> task<sqlite_transaction> {
    co_await yield();
    co_return sqlite_transaction(db);
  };
  auto body = [token](sqlite_transaction &transaction) -> task<> {
    co_await transaction.exec(
        "UPDATE accounts SET balance = balance - 1 WHERE id = 1", token);
    co_await transaction.exec("INSERT INTO moves VALUES (1)", token);
    co_await transaction.exec(
        "UPDATE accounts SET balance = balance + 1 WHERE id = 2", token);
  };
  co_await with_transaction(std::move(begin), std::move(body));
}

TEST(TransactionSqlite, KeepsTheSumWhereverItIsInterrupted) {
  database db;
  make_accounts(db);
  int returned = 0;
  const std::size_t count = testing::interrupt_everywhere(
      [&](cancellation_token token) { return move(db, token); },
      [&](const run_report &run) {
        EXPECT_FALSE(db.in_transaction()) << run.describe();
        const int moves = db.number("SELECT count(*) FROM moves");
        EXPECT_EQ(db.number("SELECT balance FROM accounts WHERE id = 1"),
                  100 - moves)
            << run.describe();
        EXPECT_EQ(db.number("SELECT balance FROM accounts WHERE id = 2"), moves)
            << run.describe();
        if (run.end == run_report::returned) {
          ++returned;
        }
        // Thrown into or destroyed behind the COMMIT it is committed all the
        // same.
        EXPECT_GE(moves, returned) << run.describe();
      });
  EXPECT_EQ(count, 6u);
  EXPECT_GE(returned, 1);
}

TEST(TransactionSqlite, RollsBackWhenTheCommitFails) {
  const std::string path =
      ::testing::TempDir() + "/codrop_transaction_sqlite.db";
  std::remove(path.c_str());
  {
    database db(path.c_str()), reader(path.c_str());
    make_accounts(db);
    // A reader keeps the writer from committing: SQLITE_BUSY.
    reader.exec("BEGIN; SELECT * FROM accounts;");
    const run_report run = testing::run_once(
        [&](cancellation_token token) { return move(db, token); });
    EXPECT_EQ(run.end, run_report::threw);
    EXPECT_FALSE(run.was_cancelled());
    EXPECT_FALSE(db.in_transaction()) << "SQLite itself leaves it open";
    EXPECT_EQ(db.number("SELECT balance FROM accounts WHERE id = 1"), 100);
    reader.exec("COMMIT");
    EXPECT_EQ(testing::run_once([&](cancellation_token token) {
                return move(db, token);
              }).end,
              run_report::returned);
    EXPECT_EQ(reader.number("SELECT balance FROM accounts WHERE id = 1"), 99);
  }
  std::remove(path.c_str());
}

} // namespace
} // namespace codrop

#else
TEST(TransactionSqlite, NeedsSqlite) { GTEST_SKIP() << "built without SQLite"; }
#endif
