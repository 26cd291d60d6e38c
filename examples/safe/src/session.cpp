// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "session.hpp"

#include <codrop/scope.hpp>
#include <codrop/timeout.hpp>

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
    : socket_(std::move(socket)), books_(books), audit_(audit), idle_(idle) {}

asio::awaitable<void> session::run() {
  using environment = codrop::environment<asio::awaitable<void>>;
  co_await send(protocol::ok("ledgerd"));
  for (;;) {
    const auto line = co_await read_line();
    if (line.empty())
      break;
    const auto request = protocol::parse(line);
    if (!request) {
      co_await send(protocol::error("bad request"));
      continue;
    }
    std::string text;
    try {
      text = co_await answer(*request);
    } catch (const std::exception &e) {
      if (environment::is_cancellation(std::current_exception()))
        throw;
      std::clog << "session: " << e.what() << '\n';
      text = protocol::error("internal error");
    }
    co_await send(std::move(text));
    if (std::holds_alternative<protocol::quit>(*request))
      break;
  }
  stop();
}

/// Empty when the client has hung up, or was told that it is idle.
asio::awaitable<std::string> session::read_line() {
  const auto read = [this](const codrop::cancellation_token &) {
    return asio::async_read_until(socket_, asio::dynamic_buffer(inbox_, 4096),
                                  '\n', asio::use_awaitable);
  };
  bool idle = false;
  try {
    const auto length = co_await codrop::timeout(idle_, read);
    std::string line = inbox_.substr(0, length);
    inbox_.erase(0, length);
    co_return line;
  } catch (const codrop::timed_out &) {
    idle = true;
  } catch (const std::system_error &e) {
    if (e.code() == asio::error::operation_aborted && socket_.is_open())
      throw;
  }
  if (idle)
    co_await send(protocol::error("idle"));
  co_return std::string();
}

asio::awaitable<void> session::send(std::string text) {
  const auto turn = co_await lock(writing_);
  co_await asio::async_write(socket_, asio::buffer(text), asio::use_awaitable);
}

asio::awaitable<void> session::try_send(std::string text) {
  const auto turn = co_await lock(writing_);
  co_await asio::async_write(socket_, asio::buffer(text), as_result);
}

void session::stop() {
  std::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

asio::awaitable<std::string> session::answer(protocol::request request) {
  busy_ = true;
  const codrop::scope_exit idle_again([this] { busy_ = false; });
  co_return co_await std::visit(
      [this](auto &wanted) { return handle(std::move(wanted)); }, request);
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
