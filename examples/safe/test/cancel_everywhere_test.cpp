// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The service is cancelled, and its frames are destroyed, at every step of what
// it does. Afterwards the books that are on disk must balance, and be those
// that were in memory.

#include "ledger.hpp"

#include <codrop/async_drop.hpp>
#include <codrop/testing_asio.hpp>

#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/read_until.hpp>
#include <asio/thread_pool.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace ledgerd {
namespace {

using codrop::testing::interruption;
using codrop::testing::run_report;

class directory {
public:
  directory() {
    std::string name =
        (std::filesystem::temp_directory_path() / "ledger-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  directory(const directory &) = delete;
  directory &operator=(const directory &) = delete;
  ~directory() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

/// All parts of the service but the server.
struct service {
  explicit service(const std::filesystem::path &data)
      : workers(1), log(workers.get_executor(), data / "log"),
        connections(workers.get_executor(), data / "ledger.db", 2),
        audit(nowhere.get_executor(), {}),
        books(workers.get_executor(), data, log, connections, audit) {}
  service(const service &) = delete;
  service &operator=(const service &) = delete;
  ~service() { workers.join(); }

  asio::awaitable<void> close() {
    co_await codrop::async_drop(connections);
    co_await codrop::async_drop(log);
  }
  std::int64_t in(const std::string &account) const {
    return books.balance(account).value_or(0);
  }

  asio::io_context nowhere;
  asio::thread_pool workers;
  write_ahead_log log;
  connection_pool connections;
  audit_sink audit;
  ledger books;
};

template <class F> void run(F f) {
  const auto report = codrop::testing::run_once_in_asio(f);
  EXPECT_EQ(report.end, run_report::returned) << report.describe();
}

TEST(Ledger, CancelledAnywhereBalances) {
  std::unique_ptr<directory> data;
  std::unique_ptr<service> first;
  const auto count = codrop::testing::interrupt_everywhere_in_asio(
      [&]() -> asio::awaitable<void> {
        first.reset();
        data = std::make_unique<directory>();
        first = std::make_unique<service>(data->path);
        ledger &books = first->books;
        co_await books.load();
        co_await books.open_account("alice");
        co_await books.open_account("bob");
        co_await books.deposit("alice", 100);
        co_await books.transfer("alice", "bob", 30);
        co_await books.history("bob");
        co_await books.snapshot();
        co_await books.checkpoint();
        co_await books.transfer("bob", "alice", 30);
        co_await books.close_account("bob");
        co_await first->close();
      },
      [&](const run_report &report) {
        EXPECT_NE(report.end, run_report::stuck) << report.describe();
        const auto alice = first->in("alice"), bob = first->in("bob");
        const bool bob_is_there = first->books.balance("bob").has_value();
        EXPECT_TRUE(alice + bob == 100 || alice + bob == 0)
            << report.describe() << ": " << alice << " and " << bob;
        first.reset();
        const auto snapshot = data->path / "snapshot.txt";
        if (std::filesystem::exists(snapshot)) {
          std::ifstream in(snapshot);
          const std::string text{std::istreambuf_iterator<char>(in), {}};
          EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 7)
              << report.describe() << ": the snapshot is whole\n"
              << text;
        }
        service second(data->path);
        run([&]() -> asio::awaitable<void> {
          co_await second.books.load();
          co_await second.close();
        });
        EXPECT_TRUE(second.in("alice") + second.in("bob") == 100 ||
                    second.in("alice") + second.in("bob") == 0)
            << report.describe();
        if (report.how == interruption::destroy)
          return;
        EXPECT_EQ(second.in("alice"), alice) << report.describe();
        EXPECT_EQ(second.in("bob"), bob) << report.describe();
        EXPECT_EQ(second.books.balance("bob").has_value(), bob_is_there)
            << report.describe();
      });
  EXPECT_GT(count, 20u);
}

TEST(Ledger, DepositsOfManyAreAllThere) {
  const directory data;
  service s(data.path);
  run([&]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    co_await s.books.load();
    co_await s.books.open_account("common");
    int left = 20;
    for (int i = 0; i < 20; ++i)
      asio::co_spawn(executor, s.books.deposit("common", 1),
                     [&left](const std::exception_ptr &, outcome) { --left; });
    while (left > 0)
      co_await pause(std::chrono::milliseconds(1));
    EXPECT_EQ(s.in("common"), 20);
    co_await s.close();
  });
}

TEST(ConnectionPool, CancelledAnywhereHasAllConnections) {
  std::unique_ptr<directory> data;
  std::unique_ptr<service> s;
  codrop::testing::interrupt_everywhere_in_asio(
      [&]() -> asio::awaitable<void> {
        s.reset();
        data = std::make_unique<directory>();
        s = std::make_unique<service>(data->path);
        auto one = co_await s->connections.borrow();
        auto two = co_await s->connections.borrow();
        co_await one->create_schema();
        co_await two->checkpoint();
      },
      [&](const run_report &report) {
        EXPECT_NE(report.end, run_report::stuck) << report.describe();
        if (report.how == interruption::destroy)
          return;
        run([&]() -> asio::awaitable<void> {
          {
            const auto one = co_await s->connections.borrow();
            const auto two = co_await s->connections.borrow();
          }
          co_await codrop::async_drop(s->connections);
        });
      });
}

/// Answers one client, and notes how it took its leave.
asio::awaitable<void> auditor(asio::ip::tcp::acceptor &acceptor, bool &said_bye,
                              bool &hung_up) {
  auto socket = co_await acceptor.async_accept(asio::use_awaitable);
  std::string inbox;
  for (;;) {
    const auto [error, length] = co_await asio::async_read_until(
        socket, asio::dynamic_buffer(inbox), '\n', as_result);
    if (error) {
      hung_up = true;
      co_return;
    }
    const auto line = inbox.substr(0, length - 1);
    inbox.erase(0, length);
    if (line == "BYE") {
      said_bye = true;
      co_return;
    }
    const std::string answer = line == "PING" ? "PONG\n" : "COUNT 3\n";
    co_await asio::async_write(socket, asio::buffer(answer), as_result);
  }
}

TEST(AuditSink, CancelledAnywhereTakesItsLeave) {
  bool said_bye = false, hung_up = false, connected = false;
  codrop::testing::interrupt_everywhere_in_asio(
      [&]() -> asio::awaitable<void> {
        said_bye = hung_up = connected = false;
        using asio::ip::tcp;
        const auto executor = co_await asio::this_coro::executor;
        const auto acceptor = std::make_shared<tcp::acceptor>(
            executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        asio::co_spawn(
            executor,
            [&, acceptor] { return auditor(*acceptor, said_bye, hung_up); },
            asio::detached);
        audit_sink sink(executor, {acceptor->local_endpoint()});
        bool same = false;
        std::exception_ptr error;
        try {
          same = co_await sink.verify(3);
        } catch (...) {
          error = std::current_exception();
        }
        // Nobody may come any more.
        acceptor->cancel();
        if (error)
          std::rethrow_exception(error);
        EXPECT_TRUE(same);
        connected = true;
      },
      [&](const run_report &report) {
        EXPECT_NE(report.end, run_report::stuck) << report.describe();
        if (report.how == interruption::none) {
          EXPECT_TRUE(said_bye);
        }
        if (connected) {
          EXPECT_TRUE(said_bye || hung_up ||
                      report.how == interruption::destroy)
              << report.describe();
        }
      });
}

} // namespace
} // namespace ledgerd
