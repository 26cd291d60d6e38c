// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "session.hpp"

#include <asio/detached.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>

#include <iostream>

namespace ledgerd {

using asio::ip::tcp;

namespace {

std::string reply(outcome result) {
  return result == outcome::done ? protocol::ok()
                                 : protocol::error(describe(result));
}

} // namespace

session::session(tcp::socket socket, ledger &books, audit_sink &audit,
                 std::chrono::milliseconds idle)
    : socket_(std::move(socket)), books_(books), audit_(audit), idle_(idle),
      deadline_(socket_.get_executor()), writing_(socket_.get_executor(), 1) {}

asio::awaitable<void> session::run() {
  last_seen_ = clock::now();
  asio::co_spawn(socket_.get_executor(), watch_idle(), asio::detached);

  co_await send(protocol::ok("ledgerd"));
  for (;;) {
    const auto [error, length] = co_await asio::async_read_until(
        socket_, asio::dynamic_buffer(inbox_, 4096), '\n', as_result);
    if (error)
      break;
    last_seen_ = clock::now();
    const auto request = protocol::parse(inbox_.substr(0, length));
    inbox_.erase(0, length);
    if (!request) {
      co_await send(protocol::error("bad request"));
      continue;
    }
    std::string text;
    try {
      text = co_await answer(*request);
    } catch (const std::exception &e) {
      std::clog << "session: " << e.what() << '\n';
      text = protocol::error("internal error");
    }
    co_await send(std::move(text));
    if (std::holds_alternative<protocol::quit>(*request))
      break;
  }
  stop();
}

asio::awaitable<void> session::watch_idle() {
  while (clock::now() - last_seen_ < idle_) {
    deadline_.expires_at(last_seen_ + idle_);
    const auto [error] = co_await deadline_.async_wait(as_result);
    if (error)
      co_return;
  }
  co_await send(protocol::error("idle"));
  stop();
}

asio::awaitable<void> session::send(std::string text) {
  auto turn = co_await writing_.scoped_acquire();
  co_await asio::async_write(socket_, asio::buffer(text), asio::use_awaitable);
}

void session::stop() {
  std::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  deadline_.cancel();
}

asio::awaitable<std::string> session::answer(protocol::request request) {
  busy_ = true;
  auto text = co_await std::visit(
      [this](auto &wanted) { return handle(std::move(wanted)); }, request);
  busy_ = false;
  co_return text;
}

asio::awaitable<std::string> session::handle(protocol::open_account request) {
  co_return reply(co_await books_.open_account(request.account));
}

asio::awaitable<std::string> session::handle(protocol::close_account request) {
  co_return reply(co_await books_.close_account(request.account));
}

asio::awaitable<std::string> session::handle(protocol::deposit request) {
  co_return reply(co_await books_.deposit(request.account, request.amount));
}

asio::awaitable<std::string> session::handle(protocol::transfer request) {
  if (request.from == request.to)
    co_return protocol::error("same account");
  co_return reply(
      co_await books_.transfer(request.from, request.to, request.amount));
}

asio::awaitable<std::string> session::handle(protocol::balance request) {
  const auto balance = books_.balance(request.account);
  if (!balance)
    co_return reply(outcome::no_such_account);
  co_return protocol::ok(std::to_string(*balance));
}

asio::awaitable<std::string> session::handle(protocol::history request) {
  const auto entries = co_await books_.history(request.account);
  if (entries.empty())
    co_return reply(outcome::no_such_account);
  auto text = protocol::ok(std::to_string(entries.size()));
  for (const auto &e : entries)
    text += to_line(e);
  co_return text;
}

asio::awaitable<std::string> session::handle(protocol::snapshot) {
  const auto path = co_await books_.snapshot();
  co_return protocol::ok(path.string());
}

asio::awaitable<std::string> session::handle(protocol::verify) {
  if (!audit_.enabled())
    co_return protocol::error("no auditor");
  const bool same = co_await audit_.verify(books_.transfers());
  co_return same ? protocol::ok() : protocol::error("the auditor differs");
}

asio::awaitable<std::string> session::handle(protocol::quit) {
  co_return protocol::ok("bye");
}

} // namespace ledgerd
