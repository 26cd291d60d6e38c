// RUN: %check blocking-call %s --no-notes -pthread
//
// The libraries' own ways to block, and to get off the thread.

#include "cppcoro/static_thread_pool.hpp"
#include "cppcoro/sync_wait.hpp"
#include "cppcoro/task.hpp"
#include "folly/coro/BlockingWait.h"
#include "folly/coro/Task.h"
#include "seastar/core/coroutine.hh"
#include "seastar/core/future.hh"
#include "seastar/core/thread.hh"
#include <chrono>
#include <thread>
#include <unistd.h>

namespace {

cppcoro::task<> one();
cppcoro::task<> bad_cppcoro() {
  cppcoro::sync_wait(one()); // expected-warning {{'cppcoro::sync_wait' waits for}}
  co_return;
}
cppcoro::task<> ok_cppcoro_pool(cppcoro::static_thread_pool &pool) {
  co_await pool.schedule();
  std::this_thread::sleep_for(std::chrono::seconds(1));
}

folly::coro::Task<void> two();
folly::coro::Task<void> bad_folly() {
  folly::coro::blockingWait(two()); // expected-warning {{'folly::coro::blockingWait' waits for}}
  co_return;
}

seastar::future<> three();
seastar::future<> bad_seastar(int fd) {
  ::fsync(fd); // expected-warning {{'fsync' waits for the disk}}
  co_await three();
}
} // namespace
struct in_a_thread {
  void operator()() { std::this_thread::sleep_for(std::chrono::seconds(1)); }
};
namespace {
// A Seastar thread may not block the reactor either; only lambdas are followed.
seastar::future<> object_in_a_seastar_thread_FN() {
  co_await seastar::async(in_a_thread{});
}

} // namespace
