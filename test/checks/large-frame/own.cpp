// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check large-frame %s --no-notes
//
// Where an object has to live for a coroutine, and where it has not.

#include "own/task.h"
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

using own::task;

void fill(void *);
void read(const void *);
task<> work();
task<int> count();
bool more();

struct page {
  char bytes[8192];
  int size = 0;
};
struct owned_page {
  owned_page();
  owned_page(const owned_page &);
  ~owned_page();
  char bytes[8192];
};
void take(owned_page);
owned_page make();
page blank();
struct block {
  char bytes[6000];
};

// --- Scopes ------------------------------------------------------------------

task<> ok_no_suspension() {
  char buffer[8192];
  fill(buffer);
  co_return;
}
task<> ok_scope_ends_before() {
  {
    char buffer[8192];
    fill(buffer);
  }
  co_await work();
}
task<> ok_begins_after() {
  co_await work();
  char buffer[8192];
  fill(buffer);
}
task<> ok_between() {
  co_await work();
  {
    owned_page p;
    fill(&p);
  }
  co_await work();
}
task<> ok_other_branch(bool sync) {
  if (sync) {
    char buffer[8192];
    fill(buffer);
  } else {
    co_await work();
  }
}
task<> ok_leaves_before(bool sync) {
  if (sync) {
    char buffer[8192];
    fill(buffer);
    co_return;
  }
  co_await work();
}
task<> ok_in_a_plain_call() {
  auto parse = [] {
    char buffer[8192];
    fill(buffer);
    return 1;
  };
  parse();
  co_await work();
}
task<> bad_destructor_after() {
  owned_page p; // expected-warning {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
  co_await work();
}
task<> bad_used_before_only() {
  char buffer[8192]; // its scope ends after the suspension: so does it
  // expected-warning@-1 {{'buffer' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
  fill(buffer);
  co_await work();
}
task<> bad_if_init() {
  if (owned_page p = make(); p.bytes[0])
  // expected-warning@-1 {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
    co_await work();
}
task<> bad_in_a_branch(bool large) {
  if (large) {
    char buffer[8192];
    // expected-warning@-1 {{'buffer' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
    fill(buffer);
    co_await work();
  }
}
task<> bad_in_a_loop() {
  while (more()) {
    char buffer[8192];
    // expected-warning@-1 {{'buffer' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
    fill(buffer);
    co_await work();
  }
}
task<> bad_in_a_switch(int which) {
  switch (which) {
  case 1: {
    owned_page p; // expected-warning {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
    co_await work();
    break;
  }
  default:
    break;
  }
}
task<> bad_in_a_try() {
  try {
    char buffer[8192];
    // expected-warning@-1 {{'buffer' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
    fill(buffer);
    co_await work();
  } catch (...) {
  }
}
task<> ok_in_a_handler() {
  try {
    co_await work();
  } catch (owned_page p) {
    fill(&p);
  }
}

// --- Storage -----------------------------------------------------------------

task<> ok_heap() {
  auto p = std::make_unique<page>();
  std::vector<char> bytes(100000);
  page *raw = new page;
  co_await work();
  fill(p.get());
  fill(bytes.data());
  delete raw;
}
task<> ok_static() {
  static char buffer[8192];
  thread_local page p;
  fill(buffer);
  fill(&p);
  co_await work();
}
task<> ok_reference(page &p, const page *q) {
  page &again = p;
  co_await work();
  fill(&again);
  read(q);
}
task<> ok_not_larger_than_the_limit() {
  char buffer[4096];
  fill(buffer);
  co_await work();
}
task<> bad_larger_than_the_limit() {
  char buffer[4097];
  // expected-warning@-1 {{'buffer' takes 4097 bytes of the coroutine's frame, whose estimated size is 4144 bytes}}
  fill(buffer);
  co_await work();
}
task<> ok_never_used() {
  char buffer[8192];
  co_await work();
}
task<> bad_nested() {
  struct {
    int id;
    page p;
  } state; // expected-warning {{'state' takes 8200 bytes of the coroutine's frame, whose estimated size is 8248 bytes}}
  fill(&state.p);
  co_await work();
}
task<> bad_optional() {
  std::optional<page> p;
  // expected-warning@-1 {{'p' takes 8200 bytes of the coroutine's frame, whose estimated size is 8248 bytes}}
  co_await work();
  p.emplace();
}
task<> bad_variant() {
  std::variant<std::monostate, page, std::string> p;
  // expected-warning@-1 {{'p' takes 8208 bytes of the coroutine's frame, whose estimated size is 8256 bytes}}
  co_await work();
  fill(std::get_if<page>(&p));
}
task<> bad_array_of_strings() {
  std::array<std::string, 200> names;
  // expected-warning@-1 {{'names' takes 6400 bytes of the coroutine's frame, whose estimated size is 6448 bytes}}
  co_await work();
}
task<> bad_reference_to_temporary() {
  const owned_page &p = make();
  // expected-warning@-1 {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
  co_await work();
  read(&p);
}
task<> bad_bindings() {
  auto [p, n] = std::tuple<owned_page, int>();
  // expected-warning@-1 {{a variable of type 'std::tuple<owned_page, int>' takes 8196 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
  co_await work();
}
task<> ok_bindings_of_reference(std::tuple<page, int> &t) {
  auto &[p, n] = t;
  co_await work();
  read(&p);
}
task<> bad_range(std::vector<owned_page> &all) {
  for (owned_page p : all)
  // expected-warning@-1 {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8264 bytes}}
    co_await work();
}
task<> ok_range_by_reference(std::vector<owned_page> &all) {
  for (owned_page &p : all) {
    co_await work();
    read(&p);
  }
}
task<> bad_range_temporary() {
  for (char c : make().bytes) {
  // expected-warning@-1 {{a variable of type 'owned_page' takes 8192 bytes of the coroutine's frame, whose estimated size is 8256 bytes}}
    co_await work();
    read(&c);
  }
}

