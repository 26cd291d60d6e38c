// RUN: %check unawaited-close %s -Werror=return-type --no-notes

#include "cppcoro/async_mutex.hpp"
#include "cppcoro/async_scope.hpp"
#include "cppcoro/generator.hpp"
#include "cppcoro/task.hpp"

using cppcoro::async_scope;
using cppcoro::task;

bool lucky();
task<> work();

// The scope's destructor asserts that it was joined, whatever was spawned.
task<> bad_never_joined() {
  async_scope scope; // expected-warning {{'scope' of type 'cppcoro::async_scope' is destroyed without an awaited 'join()'}}
  co_await work();
}

task<> bad_spawned() {
  async_scope scope; // expected-warning {{'scope' of type 'cppcoro::async_scope'}}
  scope.spawn(work());
  co_return;
}

task<> ok_joined() {
  async_scope scope;
  scope.spawn(work());
  co_await scope.join();
}

task<> bad_await_before_the_join() {
  async_scope scope; // expected-warning {{when a co_await throws}}
  scope.spawn(work());
  co_await work();
  co_await scope.join();
}

task<> ok_joined_after_catch() {
  async_scope scope;
  std::exception_ptr error;
  try {
    scope.spawn(work());
    co_await work();
  } catch (...) {
    error = std::current_exception();
  }
  co_await scope.join();
  if (error)
    std::rethrow_exception(error);
}

class file {
public:
  file(file &&) noexcept;
  ~file();
  task<int> read();
  task<> close();
};
task<file> open_file(const char *name);

task<int> bad_file() {
  auto f = co_await open_file("name"); // expected-warning {{'f' of type 'file' is destroyed without an awaited 'close()' when a co_await throws}}
  int n = co_await f.read();
  co_await f.close();
  co_return n;
}

cppcoro::generator<int> bad_file_over_a_yield(file f) { // expected-warning {{'f' of type 'file'}}
  co_yield 1;
}
