// REQUIRES: asio
// RUN: %check cancel-unsafe-operation %s --no-notes -pthread -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE

#include <asio.hpp>
#include <asio/experimental/awaitable_operators.hpp>

using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

awaitable<void> pause(asio::steady_timer &timer) {
  timer.expires_after(5s);
  co_await timer.async_wait(use_awaitable);
}

// What has been read of a message is forgotten with every tick.
awaitable<void> bad_read_and_tick(tcp::socket s) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  char message[64];
  for (;;) {
    timer.expires_after(1s);
    co_await (asio::async_read(s, asio::buffer(message), use_awaitable) ||
    // expected-warning@-1 {{'async_read' on 's' is cut short by '||', and 's' is used again after it}}
              timer.async_wait(use_awaitable));
  }
}

awaitable<void> bad_late_answer(tcp::socket &s, asio::steady_timer &timer) {
  char message[64];
  auto done =
      co_await (asio::async_write(s, asio::buffer(message), use_awaitable) ||
      // expected-warning@-1 {{'async_write' on 's' is cut short by '||', and 's' is used again after it}}
                pause(timer));
  if (done.index() == 1)
    co_await asio::async_write(s, asio::buffer("late"), use_awaitable);
}

awaitable<void> send(tcp::socket &s, asio::const_buffer data) {
  co_await asio::async_write(s, data, use_awaitable);
}

awaitable<void> bad_through_a_coroutine(tcp::socket &s,
                                        asio::steady_timer &timer) {
  char message[64];
  co_await (send(s, asio::buffer(message)) || pause(timer));
  // expected-warning@-1 {{'async_write' on 's' is cut short by '||', and 's' is used again after it}}
  co_await s.async_read_some(asio::buffer(message), use_awaitable);
}

// Closed when the timer wins: the way that it is meant to be used.
awaitable<void> ok_close_on_timeout(tcp::socket s) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  char message[64];
  for (;;) {
    timer.expires_after(1s);
    auto done =
        co_await (asio::async_read(s, asio::buffer(message), use_awaitable) ||
                  timer.async_wait(use_awaitable));
    if (done.index() == 1) {
      s.close();
      co_return;
    }
    co_await asio::async_write(s, asio::buffer(message), use_awaitable);
  }
}

awaitable<std::size_t> ok_the_caller_is_told(tcp::socket &s,
                                             asio::steady_timer &timer) {
  char message[64];
  auto done =
      co_await (asio::async_read(s, asio::buffer(message), use_awaitable) ||
                pause(timer));
  if (std::holds_alternative<std::monostate>(done))
    co_return 0;
  co_await asio::async_write(s, asio::buffer(message), use_awaitable);
  co_return std::get<0>(done);
}

// One call of the system does all or nothing.
awaitable<void> ok_some(tcp::socket s) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  char message[64];
  for (;;) {
    timer.expires_after(1s);
    co_await (s.async_read_some(asio::buffer(message), use_awaitable) ||
              timer.async_wait(use_awaitable));
  }
}

// What has been read stays in the buffer.
awaitable<void> ok_read_until(tcp::socket s) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  std::string line;
  for (;;) {
    timer.expires_after(1s);
    co_await (asio::async_read_until(s, asio::dynamic_buffer(line), '\n',
                                     use_awaitable) ||
              timer.async_wait(use_awaitable));
  }
}

// A proxy: both ways and the watchdog end together, and the sockets with them.
awaitable<void> transfer(tcp::socket &from, tcp::socket &to) {
  char data[1024];
  for (;;) {
    auto n = co_await from.async_read_some(asio::buffer(data), use_awaitable);
    co_await asio::async_write(to, asio::buffer(data, n), use_awaitable);
  }
}
awaitable<void> ok_proxy(tcp::socket client, tcp::socket server) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  co_await (transfer(client, server) || transfer(server, client) ||
            pause(timer));
}

awaitable<void> ok_both(tcp::socket &a, tcp::socket &b) {
  char data[64];
  co_await (asio::async_write(a, asio::buffer(data), use_awaitable) &&
            asio::async_write(b, asio::buffer(data), use_awaitable));
  co_await asio::async_read(a, asio::buffer(data), use_awaitable);
}

awaitable<void> shielded(tcp::socket &s) {
  co_await asio::this_coro::reset_cancellation_state(
      asio::disable_cancellation());
  co_await asio::async_write(s, asio::buffer("whole"), use_awaitable);
}
awaitable<void> ok_shielded(tcp::socket &s, asio::steady_timer &timer) {
  char data[64];
  co_await (shielded(s) || pause(timer));
  co_await asio::async_read(s, asio::buffer(data), use_awaitable);
}

class client {
  tcp::socket socket_;
  asio::steady_timer timer_;

  awaitable<void> ask(int question, int &answer) {
    co_await asio::async_write(
        socket_, asio::buffer(&question, sizeof question), use_awaitable);
    co_await asio::async_read(socket_, asio::buffer(&answer, sizeof answer),
                              use_awaitable);
  }

public:
  // The next question gets the answer to this one.
  awaitable<int> bad_question() {
    int answer = 0;
    co_await (ask(1, answer) || pause(timer_));
    // expected-warning@-1 {{'async_write' on 'socket_' is cut short by '||', and 'socket_' is used again after it}}
    co_await ask(2, answer);
    co_return answer;
  }

  awaitable<void> bad_hangs_up_without_a_word() {
    int answer = 0;
    co_await (ask(1, answer) || pause(timer_));
    // expected-warning@-1 {{'async_write' on 'socket_' is cut short by '||', and nobody is told}}
  }

  awaitable<void> ok_question() {
    int answer = 0;
    auto done = co_await (ask(1, answer) || pause(timer_));
    if (done.index() != 0) {
      socket_.cancel();
      co_return;
    }
    co_await ask(2, answer);
  }
};
