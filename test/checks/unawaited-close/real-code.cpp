// RUN: %check unawaited-close %s --no-notes
//
// Known to be wrong, from reading findings on real code bases: own code of the
// same shape.

#include "own/connection.h"
#include "own/task.h"

namespace {
struct assert_helper {
  explicit assert_helper(const char *message);
  ~assert_helper();
};
} // namespace

// A coroutine test's fatal assertion: when it fails the test is over, and nobody
// minds the connection. The early return is no path of the program.
#define CO_ASSERT(CONDITION)                                                   \
  if (!(CONDITION)) {                                                          \
    assert_helper failed(#CONDITION);                                          \
    co_return;                                                                 \
  }

own::task<> fatal_assertion_FP() {
  auto c = co_await own::connection::connect("db");
  // expected-warning@-1 {{destroyed without an awaited 'close()' on some path}}
  CO_ASSERT(co_await c.read() == 1);
  co_await c.close();
}
