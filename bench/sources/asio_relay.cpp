// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A small relay on stand-alone Asio: what a parse of the real headers costs.

#include <asio.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

class relay : public std::enable_shared_from_this<relay> {
public:
  explicit relay(tcp::socket in)
      : in_(std::move(in)), out_(in_.get_executor()) {}

  awaitable<void> run(tcp::endpoint to) {
    auto self = shared_from_this();
    co_await out_.async_connect(to, use_awaitable);
    try {
      co_await pump(in_, out_);
    } catch (const std::system_error &e) {
      errors_[e.code().value()] += 1;
    }
    out_.close();
  }

private:
  awaitable<void> pump(tcp::socket &from, tcp::socket &to) {
    std::string data(4096, '\0');
    while (true) {
      std::size_t n =
          co_await from.async_read_some(asio::buffer(data), use_awaitable);
      co_await asio::async_write(to, asio::buffer(data.data(), n),
                                 use_awaitable);
      std::lock_guard<std::mutex> lock(mutex_);
      bytes_ += n;
    }
  }

  tcp::socket in_, out_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::map<int, int> errors_;
};

awaitable<void> accept(tcp::acceptor &acceptor, tcp::endpoint to) {
  asio::steady_timer pause(acceptor.get_executor());
  for (int left = 1000; left > 0; --left) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    co_spawn(acceptor.get_executor(),
             std::make_shared<relay>(std::move(socket))->run(to),
             asio::detached);
    pause.expires_after(std::chrono::milliseconds(1));
    co_await pause.async_wait(use_awaitable);
  }
}

int main() {
  asio::io_context context;
  tcp::acceptor acceptor(context, {tcp::v4(), 0});
  co_spawn(context, accept(acceptor, acceptor.local_endpoint()),
           asio::detached);
  context.run();
}
