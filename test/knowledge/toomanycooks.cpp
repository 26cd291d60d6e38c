// RUN: %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes

#include "tmc/all_headers.hpp"
#include <mutex>
#include <utility>

using tmc::task;

std::mutex threads;
tmc::mutex mutex;
int state;

task<void> work();
bool lucky();

// Of another library: only its awaits can throw.
struct foreign {
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  void await_resume();
};

task<void> bad_group_is_not_awaited() {
  tmc::aw_fork_group<0, void> group;
  // expected-warning@-1 {{'group' of type 'tmc::aw_fork_group<0, void>' is destroyed without an awaited 'await_resume()' on some path}}
  group.fork(work());
  if (lucky())
    co_return;
  co_await std::move(group);
}

task<void> bad_foreign_await_before() {
  tmc::aw_fork_group<0, void> group;
  // expected-warning@-1 {{'group' of type 'tmc::aw_fork_group<0, void>' is destroyed without an awaited 'await_resume()' when a co_await throws}}
  group.fork(work());
  co_await foreign();
  co_await std::move(group);
}

task<void> ok_group_is_awaited() {
  tmc::aw_fork_group<0, void> group;
  group.fork(work());
  co_await work();
  co_await std::move(group);
}

task<void> ok_lock_scope() {
  auto scope = co_await mutex.lock_scope();
  co_await foreign();
}

task<void> bad_lock_is_dropped_at_once() {
  co_await mutex.lock_scope();
  // expected-warning@-1 {{guard 'tmc::mutex_scope' is dropped at the end of this statement and protects nothing}}
  ++state;
}

task<void> bad_unlocked_by_hand() {
  co_await mutex; // expected-warning {{'mutex' is acquired and given back by hand and stays acquired when a co_await throws}}
  co_await foreign();
  mutex.unlock();
}

// No task throws.
task<void> ok_unlocked_by_hand() {
  co_await mutex;
  co_await work();
  co_await mutex.co_unlock();
}

task<void> bad_thread_mutex() {
  std::lock_guard lock(threads);
  // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await work();
}

struct BadExecutor {
  tmc::ex_cpu executor;
  ~BadExecutor() {}
  // expected-warning@-1 {{destructor of 'BadExecutor' blocks the thread: the destructor of 'tmc::ex_cpu' joins its threads}}
};

struct BadTeardown {
  tmc::ex_cpu &executor;
  ~BadTeardown() { executor.teardown(); }
  // expected-warning@-1 {{destructor of 'BadTeardown' blocks the thread: 'tmc::ex_cpu::teardown' joins the executor's threads}}
};

struct BadDetaches {
  task<void> bye();
  ~BadDetaches() { tmc::spawn(bye()).detach(); }
  // expected-warning@-1 {{destructor of 'BadDetaches' starts a coroutine that uses the object after it is destroyed}}
};

struct OkDetaches {
  ~OkDetaches() { tmc::spawn(work()).detach(); }
};

task<void> bad_tears_down(tmc::ex_cpu &executor) {
  executor.teardown();
  // expected-warning@-1 {{coroutine 'bad_tears_down' blocks the thread that runs it: 'tmc::ex_cpu::teardown' joins the executor's threads}}
  co_return;
}
