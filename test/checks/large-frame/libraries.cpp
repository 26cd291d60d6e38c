// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check large-frame %s --no-notes
//
// Other libraries' tasks and generators.

#include "coro/coro.hpp"
#include "cppcoro/generator.hpp"
#include "cppcoro/single_consumer_event.hpp"
#include "cppcoro/task.hpp"
#include "folly/coro/AsyncGenerator.h"
#include "folly/coro/Sleep.h"
#include "folly/coro/Task.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/sleep.hh"
#include <array>
#include <chrono>
#include <memory>

using namespace std::chrono_literals;

void fill(void *);
struct page {
  char bytes[8192];
};

// --- Seastar -----------------------------------------------------------------

seastar::future<> bad_seastar() {
  std::array<char, 8192> buffer;
  // expected-warning@-1 {{'buffer' takes 8192 bytes of the coroutine's frame, whose estimated size is 8216 bytes}}
  fill(&buffer);
  co_await seastar::sleep(1ms);
}
seastar::future<> bad_seastar_parameter(page p) {
// expected-warning@-1 {{parameter 'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8216 bytes}}
  co_await seastar::sleep(1ms);
  fill(&p);
}
seastar::future<> ok_seastar() {
  auto buffer = std::make_unique<page>();
  co_await seastar::sleep(1ms);
  fill(buffer.get());
}
// Its coroutines start at once.
seastar::future<> ok_seastar_eager(page p) {
  fill(&p);
  co_return;
}

// --- Folly -------------------------------------------------------------------

folly::coro::Task<void> bad_folly() {
  page p; // expected-warning {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
  fill(&p);
  co_await folly::coro::sleep(1ms);
}
folly::coro::AsyncGenerator<page> bad_folly_generator() {
  page p; // expected-warning {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8216 bytes}}
  fill(&p);
  co_yield p;
}
folly::coro::Task<void> ok_folly() {
  {
    page p;
    fill(&p);
  }
  co_await folly::coro::sleep(1ms);
}

// --- cppcoro -----------------------------------------------------------------

cppcoro::single_consumer_event event;
cppcoro::task<> bad_cppcoro() {
  page p; // expected-warning {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8216 bytes}}
  fill(&p);
  co_await event;
}
cppcoro::generator<int> bad_cppcoro_generator() {
  page p; // expected-warning {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
  fill(&p);
  for (char c : p.bytes)
    co_yield c;
}
cppcoro::task<> ok_cppcoro(page &p) {
  co_await event;
  fill(&p);
}

// --- libcoro -----------------------------------------------------------------

coro::task<void> bad_libcoro(coro::event &e) {
  page p; // expected-warning {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8224 bytes}}
  fill(&p);
  co_await e;
}
coro::task<void> ok_libcoro(coro::event &e) {
  co_await e;
  page p;
  fill(&p);
}
