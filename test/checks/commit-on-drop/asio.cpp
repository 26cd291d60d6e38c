// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: asio
// RUN: %check commit-on-drop %s --no-notes -pthread -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE
//
// Stand-alone Asio, as it is installed: an awaitable is resumed even when it is
// cancelled, an experimental::coro is destroyed where it yields.

#include <asio.hpp>
#include <asio/experimental/coro.hpp>
#include <asio/experimental/use_coro.hpp>
#include <exception>

using asio::awaitable;
using asio::use_awaitable;
using asio::experimental::coro;

struct database {
  void commit();
  void rollback();
};
class transaction {
public:
  explicit transaction(database &db) : db(db) {}
  ~transaction() {
    if (std::uncaught_exceptions() == count)
      db.commit();
    else
      db.rollback();
  }

private:
  database &db;
  int count = std::uncaught_exceptions();
};

awaitable<void> ok_awaitable(asio::steady_timer &timer, database &db) {
  transaction t(db);
  co_await timer.async_wait(use_awaitable);
}

coro<int> bad_coro(asio::io_context &, database &db) {
  transaction t(db); // expected-warning {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
  co_yield 1;
}
coro<int> bad_coro_awaits(asio::io_context &context, database &db) {
  transaction t(db); // expected-warning {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
  co_await asio::post(context, asio::experimental::use_coro);
}
coro<int> ok_coro(asio::io_context &, database &db) {
  {
    transaction t(db);
  }
  co_yield 1;
}
