// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "server.hpp"

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
      books_(books), audit_(audit), idle_(opts.idle), grace_(opts.grace),
      checkpoint_every_(opts.checkpoint_every), maintenance_(executor) {}

void server::start() {
  asio::co_spawn(
      executor_, [self = shared_from_this()] { return self->accept_clients(); },
      asio::detached);
  asio::co_spawn(
      executor_, [self = shared_from_this()] { return self->maintain(); },
      asio::detached);
}

std::size_t server::session_count() const {
  std::lock_guard lock(sessions_mutex_);
  return sessions_.size();
}

server::locked_sessions server::sessions() {
  return {std::unique_lock(sessions_mutex_), sessions_};
}

asio::awaitable<void> server::accept_clients() {
  while (!stopping_) {
    auto [error, socket] = co_await acceptor_.async_accept(as_result);
    if (!acceptor_.is_open())
      co_return;
    if (error) {
      std::clog << "accept: " << error.message() << '\n';
      co_await pause(100ms);
      continue;
    }
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
  sessions().by_id.emplace(id, client);
  ++active_;
  co_await client->run();
  --active_;
  sessions().by_id.erase(id);
}

asio::awaitable<void> server::maintain() {
  while (!stopping_) {
    try {
      maintenance_.expires_after(checkpoint_every_);
      co_await maintenance_.async_wait(asio::use_awaitable);
      co_await books_.checkpoint();
      if (audit_.enabled())
        co_await audit_.flush_backlog();
    } catch (const std::exception &e) {
      std::clog << "maintenance: " << e.what() << '\n';
    }
  }
}

asio::awaitable<void> server::broadcast(std::string text) {
  const auto all = sessions();
  for (const auto &[id, client] : all.by_id)
    co_await client->send(text);
}

asio::awaitable<void> server::wait_until(std::function<bool()> reached) {
  const auto deadline = asio::steady_timer::clock_type::now() + grace_;
  while (!reached() && asio::steady_timer::clock_type::now() < deadline)
    co_await pause(10ms);
}

asio::awaitable<void> server::shutdown() {
  stopping_ = true;
  acceptor_.close();
  maintenance_.cancel();
  co_await broadcast("BYE\n");
  co_await wait_until([this] {
    return std::ranges::none_of(sessions().by_id, [](const auto &session) {
      return session.second->busy();
    });
  });
  {
    const auto all = sessions();
    for (const auto &[id, client] : all.by_id)
      client->stop();
  }
  co_await wait_until([this] { return active_ == 0; });
}

} // namespace ledgerd
