// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Against a real PostgreSQL, through libpq on Asio. A private server is started
// for it, where one is installed; or give CODROP_POSTGRESQL, what
// PQconnectdb takes.
#include <codrop/testing_asio.hpp>
#include <codrop/transaction.hpp>

#include <gtest/gtest.h>

#if defined(CODROP_HAS_POSTGRESQL)
#include <libpq-fe.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <unistd.h>

namespace codrop {
namespace {

using testing::run_report;
namespace net = codrop::detail::net;
namespace fs = std::filesystem;

bool shell(const std::string &command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

class server {
public:
  server() {
    if (const char *given = std::getenv("CODROP_POSTGRESQL")) {
      conninfo_ = given;
      return;
    }
    fs::path bin;
    std::error_code ignored;
    for (const auto &version :
         fs::directory_iterator("/usr/lib/postgresql", ignored))
      if (fs::exists(version.path() / "bin/initdb"))
        bin = version.path() / "bin";
    if (bin.empty())
      return;
    std::string name = "/tmp/codrop-pg-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
      return;
    directory_ = name;
    if (::geteuid() == 0) {
      // It refuses to run as root.
      if (!shell("chown postgres " + name))
        return;
      as_ = "runuser -u postgres -- ";
    }
    pg_ctl_ = as_ + (bin / "pg_ctl").string() + " -D " + name + "/data -w ";
    started_ = shell(as_ + (bin / "initdb").string() + " -D " + name +
                     "/data -U codrop -A trust --no-sync") &&
               shell(pg_ctl_ + "-t 10 -l " + name +
                     "/log -o \"-c listen_addresses='' -c fsync=off "
                     "-c shared_buffers=1MB -k " +
                     name + "\" start");
    if (started_)
      conninfo_ = "host=" + name + " user=codrop dbname=postgres";
  }
  server(const server &) = delete;
  server &operator=(const server &) = delete;
  // NOLINTNEXTLINE(codrop-blocking-destructor): a test may wait.
  ~server() {
    if (started_)
      shell(pg_ctl_ + "-m immediate stop");
    std::error_code ignored;
    if (!directory_.empty())
      fs::remove_all(directory_, ignored);
  }
  /// Empty if there is none.
  [[nodiscard]] const std::string &conninfo() const { return conninfo_; }

private:
  fs::path directory_;
  std::string conninfo_, as_, pg_ctl_;
  bool started_ = false;
};

struct close_connection {
  void operator()(PGconn *c) const noexcept { PQfinish(c); }
};
struct clear_result {
  void operator()(PGresult *r) const noexcept { PQclear(r); }
};
using pg_connection = std::unique_ptr<PGconn, close_connection>;
using pg_result = std::unique_ptr<PGresult, clear_result>;

pg_connection connect(const std::string &conninfo) {
  pg_connection made(PQconnectdb(conninfo.c_str()));
  if (PQstatus(made.get()) != CONNECTION_OK)
    throw std::runtime_error(PQerrorMessage(made.get()));
  return made;
}

/// For the checks, which wait.
std::string ask(PGconn *connection, const std::string &sql) {
  const pg_result result(PQexec(connection, sql.c_str()));
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection));
  return status == PGRES_TUPLES_OK ? PQgetvalue(result.get(), 0, 0) : "";
}

class pg_transaction {
public:
  pg_transaction(pg_connection connection, const net::any_io_executor &executor)
      : connection_(std::move(connection)),
        socket_(std::make_unique<net::posix::stream_descriptor>(
            executor, ::dup(PQsocket(connection_.get())))) {}

