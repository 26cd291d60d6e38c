// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accepts clients and keeps the list of their sessions.

#ifndef LEDGERD_SERVER_HPP
#define LEDGERD_SERVER_HPP

#include "options.hpp"
#include "session.hpp"

#include <functional>
#include <map>

namespace ledgerd {

class server : public std::enable_shared_from_this<server> {
public:
  server(asio::any_io_executor executor, const options &opts, ledger &books,
         audit_sink &audit);

  unsigned short port() const { return acceptor_.local_endpoint().port(); }
  std::size_t session_count() const { return sessions_.size(); }
  /// Serves clients until it is to stop. Then tells the clients, lets running
  /// requests finish, and hangs up.
  asio::awaitable<void> run(codrop::cancellation_token token);

private:
  asio::awaitable<void> accept_clients(codrop::cancellation_token token);
  asio::awaitable<void> serve(asio::ip::tcp::socket socket);
  asio::awaitable<void> broadcast(std::string text);
  asio::awaitable<void> wait_until(std::function<bool()> reached);

  asio::any_io_executor executor_;
  asio::ip::tcp::acceptor acceptor_;
  ledger &books_;
  audit_sink &audit_;
  std::chrono::milliseconds idle_;
  std::chrono::milliseconds grace_;
  int last_id_ = 0;
  std::map<int, std::shared_ptr<session>> sessions_;
};

} // namespace ledgerd

#endif
