// RUN: %check blocking-destructor %s --no-notes -pthread
//
// The shapes of bugs that were found and fixed in programs, and of their fixes.
// Which repository and commit each stands for is in docs/field-bugs.md; the
// names say the repository.

#include "own/task.h"
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

// --- A connection's destructor waits for its own close -----------------------

namespace lazy {
template <class T> using Lazy = own::task<T>;
/// Runs the coroutine and waits on a semaphore until it is through.
template <class L> inline auto syncAwait(L &&coroutine) -> int;
} // namespace lazy

class socket_handle {
public:
  void shutdown() noexcept;
  void close() noexcept;
};

struct bad_yalantinglibs_connection {
  ~bad_yalantinglibs_connection() { // expected-warning {{destructor of 'bad_yalantinglibs_connection' blocks the thread: 'lazy::syncAwait' waits for the awaitable}}
    if (!closed)
      lazy::syncAwait(close());
  }
  lazy::Lazy<void> start();
  lazy::Lazy<void> close();
  std::atomic<bool> closed = false;
  socket_handle socket;
};

// The fix closes the socket at once, without a coroutine.
struct ok_yalantinglibs_connection {
  ~ok_yalantinglibs_connection() {
    if (!closed)
      sync_close();
  }
  lazy::Lazy<void> start();
  lazy::Lazy<void> close();
  void sync_close() {
    if (closed.exchange(true))
      return;
    socket.shutdown();
    socket.close();
  }
  std::atomic<bool> closed = false;
  socket_handle socket;
};

// The same, when close() had become a plain function.
struct ok_yalantinglibs_plain_close {
  ~ok_yalantinglibs_plain_close() {
    if (!closed)
      close();
  }
  lazy::Lazy<void> start();
  void close() {
    closed = true;
    socket.close();
  }
  bool closed = false;
  socket_handle socket;
};

// It does not matter how deep it is.
struct bad_yalantinglibs_through_a_helper {
  ~bad_yalantinglibs_through_a_helper() { // expected-warning {{'lazy::syncAwait' waits for the awaitable}}
    finish();
  }
  void finish() {
    if (!closed)
      lazy::syncAwait(close());
  }
  lazy::Lazy<void> close();
  bool closed = false;
};

// --- A container of tasks sleeps until the last one has ended ----------------

struct executor {
  own::task<> yield();
};

template <class Executor> struct bad_libcoro_container {
  ~bad_libcoro_container() { // expected-warning {{blocks the thread that runs the coroutine: 'std::this_thread::sleep_for'}}
    while (!empty())
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  bool empty() const { return running.load() == 0; }

  std::atomic<std::size_t> running = 0;
  std::shared_ptr<Executor> on;
};

// Who wants to wait awaits; the destructor has nothing to wait for, for whoever
// runs a task counts it.
template <class Executor> struct ok_libcoro_container {
  ~ok_libcoro_container() = default;
  own::task<> yield_until_empty() {
    while (running->load() > 0)
      co_await on->yield();
  }

  std::shared_ptr<std::atomic<std::size_t>> running = {};
  std::shared_ptr<Executor> on;
};

own::task<> in_a_frame(std::shared_ptr<executor> on) {
  bad_libcoro_container<executor> bad{.on = on};
  ok_libcoro_container<executor> good{.on = on};
  co_await good.yield_until_empty();
}
