// RUN: %check unawaited-close %s

#include "own/connection.h"
#include "own/task.h"

namespace testing::internal {
bool AlwaysTrue();
}

// As GoogleTest's EXPECT_THROW does: the condition is never false, and only the
// compiler is not to know.
#define EXPECT_THROWS(STATEMENT)                                               \
  switch (0)                                                                   \
  case 0:                                                                      \
  default:                                                                     \
    if (bool caught = false; true) {                                           \
      try {                                                                    \
        if (testing::internal::AlwaysTrue()) {                                 \
          STATEMENT;                                                           \
        }                                                                      \
      } catch (int) {                                                          \
        caught = true;                                                         \
      }                                                                        \
    }

own::task<void> ok_closed_in_a_test_macro() {
  own::connection c = co_await own::connection::connect("db");
  EXPECT_THROWS(co_await c.close());
}
