// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ledgerd, a small ledger service. See README.md.

#include "metrics_reporter.hpp"
#include "shutdown.hpp"

#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include <exception>
#include <fstream>
#include <iostream>

namespace ledgerd {
namespace {

asio::awaitable<void> run(options opts, std::shared_ptr<server> front,
                          ledger &books, audit_sink &audit,
                          connection_pool &connections, write_ahead_log &log) {
  using namespace std::chrono_literals;

  co_await books.load();
  if (audit.enabled() && !co_await audit.reachable())
    std::clog << "no auditor at the first address\n";

  shutdown_hooks hooks;
  hooks.add("port file",
            [file = opts.data / "port"] { std::filesystem::remove(file); });
  hooks.add("write-ahead log",
            [&log]() -> asio::awaitable<void> { co_await log.close(); });

  const metrics_reporter metrics(
      opts.data / "metrics.txt", 500ms,
      {{"sessions", [front] { return front->session_count(); }},
       {"audit-backlog", [&audit] { return audit.backlog_size(); }}});

  front->start();
  std::cout << "listening on 127.0.0.1:" << front->port() << std::endl;
  co_await termination_signal();
  co_await shut_down(front, audit, connections);
  hooks.run();
}

} // namespace
} // namespace ledgerd

int main(int argc, char **argv) try {
  using namespace ledgerd;
  const auto opts = parse_options(argc, argv);

  asio::io_context io(1);
  asio::thread_pool workers(opts.workers);
  const auto executor = io.get_executor();

  write_ahead_log log(executor, workers, opts.data / "log");
  connection_pool connections(executor, workers, opts.data / "ledger.db",
                              opts.connections);
  audit_sink audit(executor, opts.auditors);
  ledger books(executor, workers, opts.data, log, connections, audit);
  const auto front = std::make_shared<server>(executor, opts, books, audit);

  std::ofstream(opts.data / "port") << front->port() << '\n';

  auto finished = asio::co_spawn(
      io, run(opts, front, books, audit, connections, log), asio::use_future);
  io.run();
  finished.get();
} catch (const std::exception &e) {
  std::cerr << "ledgerd: " << e.what() << '\n';
  return 1;
}
