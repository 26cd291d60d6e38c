// RUN: %check unawaited-close %s -Werror=return-type --no-notes
//
// What is a resource by its shape, and when it is open.

#include "own/connection.h"
#include <memory>
#include <optional>

using own::future;
using own::task;

namespace {

bool lucky();

// --- Not resources -----------------------------------------------------------

task<> ok_synchronous_close() {
  own::file_descriptor f("name");
  co_await f.read();
}

class joinable_task {
public:
  struct promise_type {
    joinable_task get_return_object();
    std::suspend_never initial_suspend() noexcept;
    std::suspend_never final_suspend() noexcept;
    void return_void();
    void unhandled_exception();
  };
  ~joinable_task();
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  void await_resume();
  task<> join();
};
joinable_task work();
task<> ok_a_task_is_no_resource() {
  auto t = work();
  co_await t;
  joinable_task u = work();
  co_await u.join();
}

class hidden_close {
public:
  explicit hidden_close(int);
  ~hidden_close();

private:
  task<> close();
};
task<> ok_close_is_private() {
  hidden_close h(1);
  co_return;
}

struct factory {
  explicit factory(int);
  ~factory();
  static task<> close();
};
task<> ok_close_is_static() {
  factory f(1);
  co_return;
}

class registry {
public:
  explicit registry(int);
  ~registry();
  task<> close(int id);
};
task<> ok_close_of_something_else() {
  registry r(1);
  co_await r.close(1);
  co_await own::yield();
}

class view {
public:
  explicit view(int);
  ~view();
  task<> stop() const;
};
task<> ok_close_changes_nothing() {
  view v(1);
  co_return;
}

class self_closing {
public:
  explicit self_closing(int);
  ~self_closing() {
    if (open)
      own::spawn(close());
  }
  task<> close();
  bool open = true;
};
task<> ok_destructor_closes() {
  self_closing c(1);
  co_await own::yield();
}

// --- The closing call has many names -----------------------------------------

template <int> struct base {
  explicit base(int);
  base(base &&);
  ~base();
  task<> use();
};
struct with_shutdown : base<0> {
  using base::base;
  task<> shutdown();
};
struct with_async_close : base<1> {
  using base::base;
  task<> async_close();
};
struct with_aclose : base<2> {
  using base::base;
  future<> aclose();
};
struct with_disconnect : base<3> {
  using base::base;
  task<> disconnect();
};
struct with_stop : base<4> {
  using base::base;
  task<> stop();
};
struct with_close_code : base<5> {
  using base::base;
  task<> close(int code = 0);
};
struct awaitable_result {
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  void await_resume();
};
struct with_awaiter : base<6> {
  using base::base;
  awaitable_result close();
};
struct derived_resource : with_shutdown {
  using with_shutdown::with_shutdown;
};

task<> bad_shutdown() { with_shutdown r(1); co_await r.use(); } // expected-warning {{'shutdown()'}}
task<> bad_async_close() { with_async_close r(1); co_await r.use(); } // expected-warning {{'async_close()'}}
task<> bad_aclose() { with_aclose r(1); co_await r.use(); } // expected-warning {{'aclose()'}}
task<> bad_disconnect() { with_disconnect r(1); co_await r.use(); } // expected-warning {{'disconnect()'}}
task<> bad_stop() { with_stop r(1); co_await r.use(); } // expected-warning {{'stop()'}}
task<> bad_close_code() { with_close_code r(1); co_await r.use(); } // expected-warning {{'close()'}}
task<> bad_awaiter() { with_awaiter r(1); co_await r.use(); } // expected-warning {{'close()'}}
task<> bad_derived() { derived_resource r(1); co_await r.use(); } // expected-warning {{'shutdown()'}}

task<> ok_all_closed() {
  with_close_code a(1);
  co_await a.close(1000);
}
task<> ok_aclose_awaited() {
  with_aclose r(1);
  co_await r.aclose();
}

// An eager close that nobody waits for still runs when the object is gone.
task<> bad_eager_close_dropped() {
  with_aclose r(1); // expected-warning {{is destroyed without an awaited 'aclose()'}}
  r.aclose();
  co_return;
}

// --- Trivial classes ---------------------------------------------------------

struct plain {
  int fd;
  task<> use();
  task<> close();
};
task<plain> open_plain();
task<plain> current_plain();

task<> bad_plain_struct() {
  plain p = co_await open_plain(); // expected-warning {{'p' of type 'plain'}}
  co_await p.use();
}

task<> bad_plain_aggregate() {
  plain p{1}; // expected-warning {{'p' of type 'plain'}}
  co_await p.use();
}

// --- Copyable handles --------------------------------------------------------

class handle {
public:
  handle(const handle &);
  handle &operator=(const handle &);
  ~handle();
  static task<handle> open();
  task<> use();
  task<> close();

private:
  std::shared_ptr<int> shared;
};
task<handle> current();
handle main_handle();
void keep(handle);

task<> ok_handle_parameter(handle h) { co_await h.use(); }
task<> ok_handle_of_somebody() {
  auto h = co_await current();
  co_await h.use();
  auto i = main_handle();
  co_await i.use();
}
task<> ok_handle_copied(handle h) {
  auto copy = h;
  co_await copy.use();
}
task<> ok_handle_passed() {
  auto h = co_await handle::open();
  keep(h);
}
void keep_reference(const handle &);
task<> ok_handle_shown_to_a_keeper() {
  auto h = co_await handle::open();
  keep_reference(h);
}
task<> bad_handle_opened() {
  auto h = co_await handle::open(); // expected-warning {{'h' of type 'handle' is destroyed without an awaited 'close()'}}
  co_await h.use();
}

// --- Scopes that own work ----------------------------------------------------

task<> ok_empty_scope() {
  own::scope s;
  co_await own::yield();
}

task<> ok_scope_joined() {
  own::scope s;
  s.spawn(own::yield());
  co_await s.join();
}

task<> ok_left_before_anything_was_spawned() {
  own::scope s;
  if (lucky())
    co_return;
  s.spawn(own::yield());
  co_await s.join();
}

task<> bad_scope_not_joined() {
  own::scope s; // expected-warning {{'s' of type 'own::scope' is destroyed without an awaited 'join()'}}
  s.spawn(own::yield());
  s.request_stop();
  co_return;
}

task<> bad_await_before_join() {
  own::scope s; // expected-warning {{when a co_await throws}}
  s.spawn(own::yield());
  co_await own::yield();
  co_await s.join();
}

task<> ok_join_after_catch() {
  own::scope s;
  std::exception_ptr error;
  s.spawn(own::yield());
  try {
    co_await own::yield();
  } catch (...) {
    error = std::current_exception();
  }
  co_await s.join();
}

void fill(own::scope &s);
task<> ok_scope_given_away() {
  own::scope s;
  fill(s);
  co_return;
}

// --- Things that run ---------------------------------------------------------

class server {
public:
  explicit server(int port);
  ~server();
  void set_limit(int);
  task<> run();
  task<> stop();
};

task<> ok_ran_to_its_end() {
  server s(80);
  s.set_limit(1);
  co_await s.run();
}

task<> ok_never_started() {
  server s(80);
  s.set_limit(1);
  co_return;
}

task<> ok_started_and_stopped() {
  server s(80);
  own::spawn(s.run());
  co_await s.stop();
}

task<> bad_started_and_left() {
  server s(80); // expected-warning {{'s' of type 'server' is destroyed without an awaited 'stop()'}}
  own::spawn(s.run());
  co_await own::sleep(1000);
}

// --- Members that end it -----------------------------------------------------

class channel {
public:
  explicit channel(int);
  channel(channel &&);
  ~channel();
  task<> send(int);
  task<> close();
  task<> close_with(int reason);
  void abort();
  int release();
  task<> finish_and_close() {
    co_await send(0);
    co_await close();
  }
};

task<> ok_closed_with_a_reason() {
  channel c(1);
  co_await c.close_with(1);
}
task<> ok_aborted() {
  channel c(1);
  c.abort();
  co_return;
}
task<> ok_released() {
  channel c(1);
  c.release();
  co_return;
}
task<> ok_closes_itself() {
  channel c(1);
  co_await c.finish_and_close();
}
task<> bad_dropped_close_with_a_reason() {
  channel c(1); // expected-warning {{is destroyed without an awaited 'close()'}}
  c.close_with(1);
  co_return;
}

} // namespace
