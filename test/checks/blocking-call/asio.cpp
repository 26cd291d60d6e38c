// RUN: %check blocking-call %s --no-notes -pthread -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE
//
// The same with the real headers of Asio.

#include <asio.hpp>
#include <chrono>
#include <memory>
#include <thread>

namespace {

asio::awaitable<void> work();

asio::awaitable<void> bad_runs_a_loop(asio::io_context &other) {
  other.run(); // expected-warning {{'asio::io_context::run'}}
  co_await work();
}

asio::awaitable<void> bad_waits_for_a_timer() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(1));
  timer.wait(); // expected-warning {{'asio::basic_waitable_timer::wait'}}
}

asio::awaitable<void> ok_awaits_a_timer() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(1));
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> ok_on_the_pool(asio::thread_pool &pool) {
  co_await asio::post(asio::bind_executor(pool, asio::use_awaitable));
  std::this_thread::sleep_for(std::chrono::seconds(1));
}

// The token's executor is the coroutine's own: it only passes by the pool.
asio::awaitable<void> bad_comes_back_from_the_pool(asio::thread_pool &pool) {
  co_await asio::post(pool, asio::use_awaitable);
  std::this_thread::sleep_for(std::chrono::seconds(1)); // expected-warning {{'std::this_thread::sleep_for' sleeps}}
}

asio::awaitable<void> ok_spawned_on_the_pool(asio::thread_pool &pool) {
  co_await asio::co_spawn(
      pool,
      []() -> asio::awaitable<void> {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        co_return;
      },
      asio::use_awaitable);
}

asio::awaitable<void> bad_after_the_pool(asio::thread_pool &pool) {
  co_await asio::co_spawn(pool, work(), asio::use_awaitable);
  std::this_thread::sleep_for(std::chrono::seconds(1)); // expected-warning {{'std::this_thread::sleep_for' sleeps}}
}

asio::awaitable<void> bad_spawned_on_a_context(asio::io_context &context) {
  co_await asio::co_spawn(
      context,
      []() -> asio::awaitable<void> {
        std::this_thread::sleep_for(std::chrono::seconds(1)); // expected-warning {{'std::this_thread::sleep_for' sleeps}}
        co_return;
      },
      asio::use_awaitable);
}

void drive(asio::io_context &other) { other.run(); }
asio::awaitable<void> bad_through_a_call(asio::io_context &other) {
  drive(other); // expected-warning {{'asio::io_context::run'}}
  co_await work();
}

asio::awaitable<void> ok_polls(asio::io_context &other) {
  other.poll();
  co_await work();
}

asio::awaitable<void> bad_last_owner_of_a_pool() {
  auto pool = std::make_shared<asio::thread_pool>(4); // expected-warning {{the destructor of 'asio::thread_pool'}}
  co_await work();
}

asio::awaitable<void> ok_posted(asio::thread_pool &pool) {
  asio::post(pool, [] { std::this_thread::sleep_for(std::chrono::seconds(1)); });
  co_await work();
}

asio::awaitable<void> bad_pool_in_the_frame() {
  asio::thread_pool pool(4); // expected-warning {{the destructor of 'asio::thread_pool'}}
  co_await work();
}

asio::awaitable<void> bad_reads_synchronously(asio::ip::tcp::socket &socket) {
  char buffer[64];
  asio::read(socket, asio::buffer(buffer)); // expected-warning {{'asio::read'}}
  co_await work();
}

} // namespace
