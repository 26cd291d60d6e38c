// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "shutdown.hpp"

#include <asio/signal_set.hpp>

#include <csignal>
#include <iostream>

namespace ledgerd {

void shutdown_hooks::add(std::string name, std::function<void()> hook) {
  hooks_.emplace_back(std::move(name), std::move(hook));
}

void shutdown_hooks::run() {
  while (!hooks_.empty()) {
    const auto [name, hook] = std::move(hooks_.back());
    hooks_.pop_back();
    std::clog << "shutdown: " << name << '\n';
    hook();
  }
}

asio::awaitable<void> termination_signal() {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
  const int number = co_await signals.async_wait(asio::use_awaitable);
  std::clog << "shutdown: signal " << number << '\n';
}

asio::awaitable<void> shut_down(std::shared_ptr<server> front,
                                audit_sink &audit,
                                connection_pool &connections) {
  co_await front->shutdown();
  co_await audit.close();
  co_await connections.close();
}

} // namespace ledgerd
