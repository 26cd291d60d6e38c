// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Accepts clients, keeps the list of their sessions and the regular work going.

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

  void start();
  unsigned short port() const { return acceptor_.local_endpoint().port(); }
  /// May be called from any thread.
  std::size_t session_count() const;
  /// Tells the clients, lets running requests finish, hangs up.
  asio::awaitable<void> shutdown();

private:
  struct locked_sessions {
    std::unique_lock<std::mutex> lock;
    std::map<int, std::shared_ptr<session>> &by_id;
  };

  locked_sessions sessions();
  asio::awaitable<void> accept_clients();
  asio::awaitable<void> serve(asio::ip::tcp::socket socket);
  asio::awaitable<void> maintain();
  asio::awaitable<void> broadcast(std::string text);
  asio::awaitable<void> wait_until(std::function<bool()> reached);

  asio::any_io_executor executor_;
  asio::ip::tcp::acceptor acceptor_;
  ledger &books_;
  audit_sink &audit_;
  std::chrono::milliseconds idle_;
  std::chrono::milliseconds grace_;
  std::chrono::milliseconds checkpoint_every_;
  asio::steady_timer maintenance_;
  bool stopping_ = false;
  int active_ = 0;
  int last_id_ = 0;
  mutable std::mutex sessions_mutex_;
  std::map<int, std::shared_ptr<session>> sessions_;
};

} // namespace ledgerd

#endif
