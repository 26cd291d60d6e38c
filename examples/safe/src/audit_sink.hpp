// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sends transfers to the first auditor that answers, in order, and keeps what
// could not be sent until one is there again.

#ifndef LEDGERD_AUDIT_SINK_HPP
#define LEDGERD_AUDIT_SINK_HPP

#include "audit_client.hpp"

#include <deque>
#include <memory>
#include <vector>

namespace ledgerd {

/// One coroutine, run(), has the connection; the others give it lines. All of
/// them run on one thread.
class audit_sink {
public:
  audit_sink(asio::any_io_executor executor,
             std::vector<asio::ip::tcp::endpoint> auditors);

  bool enabled() const { return !auditors_.empty(); }
  asio::awaitable<bool> reachable();
  /// The line will be sent, even if this is cancelled. Returns when it has
  /// been, or after a few seconds: a slow auditor must not hold up the client.
  asio::awaitable<void> record(std::string line);
  /// Sends the lines until it is to stop, and then once more what is left.
  asio::awaitable<void> run(codrop::cancellation_token token);
  /// True if the auditor has that many transfers.
  asio::awaitable<bool> verify(std::uint64_t expected);
  std::size_t backlog_size() const { return backlog_.size(); }

private:
  struct item {
    std::string line;
    /// Cancelled when the line has been sent.
    asio::steady_timer sent;
  };

  asio::awaitable<asio::ip::tcp::endpoint> choose();
  asio::awaitable<void> send_all(audit_client &client);
  asio::awaitable<void> try_to_send(codrop::cancellation_token token);
  asio::awaitable<void> wait_for_more(std::chrono::milliseconds at_most);

  asio::any_io_executor executor_;
  const std::vector<asio::ip::tcp::endpoint> auditors_;
  std::deque<std::shared_ptr<item>> backlog_;
  asio::steady_timer more_;
};

} // namespace ledgerd

#endif
