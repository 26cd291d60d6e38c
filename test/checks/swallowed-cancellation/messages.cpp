// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check swallowed-cancellation %s -I%mock
//
// Every form with all its notes.
#include "seastar/core/abort_source.hh"
#include "seastar/core/coroutine.hh"
#include <exception>

using seastar::future;

struct request_aborted : std::exception {};
future<> send(seastar::abort_source &as);
future<> roll_back();

future<> bad_retry(seastar::abort_source &as) {
  for (;;) {
    try {
      co_await send(as); // expected-note {{suspends here; when it is cancelled, 'seastar::abort_requested_exception' is thrown}}
      // expected-note@-1 {{awaits again here}}
      co_return;
    } catch (const std::exception &) {
      // expected-warning@-1 {{handler of 'std::exception' takes a cancellation for any other failure, and the loop goes on}}
      // expected-note@-2 {{taken here, and nothing asks whether it is that}}
      // expected-note@-3 {{catch 'seastar::abort_requested_exception' first and rethrow it, or leave when a stop has been requested}}
    }
  }
}
future<> bad_named(seastar::abort_source &as) {
  for (;;) {
    try {
      co_await send(as); // expected-note {{suspends here; when it is cancelled, 'seastar::abort_requested_exception' is thrown}}
      // expected-note@-1 {{awaits again here}}
      co_return;
    } catch (const seastar::abort_requested_exception &) {
      // expected-warning@-1 {{handler of 'seastar::abort_requested_exception' takes a cancellation for any other failure, and the loop goes on}}
      // expected-note@-2 {{taken here, and nothing asks whether it is that}}
      // expected-note@-3 {{leave when it tells of a cancellation}}
    }
  }
}
future<> bad_goes_on(seastar::abort_source &as) {
  try {
    co_await send(as); // expected-note {{suspends here; when it is cancelled, 'seastar::abort_requested_exception' is thrown}}
  } catch (...) {
    // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the coroutine goes on with other work}}
    // expected-note@-2 {{taken here, and nothing asks whether it is that}}
    // expected-note@-3 {{catch 'seastar::abort_requested_exception' first and rethrow it, or leave when a stop has been requested}}
  }
  co_await roll_back(); // expected-note {{goes on here}}
}
future<int> bad_answer(seastar::abort_source &as) {
  try {
    co_await send(as); // expected-note {{suspends here; when it is cancelled, 'seastar::abort_requested_exception' is thrown}}
  } catch (...) {
    // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and makes an ordinary result of it}}
    // expected-note@-2 {{taken here, and nothing asks whether it is that}}
    // expected-note@-3 {{catch 'seastar::abort_requested_exception' first and rethrow it, or leave when a stop has been requested}}
    co_return -1; // expected-note {{returns here as after a failure}}
  }
  co_return 0;
}
