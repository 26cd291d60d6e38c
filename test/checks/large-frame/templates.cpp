// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check large-frame %s --no-notes
//
// Templates, macros, NOLINT.

#include "own/task.h"
#include <array>
#include <cstddef>

using own::task;

void fill(void *);
task<> work();

// One finding, however many instantiations are too large.
template <std::size_t N> task<> bad_template() {
  std::array<char, N> buffer;
  // expected-warning@-1 {{'buffer' takes 5000 bytes of the coroutine's frame, whose estimated size is 5048 bytes}}
  fill(&buffer);
  co_await work();
}
template <std::size_t N> task<> ok_template() {
  std::array<char, N> buffer;
  fill(&buffer);
  co_await work();
}
// What nobody instantiates has no size.
template <class T> task<> ok_uninstantiated() {
  T buffer[8192];
  fill(buffer);
  co_await work();
}
template <bool Suspends> task<> ok_discarded_branch() {
  char buffer[8192];
  fill(buffer);
  if constexpr (Suspends)
    co_await work();
  co_return;
}
template <class T> struct queue {
  task<> bad_member(T item) {
  // expected-warning@-1 {{parameter 'item' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
    co_await work();
    fill(&item);
  }
  task<> ok_member(T &item) {
    co_await work();
    fill(&item);
  }
};
struct page {
  char bytes[8192];
};
void instantiate(page &p) {
  bad_template<5000>();
  bad_template<6000>();
  bad_template<10>();
  ok_template<10>();
  ok_discarded_branch<false>();
  queue<page>().bad_member(p);
  queue<page>().ok_member(p);
  auto bad_generic = [](auto item) -> task<> {
  // expected-warning@-1 {{parameter 'item' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
    co_await work();
    fill(&item);
  };
  bad_generic(p);
  auto ok_generic = [](auto &&item) -> task<> {
    co_await work();
    fill(&item);
  };
  ok_generic(p);
}

#define BUFFER(name, size)                                                     \
  char name[size];                                                             \
  fill(name)
#define AWAIT(what) co_await (what)

task<> bad_macro() {
  BUFFER(buffer, 8192);
  // expected-warning@-1 {{'buffer' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
  AWAIT(work());
}
task<> ok_macro() {
  BUFFER(buffer, 100);
  AWAIT(work());
}

task<> ok_nolint() {
  char buffer[8192]; // NOLINT(codrop-large-frame): one a process
  fill(buffer);
  co_await work();
}
task<> ok_nolint_next_line() {
  // NOLINTNEXTLINE(codrop-large-frame): one a process
  char buffer[8192];
  fill(buffer);
  co_await work();
}
