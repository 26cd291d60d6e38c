// REQUIRES: boost
// RUN: %check blocking-destructor %s --no-notes -pthread
//
// Boost.Asio, as it is installed.

#include <boost/asio.hpp>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using tcp = asio::ip::tcp;

struct BadRunsContext {
  asio::io_context context;
  ~BadRunsContext() { context.run(); }
  // expected-warning@-1 {{destructor of 'BadRunsContext' blocks the thread: 'boost::asio::io_context::run' runs the event loop until it has no work}}
};

struct BadJoinsPool {
  asio::thread_pool pool{4};
  ~BadJoinsPool() { pool.join(); }
  // expected-warning@-1 {{destructor of 'BadJoinsPool' blocks the thread that runs the coroutine: 'boost::asio::thread_pool::join' waits for the pool's threads}}
};

// Its destructor stops the pool and joins.
struct BadOwnsPool {
// expected-warning@-1 {{destructor of 'BadOwnsPool' blocks the thread: the destructor of 'boost::asio::thread_pool' stops the pool and waits for its threads}}
  asio::thread_pool pool{4};
  ~BadOwnsPool() = default;
};

struct BadWritesSynchronously {
  tcp::socket socket;
  ~BadWritesSynchronously() {
  // expected-warning@-1 {{destructor of 'BadWritesSynchronously' blocks the thread: 'boost::asio::write' writes synchronously}}
    boost::system::error_code ignored;
    asio::write(socket, asio::buffer("bye", 3), ignored);
  }
};

struct BadWaitsForPostedWork {
  asio::thread_pool &pool;
  void flush();
  ~BadWaitsForPostedWork() {
  // expected-warning@-1 {{destructor of 'BadWaitsForPostedWork' blocks the thread: 'std::future::wait' waits for the result}}
    std::promise<void> done;
    asio::post(pool, [&] {
      flush();
      done.set_value();
    });
    done.get_future().wait();
  }
};

struct BadUseFuture {
  asio::io_context &context;
  awaitable<void> close();
  ~BadUseFuture() { asio::co_spawn(context, close(), asio::use_future).get(); }
  // expected-warning@-1 {{destructor of 'BadUseFuture' blocks the thread: 'std::future::get' waits for the result}}
};

struct BadContextThreads {
  asio::io_context context;
  std::vector<std::thread> threads;
  ~BadContextThreads() {
  // expected-warning@-1 {{destructor of 'BadContextThreads' blocks the thread: 'std::thread::join' waits for the thread to end}}
    context.stop();
    for (auto &t : threads)
      t.join();
  }
};

struct BadTimerWait {
  asio::steady_timer timer;
  ~BadTimerWait() { timer.wait(); }
  // expected-warning@-1 {{destructor of 'BadTimerWait' blocks the thread: 'boost::asio::basic_waitable_timer::wait' waits for the timer}}
};

struct OkCancels {
  asio::steady_timer timer;
  tcp::socket socket;
  ~OkCancels() {
    timer.cancel();
    boost::system::error_code ignored;
    socket.shutdown(tcp::socket::shutdown_both, ignored);
    socket.close(ignored);
  }
};

struct OkStops {
  asio::io_context &context;
  ~OkStops() { context.stop(); }
};

struct OkPolls {
  asio::io_context &context;
  ~OkPolls() { context.poll(); }
};

struct OkPosts {
  asio::thread_pool &pool;
  std::shared_ptr<std::thread> thread;
  ~OkPosts() {
    asio::post(pool, [t = thread] { t->join(); });
  }
};

struct OkSpawnsClose {
  asio::io_context &context;
  static awaitable<void> close(tcp::socket);
  tcp::socket socket;
  ~OkSpawnsClose() { asio::co_spawn(context, close(std::move(socket)), asio::detached); }
};

// Runs the context on a thread of its own and lets it go.
struct OkRunsElsewhere {
  std::shared_ptr<asio::io_context> context;
  ~OkRunsElsewhere() {
    std::thread([c = context] { c->run(); }).detach();
  }
};

awaitable<void> session(tcp::socket socket) {
  BadJoinsPool workers;
  co_await asio::async_write(socket, asio::buffer("x", 1), use_awaitable);
}
