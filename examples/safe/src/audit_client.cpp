// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "audit_client.hpp"

#include <codrop/timeout.hpp>

#include <asio/read_until.hpp>
#include <asio/write.hpp>

#include <stdexcept>

namespace ledgerd {

using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<audit_client> audit_client::connect(tcp::endpoint auditor) {
  const auto open =
      [&auditor](
          const codrop::cancellation_token &) -> asio::awaitable<tcp::socket> {
    tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect(auditor, asio::use_awaitable);
    co_return socket;
  };
  auto socket = co_await codrop::timeout(2s, open);
  socket.set_option(tcp::no_delay(true));
  co_return audit_client(std::move(socket));
}

asio::awaitable<std::string> audit_client::ask(std::string question) {
  if (std::exchange(asking_, true))
    throw std::logic_error("auditor: the last question was not answered");
  const auto talk =
      [this, &question](
          const codrop::cancellation_token &) -> asio::awaitable<std::string> {
    question += '\n';
    co_await asio::async_write(socket_, asio::buffer(question),
                               asio::use_awaitable);
    const auto length = co_await asio::async_read_until(
        socket_, asio::dynamic_buffer(inbox_, 1024), '\n', asio::use_awaitable);
    std::string answer = inbox_.substr(0, length - 1);
    inbox_.erase(0, length);
    asking_ = false;
    co_return answer;
  };
  co_return co_await codrop::timeout(2s, talk);
}

asio::awaitable<bool> audit_client::ping() {
  co_return co_await ask("PING") == "PONG";
}

asio::awaitable<std::uint64_t> audit_client::count() {
  const auto answer = co_await ask("COUNT");
  if (!answer.starts_with("COUNT "))
    throw std::runtime_error("auditor: unexpected answer: " + answer);
  co_return std::stoull(answer.substr(6));
}

asio::awaitable<void> audit_client::send(std::string line) {
  const auto answer = co_await ask("REC " + line);
  if (answer != "ACK")
    throw std::runtime_error("auditor: refused: " + answer);
}

asio::awaitable<void> audit_client::close() {
  if (!asking_) {
    const auto bye =
        [this](const codrop::cancellation_token &) -> asio::awaitable<void> {
      const std::string text = "BYE\n";
      co_await asio::async_write(socket_, asio::buffer(text), as_result);
      co_await asio::async_read_until(
          socket_, asio::dynamic_buffer(inbox_, 1024), '\n', as_result);
    };
    co_await codrop::timeout(2s, bye);
  }
  std::error_code ignored;
  socket_.close(ignored);
}

} // namespace ledgerd
