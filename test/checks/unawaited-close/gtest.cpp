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

namespace testing::internal {
struct TrueWithString {
  explicit operator bool() const { return true; }
};
} // namespace testing::internal

// The newer form of it: the condition is an object that is never false.
#define EXPECT_THROWS_WITH_STRING(STATEMENT)                                   \
  if (testing::internal::TrueWithString message{}) {                           \
    try {                                                                      \
      if (testing::internal::AlwaysTrue()) {                                   \
        STATEMENT;                                                             \
      }                                                                        \
    } catch (int) {                                                            \
      goto failed;                                                             \
    }                                                                          \
  } else                                                                       \
  failed:                                                                      \
    (void)0

own::task<void> ok_closed_in_a_newer_test_macro() {
  own::connection c = co_await own::connection::connect("db");
  EXPECT_THROWS_WITH_STRING(co_await c.close());
}
