// REQUIRES: boost
// RUN: %check cancel-unsafe-operation %s --no-notes -pthread

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

namespace asio = boost::asio;
namespace beast = boost::beast;
using namespace asio::experimental::awaitable_operators;
using asio::awaitable;
using asio::use_awaitable;
using request = beast::http::request<beast::http::string_body>;

// Only closing the stream is sure to succeed after a read that was cancelled.
awaitable<void> bad_next_request(beast::tcp_stream s,
                                 asio::steady_timer &timer) {
  beast::flat_buffer buffer;
  for (;;) {
    request r;
    co_await (beast::http::async_read(s, buffer, r, use_awaitable) ||
    // expected-warning@-1 {{'async_read' on 's' is cut short by '||', and 's' is used again after it}}
              timer.async_wait(use_awaitable));
  }
}

awaitable<void> ok_closed(beast::tcp_stream s, asio::steady_timer &timer) {
  beast::flat_buffer buffer;
  for (;;) {
    request r;
    auto done = co_await (beast::http::async_read(s, buffer, r, use_awaitable) ||
                          timer.async_wait(use_awaitable));
    if (done.index() == 1) {
      s.close();
      co_return;
    }
  }
}

class feed {
  beast::websocket::stream<beast::tcp_stream> socket_;
  asio::steady_timer timer_;

public:
  awaitable<void> bad_sends_the_next_one() {
    for (;;)
      co_await (socket_.async_write(asio::buffer("tick"), use_awaitable) ||
      // expected-warning@-1 {{'async_write' on 'socket_' is cut short by '||', and 'socket_' is used again after it}}
                timer_.async_wait(use_awaitable));
  }

  awaitable<bool> ok_tells() {
    auto done =
        co_await (socket_.async_write(asio::buffer("tick"), use_awaitable) ||
                  timer_.async_wait(use_awaitable));
    co_return done.index() == 0;
  }
};
