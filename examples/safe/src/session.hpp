// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One client. Requests of a session are answered one after the other.

#ifndef LEDGERD_SESSION_HPP
#define LEDGERD_SESSION_HPP

#include "ledger.hpp"
#include "protocol.hpp"

namespace ledgerd {

class session {
public:
  session(asio::ip::tcp::socket socket, ledger &books, audit_sink &audit,
          std::chrono::milliseconds idle);

  /// Talks to the client until one of the two hangs up.
  asio::awaitable<void> run();
  asio::awaitable<void> send(std::string text);
  /// The same, where it does not matter whether the client is still there.
  asio::awaitable<void> try_send(std::string text);
  /// A request is being worked on.
  bool busy() const { return busy_; }
  void stop();

private:
  asio::awaitable<std::string> read_line();
  asio::awaitable<std::string> answer(protocol::request request);
  asio::awaitable<std::string> handle(protocol::open_account request);
  asio::awaitable<std::string> handle(protocol::close_account request);
  asio::awaitable<std::string> handle(protocol::deposit request);
  asio::awaitable<std::string> handle(protocol::transfer request);
  asio::awaitable<std::string> handle(protocol::balance request);
  asio::awaitable<std::string> handle(protocol::history request);
  asio::awaitable<std::string> handle(protocol::snapshot request);
  asio::awaitable<std::string> handle(protocol::verify request);
  asio::awaitable<std::string> handle(protocol::quit request);

  asio::ip::tcp::socket socket_;
  ledger &books_;
  audit_sink &audit_;
  std::chrono::milliseconds idle_;
  codrop::async_mutex writing_;
  std::string inbox_;
  bool busy_ = false;
};

} // namespace ledgerd

#endif
