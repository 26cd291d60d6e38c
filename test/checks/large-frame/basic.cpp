// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check large-frame %s
//
// What the findings say: what takes how much, where it suspends, what helps.

#include "own/task.h"
#include <array>
#include <memory>

using own::task;

void fill(void *);
task<> work();
struct page {
  char bytes[8192];
};
struct page_operation {
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  page await_resume();
};
page_operation load();
task<> store(const page &);
page blank();

task<> bad_local() {
  char buffer[8000];
  // expected-warning@-1 {{'buffer' takes 8000 bytes of the coroutine's frame, whose estimated size is 8048 bytes}}
  // expected-note@-2 {{end its scope before the co_await, or allocate it on the heap}}
  fill(buffer);
  co_await work(); // expected-note {{it is alive when the coroutine suspends here}}
  fill(buffer);
}

task<> bad_several_suspensions() {
  std::array<char, 5000> buffer;
  // expected-warning@-1 {{'buffer' takes 5000 bytes of the coroutine's frame, whose estimated size is 5072 bytes}}
  // expected-note@-2 {{end its scope before the co_await, or allocate it on the heap}}
  fill(&buffer);
  co_await work(); // expected-note {{it is alive when the coroutine suspends here}}
  co_await work(); // expected-note {{and suspends here}}
  co_await work(); // expected-note {{and suspends here}}
  co_await work();
}

task<> bad_parameter(page p) {
// expected-warning@-1 {{parameter 'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
// expected-note@-2 {{take a pointer that owns it, such as std::unique_ptr}}
  fill(&p);
  co_await work(); // expected-note {{it is alive when the coroutine suspends here}}
  fill(&p);
}

task<> bad_parameter_of_lazy_coroutine(page p) {
// expected-warning@-1 {{parameter 'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8224 bytes}}
// expected-note@-2 {{the coroutine suspends before it starts}}
// expected-note@-3 {{take a pointer that owns it, such as std::unique_ptr}}
  fill(&p);
  co_return;
}

task<> bad_made_by_await() {
  page p = co_await load();
  // expected-warning@-1 {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8224 bytes}}
  // expected-note@-2 {{suspends here, with the place for it in the frame already}}
  // expected-note@-3 {{let the co_await return a pointer that owns it}}
  fill(&p);
}

task<> bad_made_by_await_and_kept() {
  page p = co_await load();
  // expected-warning@-1 {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
  // expected-note@-2 {{suspends here, with the place for it in the frame already}}
  // expected-note@-3 {{end its scope before the co_await, or allocate it on the heap}}
  co_await store(p); // expected-note {{and suspends here}}
}

task<> bad_temporary() { co_await store(blank()); }
// expected-warning@-1 {{a temporary of type 'page' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
// expected-note@-2 {{it is alive when the coroutine suspends here}}
// expected-note@-3 {{make it in a statement that ends before the co_await, or allocate it on the heap}}

struct chunk {
  char bytes[4000];
};

task<> bad_many_small_ones(chunk first) {
// expected-warning@-1 {{the frame of coroutine 'bad_many_small_ones' has an estimated size of 19064 bytes}}
// expected-note@-2 {{parameter 'first' takes 4000 bytes}}
// expected-note@-3 {{begin with the largest: take a pointer that owns it, such as std::unique_ptr}}
  fill(&first);
  chunk second, third, fourth;
  // expected-note@-1 {{'second' takes 4000 bytes}}
  // expected-note@-2 {{'third' takes 4000 bytes}}
  // expected-note@-3 {{'fourth' takes 4000 bytes}}
  fill(&second);
  fill(&third);
  fill(&fourth);
  char last[3000]; // expected-note {{'last' takes 3000 bytes}}
  fill(last);
  char tiny[16];
  fill(tiny);
  co_await work();
}

task<> bad_both() { // expected-warning {{the frame of coroutine 'bad_both' has an estimated size of 28240 bytes}}
  page large;
  // expected-note@-1 {{'large' takes 8192 bytes}}
  // expected-note@-2 {{begin with the largest: end its scope before the co_await, or allocate it on the heap}}
  // expected-warning@-3 {{'large' takes 8192 bytes of the coroutine's frame, whose estimated size is 28240 bytes}}
  // expected-note@-4 {{end its scope before the co_await, or allocate it on the heap}}
  chunk first, second, third, fourth, fifth;
  // expected-note@-1 {{'first' takes 4000 bytes}}
  // expected-note@-2 {{'second' takes 4000 bytes}}
  // expected-note@-3 {{'third' takes 4000 bytes}}
  // expected-note@-4 {{'fourth' takes 4000 bytes}}
  fill(&large);
  fill(&first);
  fill(&second);
  fill(&third);
  fill(&fourth);
  fill(&fifth);
  co_await work(); // expected-note {{it is alive when the coroutine suspends here}}
}
