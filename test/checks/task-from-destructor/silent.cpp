// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check task-from-destructor %s -pthread
//
// Tasks that a destructor may start.

#include "own/connection.h"
#include "own/task.h"
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using own::spawn;
using own::task;

template <class F> void spawn_detached(F f);
void run(task<> t);
task<> say_bye(own::connection &c);
task<> close_later(own::connection c) { co_await c.close(); }
task<> log(std::string line);
void note(int);

// The state goes with the task.

struct OkMoved {
  own::connection conn;
  ~OkMoved() { spawn(close_later(std::move(conn))); }
};

struct OkMovedIntoLambda {
  own::connection conn;
  ~OkMovedIntoLambda() {
    spawn([](own::connection c) -> task<> { co_await c.close(); }(std::move(conn)));
    spawn_detached([c = std::move(conn)]() mutable -> task<> { co_await c.close(); });
  }
};

struct OkCopied {
  std::string name;
  ~OkCopied() {
    spawn(log(name));
    spawn_detached([name = name]() -> task<> { co_await log(name); });
  }
};

struct OkWholeCopy {
  std::string name;
  ~OkWholeCopy() {
    spawn_detached([*this]() -> task<> { co_await log(name); });
  }
};

struct impl {
  own::connection conn;
  task<> bye() { co_await conn.close(); }
};
task<> close_shared(std::shared_ptr<impl> p) { co_await p->bye(); }

struct OkShared {
  std::shared_ptr<impl> p = std::make_shared<impl>();
  ~OkShared() {
    spawn(close_shared(p));
    spawn_detached([p = p]() -> task<> { co_await p->bye(); });
    auto kept = p;
    spawn_detached([kept]() -> task<> { co_await kept->bye(); });
  }
};

struct OkUniqueMoved {
  std::unique_ptr<impl> p;
  ~OkUniqueMoved() {
    spawn_detached([p = std::move(p)]() -> task<> { co_await p->bye(); });
  }
};

// Referred to, but not part of the object.

struct OkReferenceMember {
  own::connection &conn;
  own::connection *other;
  ~OkReferenceMember() {
    spawn(say_bye(conn));
    spawn(say_bye(*other));
    spawn(other->close());
    spawn_detached([&c = conn]() -> task<> { co_await c.close(); });
    spawn_detached([c = other]() -> task<> { co_await c->close(); });
  }
};

struct OkPointers {
  std::vector<own::connection *> conns;
  ~OkPointers() {
    for (auto *c : conns)
      spawn(c->close());
  }
};

own::connection &pool();
struct OkGlobal {
  ~OkGlobal() { spawn(say_bye(pool())); }
};

// The body is visible and does not use the object.

struct OkDoesNotUse {
  task<> bye() { co_await own::sleep(1); }
  ~OkDoesNotUse() { spawn(bye()); }
};

struct OkStatic {
  static task<> bye();
  ~OkStatic() { spawn(bye()); }
};

struct OkOnlyBeforeSuspension {
  int count = 0;
  own::detached bye() {
    int last = count;
    count = 0;
    co_await own::sleep(last);
    note(last);
  }
  ~OkOnlyBeforeSuspension() { bye(); }
};

struct OkMovesOutBeforeSuspension {
  own::connection conn;
  own::detached bye() {
    auto c = std::move(conn);
    co_await own::yield();
    co_await c.close();
  }
  ~OkMovesOutBeforeSuspension() { bye(); }
};

struct OkArgumentsBeforeSuspension {
  struct {
    int time() const;
  } options;
  own::connection conn;
  own::detached bye() { co_await own::sleep(options.time()); }
  own::detached close() { co_await close_later(std::move(conn)); }
  ~OkArgumentsBeforeSuspension() {
    bye();
    close();
  }
};

// A home-made sink may run the task up to its first suspension at once.
struct OkSinkMayStartInline {
  int count = 0;
  task<> bye() {
    note(count);
    co_await own::yield();
  }
  ~OkSinkMayStartInline() { spawn(bye()); }
};

struct OkNeverSuspends {
  int count = 0;
  own::detached bye() {
    co_await own::ready{};
    note(count);
  }
  ~OkNeverSuspends() { bye(); }
};

// Waited for. That it blocks is another rule's business.

struct OkWaits {
  own::connection conn;
  task<> bye();
  ~OkWaits() { own::sync_wait(bye()); }
};

struct OkJoinsScope {
  own::connection conn;
  own::scope scope;
  ~OkJoinsScope() {
    scope.spawn(say_bye(conn));
    own::sync_wait(scope.join());
  }
};

struct OkJoinsThread {
  std::thread runs_the_loop;
  task<> bye();
  ~OkJoinsThread() {
    spawn(bye());
    runs_the_loop.join();
  }
};

struct OkJoinsInCaller {
  std::thread runs_the_loop;
  task<> bye();
  void stop() { spawn(bye()); }
  void wait() { runs_the_loop.join(); }
  ~OkJoinsInCaller() {
    stop();
    wait();
  }
};

struct OkWaitsForPromise {
  own::connection conn;
  ~OkWaitsForPromise() {
    std::promise<void> done;
    spawn_detached([&]() -> task<> {
      co_await conn.close();
      done.set_value();
    });
    done.get_future().wait();
  }
};

// It may wait for its tasks in its own destructor.
struct OkScopeIsMember {
  own::connection conn;
  own::scope scope;
  ~OkScopeIsMember() { scope.spawn(say_bye(conn)); }
};

// A lazy task that is dropped never runs: another rule's.
struct OkLazyDropped {
  task<> bye();
  ~OkLazyDropped() { (void)bye(); }
};

// A function that nobody knows may wait.
struct OkUnknownFunction {
  task<> bye();
  ~OkUnknownFunction() { run(bye()); }
};

// Not in a destructor.
struct OkElsewhere {
  task<> bye();
  void stop() { spawn(bye()); }
};

// Plain work.
struct OkNoTask {
  int count = 0;
  void stop() { note(count); }
  ~OkNoTask() { stop(); }
};

struct OkKeepsItself : std::enable_shared_from_this<OkKeepsItself> {
  task<> bye();
  void stop() {
    spawn_detached([this, self = shared_from_this()]() -> task<> {
      co_await bye();
    });
  }
  ~OkKeepsItself() { stop(); }
};

struct handle {
  task<> close();

private:
  std::shared_ptr<impl> p;
};
struct OkHandle {
  handle h;
  ~OkHandle() { spawn(h.close()); }
};

template <bool Background> struct OkDiscardedBranch {
  task<> bye();
  ~OkDiscardedBranch() {
    if constexpr (Background)
      spawn(bye());
  }
};
template struct OkDiscardedBranch<false>;
