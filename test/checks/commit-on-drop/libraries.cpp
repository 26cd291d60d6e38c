// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check commit-on-drop %s --no-notes
//
// Whether a suspended frame may be destroyed is known of a library's types, and
// guards of libraries are told by their shape: these are as some of them are
// built.

#include "cppcoro/generator.hpp"
#include "cppcoro/task.hpp"
#include "folly/coro/AsyncGenerator.h"
#include "folly/coro/Sleep.h"
#include "folly/coro/Task.h"
#include "kj/async.h"
#include "own/task.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/sleep.hh"
#include <chrono>
#include <exception>
#include <limits>
#include <utility>

struct database {
  void commit();
};

// Asks for "no more than at first", and forgets what it was to be disarmed.
namespace std::experimental {
template <class F> class scope_success {
public:
  explicit scope_success(F &&f) : exit_function(std::forward<F>(f)) {}
  scope_success(const scope_success &) = delete;
  ~scope_success() noexcept(false) {
    if (std::uncaught_exceptions() <= uncaught_init)
      exit_function();
  }
  void release() noexcept { uncaught_init = -9999; }

private:
  [[no_unique_address]] F exit_function;
  int uncaught_init = std::uncaught_exceptions();
};
template <class F> scope_success(F) -> scope_success<F>;
template <class F> class scope_fail {
public:
  explicit scope_fail(F &&f) : exit_function(std::forward<F>(f)) {}
  ~scope_fail() {
    if (std::uncaught_exceptions() > uncaught_init)
      exit_function();
  }
  void release() noexcept { uncaught_init = 9999; }

private:
  F exit_function;
  int uncaught_init = std::uncaught_exceptions();
};
template <class F> scope_fail(F) -> scope_fail<F>;
} // namespace std::experimental

// A guard with a condition that is an object of its own.
namespace boost::scope {
class exception_checker {
public:
  bool operator()() const noexcept { return std::uncaught_exceptions() > m_uncaught_count; }

private:
  unsigned int m_uncaught_count = std::uncaught_exceptions();
};
template <class Cond> class logical_not {
public:
  bool operator()() { return !m_cond(); }

private:
  Cond m_cond;
};
template <class Func, class Cond> class scope_exit {
public:
  explicit scope_exit(Func func) : m_func(std::move(func)) {}
  ~scope_exit() {
    if (m_active && m_cond())
      m_func();
  }
  void set_active(bool active) noexcept { m_active = active; }

private:
  Func m_func;
  Cond m_cond;
  bool m_active = true;
};
template <class Func> class scope_success : public scope_exit<Func, logical_not<exception_checker>> {
public:
  explicit scope_success(Func func) : scope_exit<Func, logical_not<exception_checker>>(std::move(func)) {}
};
template <class Func> class scope_fail : public scope_exit<Func, exception_checker> {
public:
  explicit scope_fail(Func func) : scope_exit<Func, exception_checker>(std::move(func)) {}
};
} // namespace boost::scope

// A detector beside a deferred closure, by a macro.
namespace kj {
class UnwindDetector {
public:
  UnwindDetector() : uncaughtCount(std::uncaught_exceptions()) {}
  bool isUnwinding() const { return std::uncaught_exceptions() > static_cast<int>(uncaughtCount); }

private:
  unsigned int uncaughtCount;
};
template <class Func> class Deferred {
public:
  explicit Deferred(Func &&func) : func(std::move(func)) {}
  ~Deferred() noexcept(false) { run(); }
  void run() { func(); }

private:
  Func func;
};
template <class Func> Deferred<Func> defer(Func &&func) { return Deferred<Func>(std::move(func)); }
} // namespace kj
#define DEFER(code) auto deferred = ::kj::defer([&]() { code; })
#define SCOPE_SUCCESS(code)                                                    \
  ::kj::UnwindDetector detector;                                               \
  DEFER(if (!detector.isUnwinding()) { code; })
#define SCOPE_FAILURE(code)                                                    \
  ::kj::UnwindDetector detector;                                               \
  DEFER(if (detector.isUnwinding()) { code; })

using folly::coro::AsyncGenerator;

AsyncGenerator<int> bad_std(database &db) {
  std::experimental::scope_success done([&] { db.commit(); });
  // expected-warning@-1 {{'done' of type 'scope_success' commits when the suspended coroutine is destroyed}}
  co_yield 1;
}
AsyncGenerator<int> ok_std_released(database &db) {
  std::experimental::scope_success done([&] { db.commit(); });
  done.release();
  co_yield 1;
}
AsyncGenerator<int> ok_std_fail(database &db) {
  std::experimental::scope_fail undo([&] { db.commit(); });
  co_yield 1;
}
AsyncGenerator<int> bad_boost(database &db) {
  boost::scope::scope_success done([&] { db.commit(); });
  // expected-warning@-1 {{'done' of type 'scope_success' commits when the suspended coroutine is destroyed}}
  co_yield 1;
}
AsyncGenerator<int> ok_boost_inactive(database &db) {
  boost::scope::scope_success done([&] { db.commit(); });
  done.set_active(false);
  co_yield 1;
}
AsyncGenerator<int> ok_boost_fail(database &db) {
  boost::scope::scope_fail undo([&] { db.commit(); });
  co_yield 1;
}
AsyncGenerator<int> bad_kj(database &db) {
  SCOPE_SUCCESS(db.commit());
  // expected-warning@-1 {{'deferred' of type 'Deferred' commits when the suspended coroutine is destroyed}}
  co_yield 1;
}
AsyncGenerator<int> ok_kj_failure(database &db) {
  SCOPE_FAILURE(db.commit());
  co_yield 1;
}

struct transaction {
  database &db;
  int count = std::uncaught_exceptions();
  ~transaction() {
    if (std::uncaught_exceptions() == count)
      db.commit();
  }
};

kj::Promise<void> pause();
kj::Promise<void> bad_kj_promise(database &db) {
  SCOPE_SUCCESS(db.commit());
  // expected-warning@-1 {{'deferred' of type 'Deferred' commits when the suspended coroutine is destroyed}}
  co_await pause();
}
kj::Promise<void> ok_kj_promise(database &db) {
  SCOPE_FAILURE(db.commit());
  co_await pause();
}

cppcoro::generator<int> bad_generator(database &db) {
  transaction t{db}; // expected-warning {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
  co_yield 1;
}
AsyncGenerator<int> bad_await_in_generator(database &db) {
  transaction t{db}; // expected-warning {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
  co_await folly::coro::sleep(std::chrono::seconds(1));
}

// Frames of these are never destroyed while they are suspended, or nothing is
// known of it.
folly::coro::Task<> ok_folly_task(database &db) {
  transaction t{db};
  co_await folly::coro::sleep(std::chrono::seconds(1));
}
cppcoro::task<> rest();
cppcoro::task<> ok_cppcoro_task(database &db) {
  transaction t{db};
  co_await rest();
}
seastar::future<> ok_seastar(database &db) {
  transaction t{db};
  co_await seastar::sleep(std::chrono::seconds(1));
}
own::task<> ok_unknown(database &db) {
  transaction t{db};
  co_await own::yield();
}
