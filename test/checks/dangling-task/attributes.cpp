// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dangling-task %s --no-notes
//
// What Clang's attributes and our annotations say of functions that are only
// declared.

#include "own/task.h"
#include <string>

using own::task;

task<> work();

/// Nothing is known of a declared function with an eager task, but for its
/// attribute.
template <class T = void> class [[clang::coro_lifetimebound]] [[clang::coro_return_type]] bound_task {
public:
  struct promise_type {
    bound_task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() noexcept {}
};

bound_task<> print(const std::string &line);
[[clang::coro_wrapper]] [[clang::coro_disable_lifetimebound]] bound_task<>
print_copy(const std::string &line);
own::future<> start(const std::string &line);

void bad_bound() {
  std::string line = "a";
  (void)print(line);
  // expected-warning@-1 {{dropped task refers to local variable 'line'}}
}
void ok_disabled() {
  std::string line = "a";
  (void)print_copy(line);
}
/// A function that is only declared may copy what it is given.
void ok_eager_declared() {
  std::string line = "a";
  (void)start(line);
}

/// Awaited directly, its frame may be a part of the caller's.
class [[clang::coro_await_elidable]] [[clang::coro_return_type]] inner_task {
public:
  struct promise_type {
    inner_task get_return_object() { return {}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() noexcept {}
};
inner_task print_inner(const std::string &line);
inner_task with_log([[clang::coro_await_elidable_argument]] inner_task t);
/// What is given to it has ended when it has, whatever else is said of it.
[[clang::annotate("codrop::detaches(1)")]] own::future<> spawn_here([[clang::coro_await_elidable_argument]] inner_task t);
[[clang::annotate("codrop::detaches(1)")]] own::future<>
spawn_there(inner_task t);
void spawn(inner_task t);

task<> ok_elidable() {
  std::string line = "a";
  co_await print_inner(line);
  co_await with_log(print_inner(line));
  co_await spawn_here(print_inner("text"));
}
[[clang::coro_wrapper]] inner_task bad_elidable_returned() {
  std::string line = "a";
  return with_log(print_inner(line));
  // expected-warning@-1 {{returned task refers to local variable 'line'}}
}
void bad_not_elidable_argument() {
  std::string line = "a";
  (void)spawn_there(print_inner(line));
  // expected-warning@-1 {{detached task refers to local variable 'line'}}
}
void bad_elidable_spawned() {
  std::string line = "a";
  spawn(print_inner(line));
  // expected-warning@-1 {{detached task refers to local variable 'line'}}
}

struct buffer {
  const char *data;
};
buffer make_buffer(const std::string &text [[clang::lifetimebound]]);
buffer copy_buffer(const std::string &text);
task<> send(buffer data);

task<> bad_lifetimebound(std::string text) {
  return send(make_buffer(text));
  // expected-warning@-1 {{returned task refers to parameter 'text'}}
}
task<> ok_not_bound(std::string text) { return send(copy_buffer(text)); }

[[clang::annotate("codrop::detaches")]] void begin(task<> t);
task<> count(int &n);
void bad_annotated() {
  int n = 0;
  begin(count(n));
  // expected-warning@-1 {{detached task refers to local variable 'n'}}
}
