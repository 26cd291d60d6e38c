// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: asio
// RUN: %check stale-reference %s -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE --no-notes
#include <asio.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace net = asio;
using net::ip::tcp;
template <class T = void> using awaitable = net::awaitable<T>;

class session;

class server {
public:
  explicit server(net::any_io_executor ex) : timer_(ex), strand_(ex) {}

  awaitable<> bad_broadcast(std::string text) {
    for (auto &[id, socket] : sockets_)
    // expected-warning@-1 {{range-for over 'sockets_' goes on after a suspension, during which it may be changed}}
      co_await net::async_write(socket, net::buffer(text), net::use_awaitable);
  }
  awaitable<> bad_reference(int id) {
    auto &socket = sockets_.at(id);
    co_await socket.async_wait(tcp::socket::wait_read, net::use_awaitable);
    socket.close();
    // expected-warning@-1 {{reference 'socket' to an element of 'sockets_' is used after a suspension, during which it may be gone}}
  }
  awaitable<> bad_iterator(int id) {
    auto it = sockets_.find(id);
    if (it == sockets_.end())
      co_return;
    co_await timer_.async_wait(net::use_awaitable);
    sockets_.erase(it);
    // expected-warning@-1 {{iterator 'it' to an element of 'sockets_' is used after a suspension, during which it may be gone}}
  }
  // The queue may be emptied while the first of it is on its way.
  awaitable<> bad_writer() {
    while (!queue_.empty()) {
      auto &message = queue_.front();
      co_await net::async_write(sockets_.at(1), net::buffer(message),
                                net::use_awaitable);
      sent_ += message.size();
      // expected-warning@-1 {{reference 'message' to an element of 'queue_' is used after a suspension, during which it may be gone}}
    }
  }
  awaitable<> bad_view() {
    std::string_view name = name_;
    co_await timer_.async_wait(net::use_awaitable);
    co_await net::async_write(sockets_.at(1), net::buffer(name),
    // expected-warning@-1 {{view 'name' to the contents of 'name_' is used after a suspension, during which it may be gone}}
                              net::use_awaitable);
  }
  awaitable<> bad_upstream() {
    if (!upstream_)
      co_return;
    co_await timer_.async_wait(net::use_awaitable);
    upstream_->close();
    // expected-warning@-1 {{'upstream_' was found set before a suspension and is gone through after it without another look}}
  }
  awaitable<> bad_upstream_reference() {
    auto &up = *upstream_;
    co_await up.async_wait(tcp::socket::wait_write, net::use_awaitable);
    up.close();
    // expected-warning@-1 {{reference 'up' to what 'upstream_' owns is used after a suspension, during which it may be gone}}
  }

  awaitable<> ok_snapshot(std::string text) {
    std::vector<int> ids;
    for (auto &[id, socket] : sockets_)
      ids.push_back(id);
    for (int id : ids) {
      auto it = sockets_.find(id);
      if (it == sockets_.end())
        continue;
      co_await net::async_write(it->second, net::buffer(text),
                                net::use_awaitable);
    }
  }
  awaitable<> ok_taken() {
    auto queue = std::exchange(queue_, {});
    for (auto &message : queue)
      co_await net::async_write(sockets_.at(1), net::buffer(message),
                                net::use_awaitable);
  }
  awaitable<> ok_moved_out() {
    while (!queue_.empty()) {
      auto message = std::move(queue_.front());
      queue_.pop_front();
      co_await net::async_write(sockets_.at(1), net::buffer(message),
                                net::use_awaitable);
    }
  }
  awaitable<> ok_shared(int id) {
    auto s = sessions_.at(id);
    co_await timer_.async_wait(net::use_awaitable);
    sessions_[id] = s;
  }
  awaitable<> ok_again() {
    co_await timer_.async_wait(net::use_awaitable);
    if (upstream_)
      upstream_->close();
  }
  awaitable<> ok_never_emptied() {
    auto &socket = listeners_.at(1);
    co_await socket.async_wait(tcp::socket::wait_read, net::use_awaitable);
    socket.close();
  }

  void remove(int id) {
    sockets_.erase(id);
    sessions_.erase(id);
  }
  void flush() { queue_.clear(); }
  void rename(std::string to) { name_ = std::move(to); }
  void drop() { upstream_.reset(); }

private:
  std::map<int, tcp::socket> sockets_;
  std::map<int, tcp::socket> listeners_;
  std::map<int, std::shared_ptr<session>> sessions_;
  std::deque<std::string> queue_;
  std::string name_;
  std::unique_ptr<tcp::socket> upstream_;
  net::steady_timer timer_;
  net::strand<net::any_io_executor> strand_;
  std::size_t sent_ = 0;
};

// The session's own state, which its own coroutine alone changes.
class session : public std::enable_shared_from_this<session> {
public:
  explicit session(tcp::socket socket) : socket_(std::move(socket)) {}
  void start() {
    net::co_spawn(
        socket_.get_executor(),
        [self = shared_from_this()] { return self->ok_read_loop(); },
        net::detached);
  }
  awaitable<> bad_write_loop() {
    while (!pending_.empty()) {
      std::string &next = pending_.front();
      co_await net::async_write(socket_, net::buffer(next), net::use_awaitable);
      next.clear();
      // expected-warning@-1 {{reference 'next' to an element of 'pending_' is used after a suspension, during which it may be gone}}
    }
  }
  awaitable<> ok_read_loop() {
    auto &buffer = data_;
    for (;;) {
      auto n = co_await socket_.async_read_some(net::buffer(buffer),
                                                net::use_awaitable);
      buffer[n] = 0;
    }
  }
  void cancel() { pending_.clear(); }

private:
  tcp::socket socket_;
  std::deque<std::string> pending_;
  char data_[1024];
};
