// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A connection to an auditor, which keeps its own copy of every transfer. The
// protocol: REC <entry> / ACK, PING / PONG, COUNT / COUNT <n>, BYE. An auditor
// that has not been told BYE keeps the session, and its lock, until it times
// out.

#ifndef LEDGERD_AUDIT_CLIENT_HPP
#define LEDGERD_AUDIT_CLIENT_HPP

#include "asio_support.hpp"

#include <asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace ledgerd {

/// A question that does not end with its answer, as it failed, took too long or
/// was cancelled, is the last: the next one would read the answer to it.
class CODROP_MUST_CLOSE audit_client {
public:
  static asio::awaitable<audit_client> connect(asio::ip::tcp::endpoint auditor);

  asio::awaitable<bool> ping();
  asio::awaitable<std::uint64_t> count();
  /// Returns when the auditor has acknowledged the line.
  asio::awaitable<void> send(std::string line);
  /// Says BYE and waits for the auditor to hang up, unless a question is open;
  /// then it hangs up itself.
  asio::awaitable<void> close();

private:
  explicit audit_client(asio::ip::tcp::socket socket)
      : socket_(std::move(socket)) {}
  asio::awaitable<std::string> ask(std::string question);

  asio::ip::tcp::socket socket_;
  std::string inbox_;
  bool asking_ = false;
};

} // namespace ledgerd

#endif
