// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check swallowed-cancellation %s -I%mock --no-notes --checks-options codrop-swallowed-cancellation.ReportResults=false
// RUN: %check swallowed-cancellation %s -I%mock --no-notes --prefix definite --checks-options codrop-swallowed-cancellation.Confidence=definite
#include "seastar/core/abort_source.hh"
#include "seastar/core/coroutine.hh"
#include <exception>

using seastar::future;

future<> send(seastar::abort_source &as);

future<int> answer(seastar::abort_source &as) {
  try {
    co_await send(as);
  } catch (...) {
    co_return -1;
  }
  co_return 0;
}
future<> retry(seastar::abort_source &as) {
  for (;;) {
    try {
      co_await send(as);
      co_return;
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
    }
  }
}
