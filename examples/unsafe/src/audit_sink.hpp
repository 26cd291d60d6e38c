// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sends transfers to the first auditor that answers, in order, and keeps what
// could not be sent until one is there again.

#ifndef LEDGERD_AUDIT_SINK_HPP
#define LEDGERD_AUDIT_SINK_HPP

#include "audit_client.hpp"
#include "limiter.hpp"

#include <mutex>
#include <vector>

namespace ledgerd {

class audit_sink {
public:
  audit_sink(asio::any_io_executor executor,
             std::vector<asio::ip::tcp::endpoint> auditors);

  bool enabled() const { return !auditors_.empty(); }
  asio::awaitable<bool> reachable();
  asio::awaitable<void> record(std::string line);
  /// Sends what is left over; with nothing left, keeps the connection alive.
  asio::awaitable<void> flush_backlog();
  /// True if the auditor has that many transfers.
  asio::awaitable<bool> verify(std::uint64_t expected);
  /// May be called from any thread.
  std::size_t backlog_size() const;
  asio::awaitable<void> close();

private:
  asio::awaitable<audit_client> connect_any();

  const std::vector<asio::ip::tcp::endpoint> auditors_;
  std::unique_ptr<audit_client> client_;
  limiter order_;
  mutable std::mutex backlog_mutex_;
  std::deque<std::string> backlog_;
};

} // namespace ledgerd

#endif
