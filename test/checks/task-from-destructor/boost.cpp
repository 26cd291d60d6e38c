// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: boost
// RUN: %check task-from-destructor %s --no-notes -pthread
//
// Boost.Asio, as it is installed.

#include <boost/asio.hpp>
#include <memory>
#include <thread>

namespace asio = boost::asio;
using asio::awaitable;
using asio::co_spawn;
using asio::detached;
using asio::use_awaitable;
using tcp = asio::ip::tcp;

awaitable<void> linger(const asio::any_io_executor &executor);
awaitable<void> linger_by_value(asio::any_io_executor executor);
awaitable<void> say_bye(tcp::socket &socket);
awaitable<void> close_later(tcp::socket socket);

struct BadMemberCoroutine {
  asio::any_io_executor executor;
  awaitable<void> bye();
  ~BadMemberCoroutine() { co_spawn(executor, bye(), detached); }
  // expected-warning@-1 {{destructor of 'BadMemberCoroutine' starts a coroutine that uses the object after it is destroyed}}
};

struct BadVisible {
  tcp::socket socket;
  awaitable<void> bye() {
    co_await asio::async_write(socket, asio::buffer("bye", 3), use_awaitable);
  }
  ~BadVisible() { co_spawn(socket.get_executor(), bye(), detached); }
  // expected-warning@-1 {{destructor of 'BadVisible' starts a coroutine that uses member 'socket' after it is destroyed}}
};

// Asio starts the task on its executor, so that even what stands before the
// first suspension comes too late.
struct BadBeforeSuspension {
  asio::io_context &context;
  int count = 0;
  awaitable<void> bye() {
    ++count;
    co_return;
  }
  ~BadBeforeSuspension() { co_spawn(context, bye(), detached); }
  // expected-warning@-1 {{destructor of 'BadBeforeSuspension' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadLambda {
  tcp::socket socket;
  asio::strand<asio::any_io_executor> strand;
  ~BadLambda() {
    co_spawn(strand, [this]() -> awaitable<void> { co_await say_bye(socket); }, detached);
    // expected-warning@-1 {{destructor of 'BadLambda' starts a coroutine that uses member 'socket' after it is destroyed}}
  }
};

struct BadCalledLambda {
  tcp::socket socket;
  ~BadCalledLambda() {
    co_spawn(
    // expected-warning@-1 {{destructor of 'BadCalledLambda' starts a coroutine that uses the object after it is destroyed}}
        socket.get_executor(),
        [](BadCalledLambda *self) -> awaitable<void> { co_await say_bye(self->socket); }(this), detached);
  }
};

struct BadHandler {
  asio::io_context &context;
  awaitable<void> bye();
  ~BadHandler() {
    co_spawn(context, bye(), [](std::exception_ptr) {});
    // expected-warning@-1 {{destructor of 'BadHandler' starts a coroutine that uses the object after it is destroyed}}
  }
};

struct BadFutureDropped {
  asio::io_context &context;
  awaitable<void> bye();
  ~BadFutureDropped() { co_spawn(context, bye(), asio::use_future); }
  // expected-warning@-1 {{destructor of 'BadFutureDropped' starts a coroutine that uses the object after it is destroyed}}
};

struct BadReference {
  asio::any_io_executor executor;
  ~BadReference() { co_spawn(executor, linger(executor), detached); }
  // expected-warning@-1 {{destructor of 'BadReference' starts a coroutine that uses member 'executor' after it is destroyed}}
};

struct BadThroughStop {
  asio::io_context &context;
  awaitable<void> bye();
  void stop() { co_spawn(context, bye(), detached); }
  ~BadThroughStop() { stop(); }
  // expected-warning@-1 {{destructor of 'BadThroughStop' starts a coroutine that uses the object after it is destroyed}}
};

struct OkExecutorByValue {
  asio::any_io_executor executor;
  ~OkExecutorByValue() { co_spawn(executor, linger_by_value(executor), detached); }
};

struct OkExecutorIsReference {
  const asio::any_io_executor &executor;
  asio::io_context &context;
  ~OkExecutorIsReference() {
    co_spawn(executor, linger(executor), detached);
    co_spawn(
        context, [&context = context]() -> awaitable<void> { co_await asio::post(context, use_awaitable); },
        detached);
  }
};

struct OkMoved {
  tcp::socket socket;
  ~OkMoved() {
    auto executor = socket.get_executor();
    co_spawn(executor, close_later(std::move(socket)), detached);
  }
};

struct OkShared {
  std::shared_ptr<tcp::socket> socket;
  ~OkShared() {
    co_spawn(
        socket->get_executor(), [socket = socket]() -> awaitable<void> { co_await say_bye(*socket); }, detached);
  }
};

struct OkRunsContext {
  asio::io_context &context;
  awaitable<void> bye();
  ~OkRunsContext() {
    co_spawn(context, bye(), detached);
    context.run();
  }
};

struct OkWaitsForFuture {
  asio::io_context &context;
  awaitable<void> bye();
  ~OkWaitsForFuture() {
    co_spawn(context, bye(), asio::use_future).get();
    auto done = co_spawn(context, bye(), asio::use_future);
    done.wait();
  }
};

struct OkJoinsPool {
  asio::thread_pool &pool;
  awaitable<void> bye();
  ~OkJoinsPool() {
    co_spawn(pool, bye(), detached);
    pool.join();
  }
};

// What runs on it ends with it, and it ends with the object.
struct OkOwnPool {
  awaitable<void> bye();
  asio::thread_pool pool{1};
  ~OkOwnPool() { co_spawn(pool, bye(), detached); }
};
struct OkOwnContext {
  awaitable<void> bye();
  asio::io_context context;
  ~OkOwnContext() {
    co_spawn(context, bye(), detached);
    co_spawn(context.get_executor(), bye(), detached);
  }
};

struct OkOperationOfMember {
  asio::steady_timer timer;
  ~OkOperationOfMember() { timer.async_wait([](boost::system::error_code) {}); }
};