// --- Parameters --------------------------------------------------------------

task<> bad_parameter(page p) {
// expected-warning@-1 {{parameter 'p' takes 8196 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
  co_await work();
  read(&p);
}
task<> bad_parameter_with_destructor(owned_page) { co_await work(); }
// expected-warning@-1 {{a parameter of type 'owned_page' takes 8192 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
// Nobody uses it and its end does nothing: the compiler drops the copy.
task<> ok_unnamed_parameter(page) { co_await work(); }
task<> ok_moved_owner(std::unique_ptr<page> p) {
  co_await work();
  read(p.get());
}
task<> bad_moved_parameter(owned_page p) {
// expected-warning@-1 {{parameter 'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 8248 bytes}}
  auto kept = std::make_unique<owned_page>(std::move(p));
  co_await work();
}
// An eager coroutine that never suspends while it has it.
own::detached ok_eager(page p) {
  fill(&p);
  co_return;
}
own::detached bad_eager(page p) {
// expected-warning@-1 {{parameter 'p' takes 8196 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
  fill(&p);
  co_await work();
}

// --- Temporaries -------------------------------------------------------------

task<> store(const page &);
task<> keep(page);
task<int> index();
int size(const owned_page &);
int size(const page &, int);
task<> ok_temporary_elsewhere() {
  read(new int(size(make())));
  co_await work();
}
task<> bad_temporary_argument() { co_await store(blank()); }
// expected-warning@-1 {{a temporary of type 'page' takes 8196 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
task<> bad_temporary_by_value() { co_await keep(blank()); }
// expected-warning@-1 {{a temporary of type 'page' takes 8196 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
task<> bad_temporary_beside() { size(blank(), co_await index()); }
// expected-warning@-1 {{a temporary of type 'page' takes 8196 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
task<> ok_temporary_behind() { (co_await index(), size(make())); }

// --- Lambdas -----------------------------------------------------------------

void lambdas() {
  page p;
  // What is captured is in the closure.
  auto ok_captures = [p]() -> task<> {
    co_await work();
    read(&p);
  };
  auto bad_local = [&p]() -> task<> {
    page q = p; // expected-warning {{'q' takes 8196 bytes of the coroutine's frame, whose estimated size is 8248 bytes}}
    fill(&q);
    co_await work();
    fill(&q);
  };
  auto bad_parameter = [](page q) -> task<> {
  // expected-warning@-1 {{parameter 'q' takes 8196 bytes of the coroutine's frame, whose estimated size is 8240 bytes}}
    co_await work();
    fill(&q);
  };
  ok_captures();
  bad_local();
  bad_parameter(p);
}
// A closure is a local like others.
task<> bad_closure(page &from) {
  owned_page p; // expected-warning {{'p' takes 8192 bytes of the coroutine's frame, whose estimated size is 16440 bytes}}
  fill(&p);
  auto inner = [q = from] { read(&q); };
  // expected-warning@-1 {{'inner' takes 8196 bytes of the coroutine's frame, whose estimated size is 16440 bytes}}
  co_await work();
  inner();
}

// --- Members -----------------------------------------------------------------

struct session {
  page state;
  task<> ok_member() {
    fill(&state);
    co_await work();
    fill(&state);
  }
  task<> bad_copy() {
    page copy = state;
    // expected-warning@-1 {{'copy' takes 8196 bytes of the coroutine's frame, whose estimated size is 8248 bytes}}
    fill(&copy);
    co_await work();
    state = copy;
  }
};

// --- Generators --------------------------------------------------------------

own::generator<page> bad_generator() {
  page p; // expected-warning {{'p' takes 8196 bytes of the coroutine's frame, whose estimated size is 8224 bytes}}
  while (more()) {
    fill(&p);
    co_yield p;
  }
}
own::generator<int> ok_generator() {
  int n = 0;
  {
    page p;
    fill(&p);
    n = p.size;
  }
  co_yield n;
}

// --- Suspensions -------------------------------------------------------------

task<> ok_never_suspends() {
  char buffer[8192];
  fill(buffer);
  co_await own::ready();
  fill(buffer);
}
task<> ok_unreachable() {
  char buffer[8192];
  fill(buffer);
  if constexpr (sizeof(int) == 1)
    co_await work();
  co_return;
}

// --- Many objects --------------------------------------------------------------

struct chunk {
  char bytes[3000];
};
task<> bad_many() { // expected-warning {{the frame of coroutine 'bad_many' has an estimated size of 18048 bytes}}
  chunk a, b, c, d, e, f;
  for (chunk *each : {&a, &b, &c, &d, &e, &f})
    fill(each);
  co_await work();
}
// One after the other they take turns in one place.
task<> ok_one_after_the_other() {
  {
    chunk c;
    fill(&c);
    co_await work();
  }
  {
    chunk c;
    fill(&c);
    co_await work();
  }
  {
    chunk c;
    fill(&c);
    co_await work();
  }
  {
    chunk c;
    fill(&c);
    co_await work();
  }
  {
    chunk c;
    fill(&c);
    co_await work();
  }
  {
    chunk c;
    fill(&c);
    co_await work();
  }
}
