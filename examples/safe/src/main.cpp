// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ledgerd, a small ledger service. See README.md.

#include "workers.hpp"

#include <codrop/application.hpp>
#include <codrop/async_drop.hpp>
#include <codrop/scope.hpp>

#include <asio/thread_pool.hpp>

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>

namespace ledgerd {
namespace {

using namespace std::chrono_literals;
using codrop::cancellation_token;

/// A worker that has only an end: when all that are after it have ended.
template <class T> auto closes(T &what) {
  return [&what](cancellation_token token) -> asio::awaitable<void> {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await stop_requested(token);
    co_await codrop::async_drop(what);
  };
}

int run(const options &opts) {
  codrop::application app({
      .stop_within = opts.grace * 2 + 10s,
      .worker_stop_within = opts.grace * 2 + 5s,
      .tell = [](const std::string &what) { std::clog << what << '\n'; },
  });
  asio::thread_pool workers(opts.workers);
  const asio::any_io_executor blocking = workers.get_executor();

  write_ahead_log log(blocking, opts.data / "log");
  connection_pool connections(blocking, opts.data / "ledger.db",
                              opts.connections);
  audit_sink audit(app.executor(), opts.auditors);
  ledger books(blocking, opts.data, log, connections, audit);
  const auto front =
      std::make_shared<server>(app.executor(), opts, books, audit);

  const auto port_file = opts.data / "port";
  std::ofstream(port_file) << front->port() << '\n';
  const codrop::scope_exit remove([&] { std::filesystem::remove(port_file); });

  app.add("log", closes(log));
  app.add("store", closes(connections), {.after = {"log"}});
  app.add(
      "books",
      [&](cancellation_token token, codrop::application::started_signal started)
          -> asio::awaitable<void> {
        co_await books.load();
        started();
        co_await stop_requested(token);
      },
      {.after = {"store"}});
  app.add("audit", [&](cancellation_token token) -> asio::awaitable<void> {
    if (audit.enabled() && !co_await audit.reachable())
      std::clog << "no auditor at the first address\n";
    co_await audit.run(token);
  });
  app.add("maintenance",
          [&](cancellation_token token) {
            return maintain(books, opts.checkpoint_every, token);
          },
          {.after = {"books"}});
  app.add("metrics", [&](const cancellation_token &) {
    return report_metrics(
        blocking, opts.data / "metrics.txt", 500ms,
        {{"sessions", [front] { return front->session_count(); }},
         {"audit-backlog", [&audit] { return audit.backlog_size(); }}});
  });
  app.add("server",
          [&](cancellation_token token) -> asio::awaitable<void> {
            std::cout << "listening on 127.0.0.1:" << front->port()
                      << std::endl;
            co_await front->run(token);
          },
          {.after = {"books", "audit"}});

  const auto report = app.run();
  std::clog << report.describe();
  for (const auto &worker : report.workers)
    if (worker.end == codrop::worker_report::abandoned)
      // A call of it may still run on the pool and refer to all of this.
      std::_Exit(report.exit_code());
  return report.exit_code();
}

} // namespace
} // namespace ledgerd

int main(int argc, char **argv) try {
  return ledgerd::run(ledgerd::parse_options(argc, argv));
} catch (const std::exception &e) {
  std::cerr << "ledgerd: " << e.what() << '\n';
  return 1;
}
