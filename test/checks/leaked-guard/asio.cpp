// REQUIRES: asio
// RUN: %check leaked-guard %s -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE
//
// The real headers: an error or a cancellation arrives as an exception.

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <string>
#include <utility>

using asio::awaitable;
using asio::use_awaitable;
using asio::experimental::as_tuple;
using asio::ip::tcp;
using namespace std::chrono_literals;

class limiter {
public:
  class permit {
  public:
    explicit permit(limiter &l) : owner(&l) {}
    permit(permit &&o) noexcept : owner(std::exchange(o.owner, nullptr)) {}
    ~permit() {
      if (owner)
        owner->release();
    }

  private:
    limiter *owner;
  };
  awaitable<void> acquire();
  void release();
  awaitable<permit> scoped_acquire();
};

struct connection {
  awaitable<std::string> query(std::string);
};
class connection_pool {
public:
  awaitable<connection *> acquire();
  void release(connection *);
};

class session : public std::enable_shared_from_this<session> {
  tcp::socket socket_;
  asio::steady_timer timer_;
  limiter limiter_;
  connection_pool pool_;
  asio::io_context &context_;
  int active_ = 0;
  bool busy_ = false;

  awaitable<void> bad_counter(std::string text) {
    ++active_;
    // expected-warning@-1 {{counter 'active_' is incremented and decremented by hand around a suspension and stays changed when a co_await throws}}
    // expected-note@-2 {{incremented here}}
    // expected-note@-3 {{restore it in a guard such as codrop::scope_exit, which runs on every way out}}
    co_await asio::async_write(socket_, asio::buffer(text), use_awaitable);
    // expected-note@-1 {{if this co_await throws, the decrement is skipped}}
    --active_; // expected-note {{decremented here}}
  }

  awaitable<void> bad_flag() {
    busy_ = true;
    // expected-warning@-1 {{flag 'busy_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
    // expected-note@-2 {{set here}}
    // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
    timer_.expires_after(1s);
    co_await timer_.async_wait(use_awaitable); // expected-note {{if this co_await throws, clearing it is skipped}}
    busy_ = false; // expected-note {{cleared here}}
  }

  awaitable<std::string> bad_permit_by_hand() {
    co_await limiter_.acquire();
    // expected-warning@-1 {{'limiter_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    auto *c = co_await pool_.acquire();
    // expected-note@-1 {{if this co_await throws, the give-back is skipped}}
    // expected-warning@-2 {{'pool_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-3 {{acquired here}}
    // expected-note@-4 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    auto text = co_await c->query("select 1"); // expected-note {{if this co_await throws, the give-back is skipped}}
    pool_.release(c); // expected-note {{given back here}}
    limiter_.release(); // expected-note {{given back here}}
    co_return text;
  }

  awaitable<void> bad_permit_dropped() {
    co_await limiter_.scoped_acquire();
    // expected-warning@-1 {{guard 'limiter::permit' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    co_await timer_.async_wait(use_awaitable);
  }

  awaitable<void> bad_permit_never_awaited() {
    auto permit = limiter_.scoped_acquire();
    // expected-warning@-1 {{'permit' is a task that gives the guard 'limiter::permit' and is never awaited: nothing is protected}}
    // expected-note@-2 {{the task is made here}}
    // expected-note@-3 {{co_await it to hold the guard}}
    co_await timer_.async_wait(use_awaitable);
  }

  awaitable<void> bad_permit_lost_to_a_race() {
    using namespace asio::experimental::awaitable_operators;
    co_await limiter_.acquire();
    // expected-warning@-1 {{'limiter_' is acquired and given back by hand and stays acquired when a co_await throws}}
    // expected-note@-2 {{acquired here}}
    // expected-note@-3 {{hold it with a guard such as codrop::scope_exit, which runs on every way out}}
    co_await (timer_.async_wait(use_awaitable) || pause());
    // expected-note@-1 {{if this co_await throws, the give-back is skipped}}
    limiter_.release(); // expected-note {{given back here}}
  }
  awaitable<void> pause();

  awaitable<void> bad_spawned() {
    asio::co_spawn(
        socket_.get_executor(),
        [self = shared_from_this()]() -> awaitable<void> {
          self->busy_ = true;
          // expected-warning@-1 {{flag 'self->busy_' is set and cleared by hand around a suspension and stays set when a co_await throws}}
          // expected-note@-2 {{set here}}
          // expected-note@-3 {{clear it in a guard such as codrop::scope_exit, which runs on every way out}}
          co_await self->timer_.async_wait(use_awaitable); // expected-note {{if this co_await throws, clearing it is skipped}}
          self->busy_ = false; // expected-note {{cleared here}}
        },
        asio::detached);
    co_return;
  }

  awaitable<void> bad_work_guard() {
    asio::make_work_guard(context_);
    // expected-warning@-1 {{guard 'asio::executor_work_guard<asio::io_context::basic_executor_type<std::allocator<void>, 0>>' is dropped at the end of this statement and protects nothing}}
    // expected-note@-2 {{acquired here and given back at the semicolon}}
    // expected-note@-3 {{give the guard a name that lives as long as what it protects}}
    co_await timer_.async_wait(use_awaitable);
  }

  awaitable<void> ok_executor_does_not_suspend() {
    busy_ = true;
    auto executor = co_await asio::this_coro::executor;
    busy_ = false;
    (void)executor;
  }

  awaitable<void> ok_handler() {
    busy_ = true;
    try {
      co_await timer_.async_wait(use_awaitable);
    } catch (const std::exception &) {
      busy_ = false;
      throw;
    }
    busy_ = false;
  }

  awaitable<void> ok_permit() {
    auto permit = co_await limiter_.scoped_acquire();
    co_await timer_.async_wait(use_awaitable);
  }

  awaitable<connection *> ok_connection_returned() {
    co_return co_await pool_.acquire();
  }

  awaitable<void> ok_closed_flag() {
    while (!busy_) {
      auto [error, n] = co_await asio::async_read(
          socket_, asio::mutable_buffer(), as_tuple(use_awaitable));
      if (error)
        break;
    }
    busy_ = true;
  }
};
