// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef LEDGERD_OPTIONS_HPP
#define LEDGERD_OPTIONS_HPP

#include "asio_support.hpp"

#include <asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <vector>

namespace ledgerd {

struct options {
  unsigned short port = 7878; ///< 0 takes any free port.
  std::filesystem::path data = "ledger-data";
  std::vector<asio::ip::tcp::endpoint> auditors;
  std::size_t workers = 2;
  std::size_t connections = 3;
  std::chrono::milliseconds checkpoint_every{30000};
  std::chrono::milliseconds idle{300000};
  std::chrono::milliseconds grace{3000};
};

/// Throws std::invalid_argument with a message for the user.
options parse_options(int argc, char **argv);

} // namespace ledgerd

#endif
