// REQUIRES: boost
// RUN: %check unawaited-close,lock-across-suspension,blocking-destructor,blocking-call %s --no-notes -DBOOST_ASIO_HAS_CO_AWAIT -pthread
//
// Boost.Beast's own headers.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <mutex>

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::awaitable;
using asio::use_awaitable;
using beast::tcp_stream;
using secure = beast::ssl_stream<tcp_stream>;
using websocket = beast::websocket::stream<tcp_stream>;

std::mutex threads;

awaitable<void> bad_tls_without_shutdown(tcp_stream s, asio::ssl::context &c) {
  secure stream(std::move(s), c);
  // expected-warning@-1 {{'stream' of type 'boost::beast::ssl_stream<boost::beast::basic_stream<boost::asio::ip::tcp>>' is destroyed without an awaited 'async_shutdown()'}}
  co_await stream.async_handshake(secure::client, use_awaitable);
  char buffer[100];
  co_await stream.async_read_some(asio::buffer(buffer), use_awaitable);
}

awaitable<void> ok_tls(tcp_stream s, asio::ssl::context &c) {
  secure stream(std::move(s), c);
  co_await stream.async_handshake(secure::client, use_awaitable);
  char buffer[100];
  co_await stream.async_read_some(asio::buffer(buffer), use_awaitable);
  co_await stream.async_shutdown(use_awaitable);
}

// A function of the library only uses it.
awaitable<void> bad_tls_read_by_a_function(tcp_stream s,
                                           asio::ssl::context &c) {
  secure stream(std::move(s), c);
  // expected-warning@-1 {{'stream' of type 'boost::beast::ssl_stream<boost::beast::basic_stream<boost::asio::ip::tcp>>' is destroyed without an awaited 'async_shutdown()'}}
  co_await stream.async_handshake(secure::client, use_awaitable);
  beast::flat_buffer buffer;
  beast::http::response<beast::http::string_body> response;
  co_await beast::http::async_read(stream, buffer, response, use_awaitable);
}

// The peer has closed it.
awaitable<void> ok_closed_by_the_peer(tcp_stream s) {
  websocket ws(std::move(s));
  co_await ws.async_accept(use_awaitable);
  beast::flat_buffer buffer;
  while (true) {
    auto [error, n] =
        co_await ws.async_read(buffer, asio::as_tuple(use_awaitable));
    if (error == beast::websocket::error::closed)
      co_return;
    co_await ws.async_write(buffer.data(), use_awaitable);
  }
}

awaitable<void> ok_plain_stream(tcp_stream stream, asio::ip::tcp::endpoint e) {
  co_await stream.async_connect(e, use_awaitable);
}

awaitable<void> bad_lock(tcp_stream &stream, asio::ip::tcp::endpoint e) {
  std::lock_guard lock(threads);
  // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await stream.async_connect(e, use_awaitable);
}

struct BadCloses {
  websocket ws;
  ~BadCloses() { ws.close(beast::websocket::close_code::normal); }
  // expected-warning@-1 {{destructor of 'BadCloses' blocks the thread: 'boost::beast::websocket::stream::close' talks to the peer synchronously}}
};

struct BadWrites {
  tcp_stream stream;
  beast::http::request<beast::http::empty_body> request;
  ~BadWrites() { beast::http::write(stream, request); }
  // expected-warning@-1 {{destructor of 'BadWrites' blocks the thread: 'boost::beast::http::write' writes synchronously}}
};

struct BadShutsDown {
  secure stream;
  ~BadShutsDown() { stream.shutdown(); }
  // expected-warning@-1 {{destructor of 'BadShutsDown' blocks the thread: 'boost::beast::ssl_stream::shutdown' does TLS input and output synchronously}}
};

struct OkCloses {
  tcp_stream stream;
  ~OkCloses() { stream.close(); }
};

awaitable<void> bad_reads_synchronously(tcp_stream &stream) {
  beast::flat_buffer buffer;
  beast::http::request<beast::http::empty_body> request;
  beast::http::read(stream, buffer, request);
  // expected-warning@-1 {{coroutine 'bad_reads_synchronously' blocks the thread that runs it: 'boost::beast::http::read' reads synchronously}}
  co_return;
}
