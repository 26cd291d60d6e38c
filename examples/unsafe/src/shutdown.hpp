// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What happens at the end, and in which order.

#ifndef LEDGERD_SHUTDOWN_HPP
#define LEDGERD_SHUTDOWN_HPP

#include "server.hpp"

namespace ledgerd {

/// Small things to do once everything has been closed.
class shutdown_hooks {
public:
  void add(std::string name, std::function<void()> hook);
  /// The last one added is the first one called.
  void run();

private:
  std::vector<std::pair<std::string, std::function<void()>>> hooks_;
};

/// Waits for SIGINT or SIGTERM.
asio::awaitable<void> termination_signal();

asio::awaitable<void> shut_down(std::shared_ptr<server> front,
                                audit_sink &audit,
                                connection_pool &connections);

} // namespace ledgerd

#endif
