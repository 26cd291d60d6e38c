// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// REQUIRES: plugin
// RUN: %python %S/Inputs/measure.py %clang clang-tidy-22 %plugin %t 25 %s %S/Inputs/others.cpp | FileCheck %s
//
// The estimate against what the compiler allocates: the program prints the
// size that each coroutine asks of its promise's operator new.
// CHECK: 24 coroutines, 0 problems

#include "Inputs/measured.h"
#include <array>
#include <cstdio>
#include <optional>
#include <tuple>

// A coroutine that is inlined may have no frame at all.
#define COROUTINE [[gnu::noinline]]

COROUTINE task nothing() { co_return; }
COROUTINE task one_await() { co_await idle(); }
COROUTINE task many_awaits(connection &c) {
  for (int i = number(); i > 0; --i) {
    co_await idle();
    co_await c.read(nullptr, i);
    co_await c.write(nullptr, i);
    co_await idle();
  }
}
COROUTINE task echo(connection c) {
  char buffer[4096];
  for (;;) {
    std::size_t n = co_await c.read(buffer, sizeof buffer);
    if (n == 0)
      break;
    co_await c.write(buffer, n);
  }
}
COROUTINE task scope_ends_before(connection c) {
  {
    char buffer[4096];
    use(buffer);
  }
  co_await c.read(nullptr, 0);
}
COROUTINE task scope_ends_in_a_loop(connection c) {
  for (int i = 0; i < number(); ++i) {
    {
      char buffer[512];
      use(buffer);
    }
    co_await c.read(nullptr, 0);
  }
}
COROUTINE task alternatives(connection c, bool large) {
  if (large) {
    std::array<char, 2000> buffer;
    co_await c.read(buffer.data(), buffer.size());
  } else {
    std::array<char, 800> buffer;
    co_await c.read(buffer.data(), buffer.size());
  }
}
COROUTINE task nested_scopes(connection c) {
  message outer;
  {
    message inner;
    co_await c.write(&inner, 1);
    {
      packet first = make_packet();
      co_await c.write(&first, 1);
    }
    {
      packet second = make_packet();
      co_await c.write(&second, 1);
    }
  }
  message later;
  co_await c.write(&later, 1);
}
COROUTINE task parameters(message m, packet p, std::string name,
                          std::unique_ptr<int> owner, long a, char b) {
  co_await idle();
  log(name);
  use(&p);
  use(&owner);
  use(&a);
  use(&b);
}
COROUTINE task made_by_await(connection c) {
  message m = co_await c.receive();
  use(&m);
}
COROUTINE task passed_by_value(connection c) {
  co_await c.send(make_message());
  co_await c.send(make_message());
}
COROUTINE task passed_by_reference(connection c) {
  co_await c.send_packet(make_packet());
  co_await c.send_packet(make_packet());
}
COROUTINE task arguments_elsewhere(connection c) {
  use(make_message());
  co_await idle();
  log("one");
  log("two");
}
COROUTINE task result_as_argument(connection c) {
  use(co_await c.receive());
  use(co_await c.receive());
}
COROUTINE task result_dropped(connection c) {
  co_await c.receive();
  co_await idle();
}
COROUTINE task children(connection &c) {
  co_await many_awaits(c);
  co_await many_awaits(c);
  co_await one_await();
}
COROUTINE task strings() {
  std::string first = "first", second = "second";
  co_await idle();
  log(first + second);
  std::string third = "third";
  co_await idle();
  log(third);
}
COROUTINE task containers() {
  std::vector<int> all = numbers();
  std::array<std::string, 12> names;
  for (int n : all) {
    co_await idle();
    names[n % 12] = std::to_string(n);
  }
}
COROUTINE task values() {
  int a = co_await idle(), b = co_await idle(), c = co_await idle();
  co_await idle();
  use(reinterpret_cast<void *>(a + b + c));
}
COROUTINE task maybe() {
  std::optional<message> m;
  co_await idle();
  m.emplace();
  co_await idle();
}
COROUTINE task bindings() {
  auto [m, p, n] = std::tuple<message, packet, int>();
  co_await idle();
  use(&m);
}
COROUTINE task aligned() {
  alignas(64) char buffer[300];
  co_await idle();
  use(buffer);
}
COROUTINE task handler(connection c) {
  bool failed = false;
  try {
    message m = co_await c.receive();
    co_await c.send(m);
  } catch (const message &e) {
    use(&e);
    failed = true;
  }
  if (failed)
    co_await idle();
}
COROUTINE generator<packet> packets(int n) {
  packet p = make_packet();
  message unused;
  while (n-- > 0) {
    co_yield p;
    p.bytes[0] = number();
  }
}

template <class... Args, class... Given>
void start(const char *name, auto (*coroutine)(Args...), Given &&...given) {
  last_frame = 0;
  auto started = coroutine(std::forward<Given>(given)...);
  std::printf("%s %zu\n", name, last_frame);
}
#define START(coroutine, ...) start(#coroutine, coroutine __VA_OPT__(, ) __VA_ARGS__)

int main() {
  connection c;
  START(nothing);
  START(one_await);
  START(many_awaits, c);
  START(echo, c);
  START(scope_ends_before, c);
  START(scope_ends_in_a_loop, c);
  START(alternatives, c, true);
  START(nested_scopes, c);
  START(parameters, message(), packet(), "name", nullptr, 1L, 'c');
  START(made_by_await, c);
  START(passed_by_value, c);
  START(passed_by_reference, c);
  START(arguments_elsewhere, c);
  START(result_as_argument, c);
  START(result_dropped, c);
  START(children, c);
  START(strings);
  START(containers);
  START(values);
  START(maybe);
  START(bindings);
  START(aligned);
  START(handler, c);
  START(packets, 3);
}