  net::awaitable<std::string> exec(std::string sql) {
    // What was cancelled has left its answer on the way.
    // (GCC 12 makes wrong code of a co_await in a condition.)
    for (bool more = true; more;) {
      const pg_result rest = co_await next();
      more = rest != nullptr;
    }
    if (PQsendQuery(connection_.get(), sql.c_str()) == 0)
      throw std::runtime_error(PQerrorMessage(connection_.get()));
    std::string command, error;
    for (;;) {
      const pg_result result = co_await next();
      if (!result)
        break;
      command = PQcmdStatus(result.get());
      if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR)
        error = PQresultErrorMessage(result.get());
    }
    if (!error.empty())
      throw std::runtime_error(error);
    co_return command;
  }
  net::awaitable<void> begin() { co_await exec("BEGIN"); }
  net::awaitable<void> commit() {
    // A transaction that has failed is rolled back by COMMIT, without an error.
    const std::string command = co_await exec("COMMIT");
    if (command != "COMMIT")
      throw std::runtime_error("rolled back by the server");
  }
  net::awaitable<void> rollback() { co_await exec("ROLLBACK"); }
  /// The server rolls back when the connection is gone.
  void abandon() noexcept {
    socket_.reset();
    connection_.reset();
  }
  /// After a lost connection nobody knows; else the server has rolled back.
  transaction_state state_after(const std::exception_ptr &) const noexcept {
    return PQstatus(connection_.get()) == CONNECTION_OK
               ? transaction_state::rolled_back
               : transaction_state::unknown;
  }
  [[nodiscard]] int process() const { return PQbackendPID(connection_.get()); }

private:
  net::awaitable<pg_result> next() {
    while (PQisBusy(connection_.get()) != 0) {
      co_await socket_->async_wait(net::posix::stream_descriptor::wait_read,
                                   net::use_awaitable);
      if (PQconsumeInput(connection_.get()) == 0)
        throw std::runtime_error(PQerrorMessage(connection_.get()));
    }
    co_return pg_result(PQgetResult(connection_.get()));
  }

  pg_connection connection_;
  std::unique_ptr<net::posix::stream_descriptor> socket_;
};

class TransactionPostgresql : public ::testing::Test {
protected:
  static void SetUpTestSuite() { own = std::make_unique<server>(); }
  static void TearDownTestSuite() { own.reset(); }
  void SetUp() override {
    if (own->conninfo().empty())
      GTEST_SKIP() << "no PostgreSQL server can be started";
    checks = connect(own->conninfo());
    ask(checks.get(),
        "SET client_min_messages = warning;"
        "DROP TABLE IF EXISTS accounts, moves;"
        "CREATE TABLE accounts (id int PRIMARY KEY, balance int);"
        "CREATE TABLE moves (run int UNIQUE DEFERRABLE INITIALLY DEFERRED);"
        "INSERT INTO accounts VALUES (1, 1000), (2, 0);");
  }

  net::awaitable<void> move(std::string moved) {
    auto begin = []() -> net::awaitable<pg_transaction> {
      pg_transaction transaction(connect(own->conninfo()),
                                 co_await net::this_coro::executor);
      co_await transaction.begin();
      co_return transaction;
    };
    auto body = [moved](pg_transaction &transaction) -> net::awaitable<int> {
      co_await transaction.exec(
          "UPDATE accounts SET balance = balance - 1 WHERE id = 1");
      co_await transaction.exec("INSERT INTO moves VALUES (" + moved + ")");
      co_await transaction.exec(
          "UPDATE accounts SET balance = balance + 1 WHERE id = 2");
      co_return transaction.process();
    };
    co_await with_transaction(std::move(begin), std::move(body));
  }
  int number(const std::string &sql) {
    return std::stoi(ask(checks.get(), sql));
  }
  /// One snapshot: another connection's commit may still be on its way.
  bool sum_is_kept() {
    return ask(checks.get(),
               "SELECT (SELECT balance FROM accounts WHERE id = 1) = 1000 - n "
               "AND (SELECT balance FROM accounts WHERE id = 2) = n "
               "FROM (SELECT count(*) AS n FROM moves) AS m") == "t";
  }

  inline static std::unique_ptr<server> own;
  pg_connection checks;
};

