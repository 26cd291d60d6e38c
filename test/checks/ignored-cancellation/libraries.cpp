// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check ignored-cancellation %s --no-notes
//
// The tokens of Seastar, cppcoro and Folly.

#include "cppcoro/cancellation_token.hpp"
#include "cppcoro/io_service.hpp"
#include "cppcoro/task.hpp"
#include "folly/CancellationToken.h"
#include "folly/coro/Sleep.h"
#include "folly/coro/Task.h"
#include "seastar/core/condition-variable.hh"
#include "seastar/core/rwlock.hh"
#include "seastar/core/semaphore.hh"
#include "seastar/core/sleep.hh"
#include <functional>
#include <optional>

using namespace std::chrono_literals;

namespace with_seastar {

using namespace seastar;

class flusher {
public:
  explicit flusher(abort_source &as) : as_(as) {}

  future<> bad_sleep() {
    while (!as_.abort_requested()) {
      co_await sleep_abortable(1s);
      // expected-warning@-1 {{'sleep_abortable' is called without 'as_', which would end the wait when it is cancelled}}
      co_await flush();
    }
  }
  future<> bad_sleep_by_the_other_name() {
    while (!as_.abort_requested()) {
      co_await seastar::sleep(30s);
      // expected-warning@-1 {{'sleep' is called without 'as_', which would end the wait when it is cancelled}}
      co_await flush();
    }
  }
  future<> bad_units(std::size_t size) {
    auto units = co_await get_units(memory_, size);
    // expected-warning@-1 {{'get_units' is called without 'as_', which would end the wait when it is cancelled}}
    co_await flush();
  }
  future<> bad_wait() {
    co_await memory_.wait(4096);
    // expected-warning@-1 {{'wait' is called without 'as_', which would end the wait when it is cancelled}}
    co_await flush();
    memory_.signal(4096);
  }
  future<> bad_lock_of_another(flusher &other) {
    auto held = co_await other.lock_.hold_write_lock();
    // expected-warning@-1 {{'hold_write_lock' is called without 'as_', which would end the wait when it is cancelled}}
    co_await flush();
  }
  /// The object's own state: nobody holds it for long.
  future<> ok_own_lock() {
    auto held = co_await lock_.hold_write_lock();
    auto unit = co_await get_units(slots_, 1);
    co_await slots_.wait();
    slots_.signal();
  }
  future<> bad_own_lock_of_the_caller(abort_source &callers) {
    callers.check();
    auto held = co_await lock_.hold_write_lock();
    // expected-warning@-1 {{'hold_write_lock' is called without 'callers', which would end the wait when it is cancelled}}
    co_await flush();
  }
  future<> ok_sleep() { co_await sleep_abortable(1s, as_); }
  future<> ok_units() { auto units = co_await get_units(memory_, 10, as_); }
  future<> ok_wait() { co_await memory_.wait(as_, 10); }
  future<> ok_short() { co_await seastar::sleep(20ms); }
  future<> ok_broken() { auto units = co_await get_units(breakable_, 10); }
  future<> ok_after_the_loop() {
    while (!as_.abort_requested())
      co_await sleep_abortable(1s, as_);
    auto units = co_await get_units(memory_, 10);
  }
  future<> ok_stop() {
    breakable_.broken();
    auto units = co_await get_units(memory_, 10);
  }
  /// Aborted by the caller through a parameter that may be there.
  future<> bad_optional(std::optional<std::reference_wrapper<abort_source>> as) {
    if (as && as->get().abort_requested())
      co_return;
    co_await sleep_abortable(1s);
    // expected-warning@-1 {{'sleep_abortable' is called without 'as', which would end the wait when it is cancelled}}
  }
  future<> bad_pointer(abort_source *as) {
    if (as)
      as->check();
    co_await sleep_abortable(1s);
    // expected-warning@-1 {{'sleep_abortable' is called without 'as', which would end the wait when it is cancelled}}
  }
  future<> ok_two_sources(abort_source &callers) {
    abort_source either;
    auto one = callers.subscribe([&]() noexcept { either.request_abort(); });
    auto two = as_.subscribe([&]() noexcept { either.request_abort(); });
    co_await sleep_abortable(1s, either);
  }
  future<> bad_cut_off(abort_source &callers) {
    callers.check();
    abort_source mine;
    co_await sleep_abortable(1s, mine);
    // expected-warning@-1 {{'sleep_abortable' is given the token of 'mine', which a cancellation of 'callers' does not reach}}
  }
  future<> bad_own(abort_source &callers) {
    while (!callers.abort_requested())
      co_await sleep_abortable(1s, as_);
      // expected-warning@-1 {{'sleep_abortable' is given 'as_', the component's own token, and not the caller's}}
  }

private:
  future<> flush();
  abort_source &as_;
  semaphore slots_{2};
  semaphore memory_{65536};
  semaphore breakable_{2};
  rwlock lock_;
};

} // namespace with_seastar

