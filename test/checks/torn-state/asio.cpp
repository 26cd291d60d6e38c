// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: asio
// RUN: %check torn-state %s -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE
#include <asio.hpp>
#include <memory>
#include <string>

namespace net = asio;
using net::ip::tcp;
template <class T = void> using awaitable = net::awaitable<T>;

awaitable<std::unique_ptr<tcp::socket>> connect();

class session : public std::enable_shared_from_this<session> {
public:
  explicit session(tcp::socket socket)
      : socket_(std::move(socket)), timer_(socket_.get_executor()) {}

  void start() {
    net::co_spawn(
        socket_.get_executor(),
        [self = shared_from_this()] { return self->ok_read_loop(); },
        net::detached);
  }
  awaitable<> bad_send(std::string text) {
    auto next = sent_ + text.size(); // expected-note {{read here}}
    co_await net::async_write(socket_, net::buffer(text), net::use_awaitable);
    // expected-note@-1 {{suspends here; another task may change 'sent_'}}
    sent_ = next;
    // expected-warning@-1 {{'sent_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  awaitable<> bad_upstream() {
    if (!upstream_) // expected-note {{checked here}}
      upstream_ = co_await connect();
      // expected-warning@-1 {{'upstream_' was checked before a suspension and is written after it without checking again}}
      // expected-note@-2 {{suspends here; another task may pass the same check}}
      // expected-note@-3 {{written here all the same}}
      // expected-note@-4 {{reserve it before the co_await, check again after it, or hold a codrop::async_mutex throughout}}
  }
  awaitable<> bad_sequence() {
    sequence_ = sequence_ + co_await socket_.async_read_some(
    // expected-warning@-1 {{'sequence_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{read here}}
    // expected-note@-3 {{suspends here; another task may change 'sequence_'}}
    // expected-note@-4 {{written here from the old value}}
    // expected-note@-5 {{await first, into a variable of its own, and then read and write without a suspension between}}
                                net::buffer(data_), net::use_awaitable);
  }
  awaitable<> bad_through_self(std::shared_ptr<session> other) {
    auto next = other->sequence_ + 1; // expected-note {{read here}}
    co_await timer_.async_wait(net::use_awaitable);
    // expected-note@-1 {{suspends here; another task may change 'other->sequence_'}}
    other->sequence_ = next;
    // expected-warning@-1 {{'other->sequence_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }
  void bad_ping() {
    if (!pinging_)
      net::co_spawn(
          socket_.get_executor(),
          [self = shared_from_this()]() -> awaitable<> {
            co_await self->timer_.async_wait(net::use_awaitable);
          },
          net::detached);
    if (!flushing_)
    // expected-warning@-1 {{'flushing_' is checked here but set only inside the task that is spawned}}
    // expected-note@-2 {{checked here}}
      net::co_spawn(socket_.get_executor(), flush(), net::detached);
      // expected-note@-1 {{started here; until the task runs, others pass the same check}}
      // expected-note@-2 {{set it before the task is started}}
  }
  // A strand runs one handler at a time, but not one coroutine.
  awaitable<> bad_on_a_strand() {
    co_await net::dispatch(strand_, net::use_awaitable);
    auto next = sent_ + 1; // expected-note {{read here}}
    co_await timer_.async_wait(net::bind_executor(strand_, net::use_awaitable));
    // expected-note@-1 {{suspends here; another task may change 'sent_'}}
    sent_ = next;
    // expected-warning@-1 {{'sent_' is written from a value that was read before a suspension; changes made meanwhile are lost}}
    // expected-note@-2 {{written here from the old value}}
    // expected-note@-3 {{read it again after the co_await, or hold a codrop::async_mutex throughout}}
  }

  awaitable<> ok_send(std::string text) {
    sent_ += co_await net::async_write(socket_, net::buffer(text),
                                       net::use_awaitable);
  }
  awaitable<> ok_reserved() {
    if (upstream_ || connecting_)
      co_return;
    connecting_ = true;
    upstream_ = co_await connect();
    connecting_ = false;
  }
  awaitable<> ok_checked_again() {
    if (!upstream_) {
      auto fresh = co_await connect();
      if (!upstream_)
        upstream_ = std::move(fresh);
    }
  }
  awaitable<> ok_local_buffer() {
    std::size_t total = 0;
    char data[16];
    for (int i = 0; i < 3; ++i) {
      auto n = co_await socket_.async_read_some(net::buffer(data),
                                                net::use_awaitable);
      total = total + n;
    }
  }

private:
  awaitable<> ok_read_loop() {
    for (;;) {
      auto position = position_;
      auto n = co_await socket_.async_read_some(net::buffer(data_),
                                                net::use_awaitable);
      position_ = position + n;
    }
  }
  awaitable<> flush() {
    flushing_ = true; // expected-note {{set here, when the task runs}}
    co_await timer_.async_wait(net::use_awaitable);
    flushing_ = false;
  }
  tcp::socket socket_;
  net::steady_timer timer_;
  net::strand<net::any_io_executor> strand_{socket_.get_executor()};
  std::unique_ptr<tcp::socket> upstream_;
  char data_[1024];
  std::size_t sent_ = 0, sequence_ = 0, position_ = 0;
  bool connecting_ = false, pinging_ = false, flushing_ = false;
};
