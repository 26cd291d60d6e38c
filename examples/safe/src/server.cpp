// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "server.hpp"

#include <codrop/scope.hpp>

#include <asio/detached.hpp>

#include <algorithm>
#include <iostream>

namespace ledgerd {

using asio::ip::tcp;
using namespace std::chrono_literals;

server::server(asio::any_io_executor executor, const options &opts,
               ledger &books, audit_sink &audit)
    : executor_(executor),
      acceptor_(executor,
                tcp::endpoint(asio::ip::address_v4::loopback(), opts.port)),
      books_(books), audit_(audit), idle_(opts.idle), grace_(opts.grace) {}

asio::awaitable<void> server::accept_clients(codrop::cancellation_token token) {
  while (!token.is_requested()) {
    auto [error, socket] = co_await acceptor_.async_accept(as_result);
    if (token.is_requested())
      co_return;
    if (error) {
      std::clog << "accept: " << error.message() << '\n';
      co_await pause(100ms);
      continue;
    }
    // A session belongs to the server, not to the loop that accepts it.
    asio::co_spawn(
        executor_,
        [self = shared_from_this(), socket = std::move(socket)]() mutable {
          return self->serve(std::move(socket));
        },
        asio::detached);
  }
}

asio::awaitable<void> server::serve(tcp::socket socket) {
  const auto client =
      std::make_shared<session>(std::move(socket), books_, audit_, idle_);
  const int id = ++last_id_;
  sessions_.emplace(id, client);
  const codrop::scope_exit leave([this, id] { sessions_.erase(id); });
  try {
    co_await client->run();
  } catch (const std::exception &e) {
    // The client's connection, and nothing else, ends with it.
    std::clog << "session " << id << ": " << e.what() << '\n';
  }
}

asio::awaitable<void> server::broadcast(std::string text) {
  // Sessions come and go while this one waits for a slow client.
  const auto all = sessions_;
  for (const auto &[id, client] : all)
    co_await client->try_send(text);
}

asio::awaitable<void> server::wait_until(std::function<bool()> reached) {
  const auto deadline = asio::steady_timer::clock_type::now() + grace_;
  while (!reached() && asio::steady_timer::clock_type::now() < deadline)
    co_await pause(10ms);
}

asio::awaitable<void> server::run(codrop::cancellation_token token) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await accept_clients(token);
  acceptor_.close();
  co_await broadcast("BYE\n");
  co_await wait_until([this] {
    return std::ranges::none_of(
        sessions_, [](const auto &session) { return session.second->busy(); });
  });
  for (const auto &[id, client] : sessions_)
    client->stop();
  co_await wait_until([this] { return sessions_.empty(); });
}

} // namespace ledgerd
