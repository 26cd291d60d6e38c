// RUN: %check blocking-call %s -pthread
//
// A test keeps nobody waiting but itself, however its framework knows of it.

#include "own/task.h"
#include <chrono>
#include <thread>

using own::task;
using namespace std::chrono_literals;

task<> work();
void run(task<>);

// --- Registered by a function ------------------------------------------------

namespace Catch {
struct AutoReg {
  AutoReg(int *Invoker, const char *Name);
};
int *makeTestInvoker(void (*Test)());
} // namespace Catch

#define TEST_CASE(Function, Name)                                              \
  static void Function();                                                      \
  namespace {                                                                  \
  const Catch::AutoReg registrar_of_##Function(                                \
      Catch::makeTestInvoker(&Function), Name);                                \
  }                                                                            \
  static void Function()

namespace {
task<> ok_helper_of_tests() {
  std::this_thread::sleep_for(1ms);
  co_await work();
}
} // namespace

TEST_CASE(ok_waits, "waits") {
  auto late = []() -> task<> {
    std::this_thread::sleep_for(1ms);
    co_await work();
  };
  run(late());
  run(ok_helper_of_tests());
}

// --- Registered by a type ----------------------------------------------------

namespace perf_tests::internal {
template <class Test> struct test_registrar {
  explicit test_registrar(const char *Name);
};
} // namespace perf_tests::internal

struct ok_measured {
  task<> run() {
    std::this_thread::sleep_for(1ms);
    co_await work();
  }
};
static perf_tests::internal::test_registrar<ok_measured> registrar("measured");

// --- What stands in for the registrar where the code is only looked at -------

namespace Catch::Detail {
struct DummyUse {
  DummyUse(void (*Test)(int), const char *Name);
};
} // namespace Catch::Detail

static void ok_looked_at(int);
static const Catch::Detail::DummyUse user(&(ok_looked_at), "looked at");
static void ok_looked_at(int) {
  auto late = []() -> task<> {
    std::this_thread::sleep_for(1ms);
    co_await work();
  };
  run(late());
}

// --- No test -----------------------------------------------------------------

namespace Catch {
struct Other {
  explicit Other(void (*)());
};
} // namespace Catch

task<> bad_is_unregistered() {
  std::this_thread::sleep_for(1ms);
  // expected-warning@-1 {{coroutine 'bad_is_unregistered' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_await work();
}
static void starts() { run(bad_is_unregistered()); }
static const Catch::Other other(&starts);