namespace with_cppcoro {

using cppcoro::task;

task<> fetch(cppcoro::cancellation_token token = {});

task<> bad_unused(cppcoro::io_service &io, cppcoro::cancellation_token token) {
// expected-warning@-1 {{parameter 'token' of type 'cppcoro::cancellation_token' is never used in a coroutine that suspends}}
  for (int i = 0; i < 10; ++i)
    co_await io.schedule_after(1s);
}
task<> bad_default(cppcoro::io_service &io, cppcoro::cancellation_token token) {
  while (!token.is_cancellation_requested())
    co_await io.schedule_after(1s);
    // expected-warning@-1 {{'schedule_after' is called without 'token', which would end the wait when it is cancelled}}
}
task<> bad_default_of_ours(cppcoro::cancellation_token token) {
  token.throw_if_cancellation_requested();
  co_await fetch(); // expected-warning {{'fetch' is called without 'token', which would end the wait when it is cancelled}}
}
task<> bad_cut_off(cppcoro::cancellation_token token) {
  cppcoro::cancellation_source child;
  co_await fetch(child.token());
  // expected-warning@-1 {{'fetch' is given the token of 'child', which a cancellation of 'token' does not reach}}
}
task<> ok_child(cppcoro::cancellation_token token) {
  cppcoro::cancellation_source child;
  cppcoro::cancellation_registration link(
      token, [&] { child.request_cancellation(); });
  co_await fetch(child.token());
}
task<> ok_forwarded(cppcoro::io_service &io,
                    cppcoro::cancellation_token token) {
  co_await io.schedule_after(1s, token);
  co_await fetch(std::move(token));
}

/// Given to the one who cancels, not to be cancelled itself.
task<> ok_cancels(cppcoro::io_service &io,
                  cppcoro::cancellation_source source) {
  co_await io.schedule_after(1s);
  source.request_cancellation();
}

} // namespace with_cppcoro

namespace with_folly {

using folly::CancellationToken;
using folly::coro::Task;

Task<void> work();

/// Sleeps are given the token by the library.
Task<void> ok_implicit() {
  while (true)
    co_await folly::coro::sleep(1s);
}
Task<void> bad_received(CancellationToken token) {
// expected-warning@-1 {{parameter 'token' of type 'CancellationToken' is never used in a coroutine that suspends}}
  co_await folly::coro::sleep(1s);
}
Task<void> ok_handed_on(CancellationToken token) {
  co_await folly::coro::co_withCancellation(token, work());
}
Task<void> bad_cut_off(CancellationToken token) {
  folly::CancellationSource child;
  co_await folly::coro::co_withCancellation(child.getToken(), work());
  // expected-warning@-1 {{'co_withCancellation' is given the token of 'child', which a cancellation of 'token' does not reach}}
}
Task<void> ok_merged(CancellationToken token) {
  folly::CancellationSource child;
  co_await folly::coro::co_withCancellation(
      CancellationToken::merge(token, child.getToken()), work());
}
Task<void> ok_callback(CancellationToken token) {
  folly::CancellationSource child;
  folly::CancellationCallback link(std::move(token),
                                   [&] { child.requestCancellation(); });
  co_await folly::coro::co_withCancellation(child.getToken(), work());
}
Task<int> fetch(int page);
/// Whoever awaits this hands down a token, and it gets no further.
Task<void> bad_implicit_cut_off() {
  folly::CancellationSource pages;
  for (int page = 0; page < 100; ++page)
    co_await folly::coro::co_withCancellation(pages.getToken(), fetch(page));
    // expected-warning@-1 {{'co_withCancellation' puts the token of 'pages' in the place of the caller's}}
}
Task<void> ok_implicit_merged() {
  folly::CancellationSource pages;
  auto own = co_await folly::coro::co_current_cancellation_token;
  co_await folly::coro::co_withCancellation(
      CancellationToken::merge(own, pages.getToken()), work());
}
/// Merged in a function, and taken into a closure.
Task<void> ok_implicit_merged_and_captured() {
  const folly::CancellationSource pages;
  const CancellationToken either = CancellationToken::merge(
      co_await folly::coro::co_current_cancellation_token, pages.getToken());
  auto each = [&]() -> Task<void> {
    co_await folly::coro::co_withCancellation(either, work());
  };
  co_await each();
}
struct scope {
  Task<void> schedule(CancellationToken token, Task<void> task);
};
Task<void> ok_implicit_scope(scope &jobs) {
  folly::CancellationSource pages;
  co_await jobs.schedule(pages.getToken(), work());
}
Task<void> ok_implicit_callback() {
  folly::CancellationSource pages;
  folly::CancellationCallback link(
      co_await folly::coro::co_current_cancellation_token,
      [&] { pages.requestCancellation(); });
  co_await folly::coro::co_withCancellation(pages.getToken(), work());
}

} // namespace with_folly
