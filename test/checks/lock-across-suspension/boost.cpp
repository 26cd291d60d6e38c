// REQUIRES: boost
// RUN: %check lock-across-suspension %s --no-notes
//
// Boost.Asio, as it is installed.

#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <map>
#include <mutex>
#include <string>

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using tcp = asio::ip::tcp;

struct Registry {
  std::mutex mutex;
  std::map<std::string, int> names;
  struct Locked {
    std::unique_lock<std::mutex> lock;
    std::map<std::string, int> &names;
  };
  Locked access() { return {std::unique_lock(mutex), names}; }
};

awaitable<void> bad_write(tcp::socket &socket, Registry &registry) {
  std::lock_guard lock(registry.mutex); // expected-warning {{'lock' of type 'std::lock_guard<std::mutex>' still holds}}
  for (auto &[name, id] : registry.names)
    co_await asio::async_write(socket, asio::buffer(name), use_awaitable);
}

awaitable<std::size_t> bad_initializer(tcp::socket &socket, std::mutex &m) {
  std::unique_lock lock(m); // expected-warning {{still holds}}
  char data[128];
  std::size_t n = co_await socket.async_read_some(asio::buffer(data), use_awaitable);
  co_return n;
}

awaitable<void> bad_accessor(tcp::socket &socket, Registry &registry) {
  auto access = registry.access(); // expected-warning {{'std::unique_lock<std::mutex>' inside 'access' still holds}}
  for (auto &[name, id] : access.names)
    co_await asio::async_write(socket, asio::buffer(name), use_awaitable);
}

awaitable<void> bad_timer(std::mutex &m) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  std::scoped_lock lock(m); // expected-warning {{still holds}}
  timer.expires_after(std::chrono::seconds(1));
  auto [error] = co_await timer.async_wait(asio::as_tuple(use_awaitable));
  (void)error;
}

awaitable<void> bad_race(tcp::socket &socket, std::mutex &m) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(socket.get_executor());
  char data[1];
  std::lock_guard lock(m); // expected-warning {{still holds}}
  auto first = co_await (socket.async_read_some(asio::buffer(data), use_awaitable) || timer.async_wait(use_awaitable));
  (void)first;
}

void bad_spawned(asio::io_context &context, std::mutex &m) {
  asio::co_spawn(
      context,
      [&]() -> awaitable<void> {
        std::lock_guard lock(m); // expected-warning {{still holds}}
        co_await asio::post(use_awaitable);
      },
      asio::detached);
}

awaitable<void> bad_inner_coroutine(std::unique_lock<std::mutex> lock) { // expected-warning {{'lock' of type}}
  co_await asio::post(use_awaitable);
}

// The await of the executor is answered without suspending.
awaitable<asio::any_io_executor> ok_executor(std::mutex &m) {
  std::lock_guard lock(m);
  auto executor = co_await asio::this_coro::executor;
  co_return executor;
}

awaitable<void> ok_copied(tcp::socket &socket, Registry &registry) {
  std::map<std::string, int> names;
  {
    std::lock_guard lock(registry.mutex);
    names = registry.names;
  }
  for (auto &[name, id] : names)
    co_await asio::async_write(socket, asio::buffer(name), use_awaitable);
}

awaitable<void> ok_unlocked(tcp::socket &socket, std::mutex &m) {
  std::unique_lock lock(m);
  auto executor = co_await asio::this_coro::executor;
  lock.unlock();
  co_await asio::post(executor, use_awaitable);
}

awaitable<void> ok_work_guard(asio::io_context &context) {
  auto work = asio::make_work_guard(context);
  co_await asio::post(context, use_awaitable);
}
