// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "workers.hpp"

#include <codrop/atomic_file.hpp>

#include <iostream>

namespace ledgerd {

asio::awaitable<void> maintain(ledger &books, std::chrono::milliseconds every,
                               codrop::cancellation_token token) {
  using environment = codrop::environment<asio::awaitable<void>>;
  while (!token.is_requested()) {
    try {
      co_await pause(every);
      co_await books.checkpoint();
    } catch (const std::exception &e) {
      if (environment::is_cancellation(std::current_exception()))
        throw;
      std::clog << "maintenance: " << e.what() << '\n';
    }
  }
}

asio::awaitable<void> report_metrics(asio::any_io_executor workers,
                                     std::filesystem::path file,
                                     std::chrono::milliseconds every,
                                     std::vector<gauge> gauges) {
  const blocking_executor blocking(workers);
  for (;;) {
    std::string text;
    for (const auto &[name, read] : gauges)
      text += name + ' ' + std::to_string(read()) + '\n';
    auto write = [file, text = std::move(text)] {
      codrop::atomic_file_writer out(file);
      out.write(text);
      out.commit();
    };
    co_await blocking(std::move(write));
    co_await pause(every);
  }
}

} // namespace ledgerd
