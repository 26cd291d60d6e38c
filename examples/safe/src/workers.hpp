// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The regular work beside the server, as workers of the application.

#ifndef LEDGERD_WORKERS_HPP
#define LEDGERD_WORKERS_HPP

#include "server.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace ledgerd {

/// Checkpoints the books at regular times.
asio::awaitable<void> maintain(ledger &books, std::chrono::milliseconds every,
                               codrop::cancellation_token token);

using gauge = std::pair<std::string, std::function<std::size_t()>>;

/// Writes a few figures to a file at regular times.
asio::awaitable<void> report_metrics(asio::any_io_executor workers,
                                     std::filesystem::path file,
                                     std::chrono::milliseconds every,
                                     std::vector<gauge> gauges);

} // namespace ledgerd

#endif
