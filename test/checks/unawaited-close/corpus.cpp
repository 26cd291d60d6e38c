// RUN: %check unawaited-close %s -Werror=return-type --no-notes

// Shapes that public code bases are full of, and that are right.

#include "own/connection.h"
#include "own/task.h"

// --- A test that fails -------------------------------------------------------

// What GoogleTest's macros come to.
namespace testing {
struct Message {};
struct TestPartResult {
  enum Type { kSuccess, kNonFatalFailure, kFatalFailure, kSkip };
};
namespace internal {
class AssertHelper {
public:
  AssertHelper(TestPartResult::Type Kind, const char *File, int Line);
  ~AssertHelper();
  void operator=(const Message &) const;
};
bool AlwaysTrue();
} // namespace internal
} // namespace testing

#define MESSAGE(KIND)                                                          \
  ::testing::internal::AssertHelper(KIND, __FILE__, __LINE__) =                \
      ::testing::Message()
#define ASSERT(CONDITION)                                                      \
  if (CONDITION)                                                               \
    ;                                                                          \
  else                                                                         \
    co_return MESSAGE(::testing::TestPartResult::kFatalFailure)
#define EXPECT(CONDITION)                                                      \
  if (CONDITION)                                                               \
    ;                                                                          \
  else                                                                         \
    MESSAGE(::testing::TestPartResult::kNonFatalFailure)
#define EXPECT_THROWS(STATEMENT)                                               \
  {                                                                            \
    bool Caught = false;                                                       \
    try {                                                                      \
      if (::testing::internal::AlwaysTrue()) {                                 \
        STATEMENT;                                                             \
      }                                                                        \
    } catch (...) {                                                            \
      Caught = true;                                                           \
    }                                                                          \
    EXPECT(Caught);                                                            \
  }

own::task<> ok_failed_assertion(int Count) {
  own::connection c("host");
  ASSERT(c.is_open());
  ASSERT(Count == 3);
  co_await c.close();
  ASSERT(!c.is_open());
}

own::task<> bad_left_after_an_assertion(int Count) {
  own::connection c("host"); // expected-warning {{on some path}}
  ASSERT(c.is_open());
  if (Count)
    co_return;
  co_await c.close();
}

// An assertion that lets the test go on is no way out.
own::task<> bad_only_closed_before_a_failure(int Count) {
  own::connection c("host"); // expected-warning {{on some path}}
  if (Count != 3) {
    MESSAGE(::testing::TestPartResult::kNonFatalFailure);
    co_return;
  }
  co_await c.close();
}

own::task<> ok_close_is_expected_to_throw() {
  own::connection c("host");
  EXPECT_THROWS(co_await c.close());
}

own::task<> bad_nothing_is_expected_to_close() {
  own::connection c("host"); // expected-warning {{without an awaited 'close()'}}
  EXPECT_THROWS(co_await own::sleep(1));
}
