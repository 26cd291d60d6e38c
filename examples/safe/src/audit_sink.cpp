// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "audit_sink.hpp"

#include <codrop/with_resource.hpp>

#include <iostream>

namespace ledgerd {

using asio::ip::tcp;
using namespace std::chrono_literals;

audit_sink::audit_sink(asio::any_io_executor executor,
                       std::vector<tcp::endpoint> auditors)
    : executor_(executor), auditors_(std::move(auditors)), more_(executor) {}

asio::awaitable<bool> audit_sink::reachable() {
  try {
    const auto open = [this] { return audit_client::connect(auditors_[0]); };
    const auto ask = [](audit_client &client) { return client.ping(); };
    co_return co_await codrop::with_resource(open, ask);
  } catch (const std::system_error &e) {
    if (e.code() == asio::error::operation_aborted)
      throw;
    co_return false;
  }
}

asio::awaitable<tcp::endpoint> audit_sink::choose() {
  for (std::size_t i = 0; i + 1 < auditors_.size(); ++i) {
    const auto open = [this, i] { return audit_client::connect(auditors_[i]); };
    const auto ask = [](audit_client &client) { return client.ping(); };
    if (co_await codrop::with_resource(open, ask))
      co_return auditors_[i];
  }
  co_return auditors_.back();
}

asio::awaitable<void> audit_sink::record(std::string line) {
  if (!enabled())
    co_return;
  const auto mine = std::make_shared<item>(
      item{std::move(line), asio::steady_timer(executor_, 5s)});
  backlog_.push_back(mine);
  more_.cancel();
  co_await mine->sent.async_wait(as_result);
}

asio::awaitable<void>
audit_sink::wait_for_more(std::chrono::milliseconds at_most) {
  if (!backlog_.empty())
    co_return;
  more_.expires_after(at_most);
  co_await more_.async_wait(as_result);
}

asio::awaitable<void> audit_sink::send_all(audit_client &client) {
  while (!backlog_.empty()) {
    const std::shared_ptr<item> first = backlog_.front();
    co_await client.send(first->line);
    // Only this coroutine takes lines out: it is still the first.
    backlog_.pop_front();
    first->sent.cancel();
  }
}

asio::awaitable<void>
audit_sink::try_to_send(codrop::cancellation_token token) {
  const auto auditor = co_await choose();
  const auto open = [&auditor] { return audit_client::connect(auditor); };
  const auto use = [this,
                    &token](audit_client &client) -> asio::awaitable<void> {
    co_await send_all(client);
    // The next transfer may be near.
    while (!token.is_requested()) {
      co_await wait_for_more(1s);
      if (backlog_.empty())
        break;
      co_await send_all(client);
    }
  };
  co_await codrop::with_resource(open, use);
}

asio::awaitable<void> audit_sink::run(codrop::cancellation_token token) {
  // A question is not interrupted; each has a deadline of its own.
  co_await asio::this_coro::reset_cancellation_state(
      asio::disable_cancellation());
  const codrop::cancellation_callback wake(token, [this] { more_.cancel(); });
  for (bool last = false; !last;) {
    if (!token.is_requested())
      co_await wait_for_more(1h);
    last = token.is_requested();
    if (backlog_.empty())
      continue;
    bool failed = false;
    try {
      co_await try_to_send(token);
    } catch (const std::exception &e) {
      std::clog << "audit: " << e.what() << '\n';
      failed = true;
    }
    if (failed && !last)
      co_await pause(50ms);
  }
}

asio::awaitable<bool> audit_sink::verify(std::uint64_t expected) {
  const auto open = [this] { return audit_client::connect(auditors_[0]); };
  const auto compare =
      [expected](audit_client &client) -> asio::awaitable<bool> {
    if (!co_await client.ping())
      co_return false;
    co_return co_await client.count() == expected;
  };
  co_return co_await codrop::with_resource(open, compare);
}

} // namespace ledgerd
