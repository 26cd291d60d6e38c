// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %clang -std=c++20 -O2 -fno-asynchronous-unwind-tables -I%root/runtime/include -S -o %t.library.s %s
// RUN: %clang -std=c++20 -O2 -fno-asynchronous-unwind-tables -DBY_HAND -I%root/runtime/include -S -o %t.hand.s %s
// RUN: diff %t.library.s %t.hand.s
//
// A guard compiles to the code of the one that is written by hand.
#include <codrop/scope.hpp>

extern int active;
void work();

void serve() {
  ++active;
#ifdef BY_HAND
  struct leave {
    ~leave() { --active; }
  } leaving;
#else
  codrop::scope_exit leaving([]() noexcept { --active; });
#endif
  work();
}

#ifdef BY_HAND
struct undo {
  int &value;
  int old;
  bool done = false;
  ~undo() {
    if (!done)
      value = old;
  }
};
#endif

void change(int &value) {
#ifdef BY_HAND
  undo undoing{value, value};
#else
  codrop::scope_fail undoing([&value, old = value]() noexcept { value = old; });
#endif
  value = 1;
  work();
#ifdef BY_HAND
  undoing.done = true;
#else
  undoing.succeed();
#endif
}