TEST_F(TransactionPostgresql, KeepsTheSumWhereverItIsInterrupted) {
  int run_number = 0, returned = 0;
  const std::size_t count = testing::interrupt_everywhere_in_asio(
      [&] { return move(std::to_string(++run_number)); },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        EXPECT_TRUE(sum_is_kept()) << run.describe();
        if (run.end == run_report::returned) {
          ++returned;
          EXPECT_EQ(number("SELECT count(*) FROM moves WHERE run = " +
                           std::to_string(run_number)),
                    1)
              << run.describe();
        }
        if (run.how == testing::interruption::cancel) {
          EXPECT_EQ(number("SELECT count(*) FROM moves WHERE run = " +
                           std::to_string(run_number)),
                    run.end == run_report::returned ? 1 : 0)
              << run.describe();
        }
      });
  EXPECT_GE(count, 5u);
  EXPECT_GE(returned, 1);
  // Nothing of an abandoned one stays, once the server has noticed.
  for (int i = 0; i < 100; ++i) {
    if (number("SELECT count(*) FROM pg_stat_activity WHERE backend_type = "
               "'client backend' AND pid <> pg_backend_pid()") == 0)
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(number("SELECT count(*) FROM pg_stat_activity WHERE backend_type = "
                   "'client backend' AND pid <> pg_backend_pid()"),
            0);
  EXPECT_TRUE(sum_is_kept());
}

TEST_F(TransactionPostgresql, ACommitThatTheServerRefusesIsRolledBack) {
  const run_report first = testing::run_once_in_asio([&] { return move("1"); });
  EXPECT_EQ(first.end, run_report::returned);
  // The constraint is looked at by the commit.
  const run_report second =
      testing::run_once_in_asio([&] { return move("1"); });
  ASSERT_EQ(second.end, run_report::threw);
  try {
    std::rethrow_exception(second.error);
  } catch (const commit_unknown &) {
    ADD_FAILURE() << "it is known";
  } catch (const std::runtime_error &error) {
    EXPECT_NE(std::string(error.what()).find("duplicate"), std::string::npos);
  }
  EXPECT_EQ(number("SELECT balance FROM accounts WHERE id = 2"), 1);
}

TEST_F(TransactionPostgresql, ACommitWhoseConnectionIsLostIsUnknown) {
  commit_outcome result;
  testing::run_once_in_asio([&]() -> net::awaitable<void> {
    pg_transaction begun(connect(own->conninfo()),
                         co_await net::this_coro::executor);
    co_await begun.begin();
    transaction_guard guard(std::move(begun));
    co_await guard->exec(
        "UPDATE accounts SET balance = balance - 1 WHERE id = 1");
    ask(checks.get(), "SELECT pg_terminate_backend(" +
                          std::to_string(guard->process()) + ", 5000)");
    result = co_await try_commit_cancel(guard);
    EXPECT_FALSE(guard.is_open());
  });
  EXPECT_EQ(result.state, transaction_state::unknown);
  EXPECT_NE(result.error, nullptr);
  EXPECT_EQ(number("SELECT balance FROM accounts WHERE id = 1"), 1000);
}

TEST_F(TransactionPostgresql, TellsTheOutcomeOfACancelledCommit) {
  int run_number = 0;
  std::optional<commit_outcome> result;
  testing::interrupt_everywhere_in_asio(
      [&]() -> net::awaitable<void> {
        ++run_number;
        result.reset();
        pg_transaction begun(connect(own->conninfo()),
                             co_await net::this_coro::executor);
        co_await begun.begin();
        transaction_guard guard(std::move(begun));
        co_await guard->exec("INSERT INTO moves VALUES (" +
                             std::to_string(run_number) + ")");
        result = co_await try_commit_cancel(guard);
      },
      [&](const run_report &run) {
        EXPECT_NE(run.end, run_report::stuck) << run.describe();
        if (result) {
          EXPECT_EQ(result->state, transaction_state::committed);
          EXPECT_EQ(number("SELECT count(*) FROM moves WHERE run = " +
                           std::to_string(run_number)),
                    1)
              << run.describe();
        }
      });
}

} // namespace
} // namespace codrop

#else
TEST(TransactionPostgresql, NeedsLibpq) {
  GTEST_SKIP() << "built without libpq";
}
#endif
