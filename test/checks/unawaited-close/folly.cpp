// RUN: %check unawaited-close %s -Werror=return-type --no-notes

#include "folly/coro/AsyncScope.h"
#include "folly/coro/Baton.h"
#include "folly/coro/Collect.h"
#include "folly/coro/Task.h"

using folly::coro::AsyncScope;
using folly::coro::CancellableAsyncScope;
using folly::coro::Task;

bool lucky();
Task<void> work();
Task<int> result();

// --- Scopes ------------------------------------------------------------------

Task<void> ok_empty_scope() {
  AsyncScope scope;
  co_await work();
}

Task<void> ok_joined() {
  AsyncScope scope;
  scope.add(work());
  co_await scope.joinAsync();
}

Task<void> bad_not_joined() {
  AsyncScope scope; // expected-warning {{'scope' of type 'folly::coro::AsyncScope' is destroyed without an awaited 'joinAsync()'}}
  scope.add(work());
  co_await result();
}

Task<void> bad_left_before_the_join() {
  AsyncScope scope; // expected-warning {{on some path}}
  scope.add(work());
  if (lucky())
    co_return;
  co_await scope.joinAsync();
}

Task<void> bad_await_before_the_join() {
  AsyncScope scope; // expected-warning {{when a co_await throws}}
  scope.add(work());
  co_await work();
  co_await scope.joinAsync();
}

Task<void> bad_join_dropped() {
  AsyncScope scope; // expected-warning {{is destroyed without an awaited 'joinAsync()'}}
  scope.add(work());
  auto join = scope.joinAsync();
  co_return;
}

Task<void> ok_await_before_anything_is_added() {
  AsyncScope scope;
  co_await work();
  scope.add(work());
  co_await scope.joinAsync();
}

Task<void> ok_failure_caught_by_try() {
  AsyncScope scope;
  scope.add(work());
  auto outcome = co_await folly::coro::co_awaitTry(result());
  co_await scope.joinAsync();
}

Task<void> ok_joined_with_others() {
  AsyncScope scope;
  scope.add(work());
  co_await folly::coro::collectAll(work(), scope.joinAsync());
}

Task<void> ok_awaits_that_do_not_throw() {
  AsyncScope scope;
  scope.add(work());
  co_await folly::coro::co_current_executor;
  co_await folly::coro::co_current_cancellation_token;
  co_await folly::coro::co_reschedule_on_current_executor;
  co_await scope.joinAsync();
}

Task<void> ok_cancelled_and_joined() {
  CancellableAsyncScope scope;
  scope.add(work());
  scope.requestCancellation();
  co_await scope.cancelAndJoinAsync();
}

Task<void> bad_only_cancelled() {
  CancellableAsyncScope scope; // expected-warning {{'scope' of type 'folly::coro::CancellableAsyncScope'}}
  scope.add(work());
  scope.requestCancellation();
  co_return;
}

Task<void> ok_joined_after_catch() {
  AsyncScope scope;
  scope.add(work());
  std::exception_ptr error;
  try {
    co_await work();
  } catch (...) {
    error = std::current_exception();
  }
  co_await scope.joinAsync();
  if (error)
    co_yield folly::coro::co_error(error);
}

void run(AsyncScope &scope);
Task<void> ok_scope_of_somebody(AsyncScope &scope) {
  scope.add(work());
  co_await work();
}
Task<void> ok_scope_given_away() {
  AsyncScope scope;
  scope.add(work());
  run(scope);
  co_return;
}

// --- Resources of one's own over Task ----------------------------------------

class Connection {
public:
  Connection(Connection &&) noexcept;
  ~Connection();
  static Task<Connection> connect();
  Task<void> send(int);
  Task<void> close();
};

Task<void> bad_connection() {
  auto c = co_await Connection::connect(); // expected-warning {{'c' of type 'Connection' is destroyed without an awaited 'close()'}}
  co_await c.send(1);
}

Task<void> ok_connection() {
  auto c = co_await Connection::connect();
  auto outcome = co_await folly::coro::co_awaitTry(c.send(1));
  co_await c.close();
}

