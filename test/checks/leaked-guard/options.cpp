// RUN: %check leaked-guard %s
// RUN: %check leaked-guard %s --prefix definite --checks-options codrop-leaked-guard.Confidence=definite
// RUN: %check leaked-guard %s --prefix always --checks-options codrop-leaked-guard.DestroyEdges=always
// RUN: %check leaked-guard %s --prefix noflags --checks-options codrop-leaked-guard.ReportFlags=false
// RUN: %check leaked-guard %s --prefix known --checks-options codrop-leaked-guard.KnowledgeFiles=%S/Inputs/gateway.yaml

#include "own/sync.h"
#include "own/task.h"

using own::task;

task<> work();
task<bool> accepted();

struct gateway {
  task<> sit_down();
  void stand_up();
  struct seat {
    seat(seat &&) noexcept;
    ~seat();
  };
  task<seat> take();
};

struct service {
  own::async_mutex mutex;
  bool busy = false;
  int active = 0;

  // Definite: on a path that a reader can follow.
  task<> bad_early_return() {
    co_await mutex.lock();
    if (co_await accepted())
      co_return;
    mutex.unlock();
  }

  task<> bad_throwing_await() {
    co_await mutex.lock();
    co_await work();
    mutex.unlock();
  }

  task<> bad_flag() {
    busy = true;
    co_await work();
    busy = false;
  }

  task<> bad_counter() {
    ++active;
    co_await work();
    --active;
  }

  // Only a frame that is destroyed while it is suspended loses these.
  task<> flag_and_destroyed_frame() {
    busy = true;
    co_await own::nothrow_yield();
    busy = false;
  }

  task<> handler_and_destroyed_frame() {
    co_await mutex.lock();
    try {
      co_await work();
    } catch (...) {
      mutex.unlock();
      throw;
    }
    mutex.unlock();
  }

  own::generator<int> yields() {
    ++active;
    co_yield 1;
    --active;
  }

  task<> bad_dropped() {
    co_await mutex.scoped_lock();
    co_await work();
  }

  task<> pair_of_a_knowledge_file(gateway &g) {
    co_await g.sit_down();
    co_await work();
    g.stand_up();
  }

  task<> guard_of_a_knowledge_file(gateway &g) {
    co_await g.take();
    co_await work();
  }
};

// The frame of such a task is known to be destroyed while it is suspended.
struct [[clang::annotate("codrop::destroys_suspended_frame")]] dropped_task {
  struct promise_type : own::task<>::promise_type {
    dropped_task get_return_object() { return {}; }
  };
};

dropped_task bad_destroyed_frame(service &s) {
  s.busy = true;
  co_await own::nothrow_yield();
  s.busy = false;
}
