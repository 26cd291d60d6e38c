// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check task-from-destructor %s --no-notes -pthread
//
// How a task is started, how it comes by the object, and when it uses it: with
// a library that no knowledge file speaks of.

#include "own/connection.h"
#include "own/task.h"
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using own::task;

using own::spawn;
template <class F> void spawn_detached(F f);
task<> say_bye(own::connection &c);
task<> say_bye_to(own::connection *c);
task<> log(std::string line);
task<> print(std::string_view line);
void note(int);

// Member coroutines.

struct BadDeclared {
  task<> bye();
  ~BadDeclared() { spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadDeclared' starts a coroutine that uses the object after it is destroyed}}
};

struct BadVisible {
  own::connection conn;
  task<> bye() {
    co_await own::sleep(1);
    co_await conn.write(1);
  }
  ~BadVisible() { own::spawn(this->bye()); }
  // expected-warning@-1 {{destructor of 'BadVisible' starts a coroutine that uses member 'conn' after it is destroyed}}
};

struct BadEager {
  own::connection conn;
  own::detached bye() {
    co_await own::sleep(1);
    co_await conn.write(1);
  }
  ~BadEager() { bye(); }
  // expected-warning@-1 {{destructor of 'BadEager' starts a coroutine that uses member 'conn' after it is destroyed}}
};

struct BadEagerFuture {
  int count = 0;
  own::future<> bye() {
    co_await own::sleep(1);
    note(count);
  }
  ~BadEagerFuture() { (void)bye(); }
  // expected-warning@-1 {{destructor of 'BadEagerFuture' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadEagerIgnored {
  int count = 0;
  own::future<> bye() {
    co_await own::sleep(1);
    note(count);
  }
  ~BadEagerIgnored() { std::ignore = bye(); }
  // expected-warning@-1 {{destructor of 'BadEagerIgnored' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct BadEagerKeptInUnusedVariable {
  int count = 0;
  own::future<> bye() {
    co_await own::sleep(1);
    note(count);
  }
  ~BadEagerKeptInUnusedVariable() { auto pending = bye(); }
  // expected-warning@-1 {{destructor of 'BadEagerKeptInUnusedVariable' starts a coroutine that uses member 'count' after it is destroyed}}
};

// The write itself works on the member, though nothing follows it.
struct BadAwaitedOperand {
  own::connection conn;
  own::detached bye() { co_await conn.write(1); }
  ~BadAwaitedOperand() { bye(); }
  // expected-warning@-1 {{destructor of 'BadAwaitedOperand' starts a coroutine that uses member 'conn' after it is destroyed}}
};

struct BadInLoop {
  std::vector<int> queue;
  own::detached drain() {
    while (!queue.empty())
      co_await own::yield();
  }
  ~BadInLoop() { drain(); }
  // expected-warning@-1 {{destructor of 'BadInLoop' starts a coroutine that uses member 'queue' after it is destroyed}}
};

struct BadUsesThroughAwaitedMember {
  int count = 0;
  task<> step() {
    co_await own::yield();
    ++count;
  }
  own::detached bye() { co_await step(); }
  ~BadUsesThroughAwaitedMember() { bye(); }
  // expected-warning@-1 {{destructor of 'BadUsesThroughAwaitedMember' starts a coroutine that uses member 'count' after it is destroyed}}
};

struct Base {
  task<> bye();
};
struct BadInBase : Base {
  ~BadInBase() { spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadInBase' starts a coroutine that uses the object after it is destroyed}}
};

struct BadVirtual {
  virtual task<> bye();
  virtual ~BadVirtual() { spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadVirtual' starts a coroutine that uses the object after it is destroyed}}
};

// Lambdas.

struct BadLambdaThis {
  own::connection conn;
  ~BadLambdaThis() {
    spawn([this]() -> task<> { co_await conn.close(); }());
    // expected-warning@-1 {{destructor of 'BadLambdaThis' starts a coroutine that uses member 'conn' after it is destroyed}}
  }
};

struct BadLambdaDefault {
  own::connection conn;
  ~BadLambdaDefault() {
    spawn_detached([&]() -> task<> { co_await own::yield(); co_await conn.close(); });
    // expected-warning@-1 {{destructor of 'BadLambdaDefault' starts a coroutine that uses member 'conn' after it is destroyed}}
  }
};

struct BadLambdaMemberByReference {
  own::connection conn;
  ~BadLambdaMemberByReference() {
    spawn_detached([&c = conn]() -> task<> { co_await c.close(); });
    // expected-warning@-1 {{destructor of 'BadLambdaMemberByReference' starts a coroutine that uses member 'conn' after it is destroyed}}
  }
};

struct BadLambdaPointer {
  own::connection conn;
  ~BadLambdaPointer() {
    auto *c = &conn;
    spawn_detached([c]() -> task<> { co_await c->close(); });
    // expected-warning@-1 {{destructor of 'BadLambdaPointer' starts a coroutine that uses member 'conn' after it is destroyed}}
  }
};

struct BadLambdaSelf {
  own::connection conn;
  ~BadLambdaSelf() {
    spawn([](BadLambdaSelf *self) -> task<> { co_await self->conn.close(); }(this));
    // expected-warning@-1 {{destructor of 'BadLambdaSelf' starts a coroutine that uses member 'conn' after it is destroyed}}
  }
};

struct BadLambdaVariable {
  own::connection conn;
  ~BadLambdaVariable() {
    auto bye = [this]() -> own::detached {
      co_await own::yield();
      co_await conn.close();
    };
    bye();
    // expected-warning@-1 {{destructor of 'BadLambdaVariable' starts a coroutine that uses member 'conn' after it is destroyed}}
  }
};

struct BadLambdaReturnsTask {
  task<> bye();
  ~BadLambdaReturnsTask() {
    spawn_detached([this] { return bye(); });
    // expected-warning@-1 {{destructor of 'BadLambdaReturnsTask' starts a coroutine that uses the object after it is destroyed}}
  }
};

// Free coroutines.

struct BadMember {
  own::connection conn;
  ~BadMember() { spawn(say_bye(conn)); }
  // expected-warning@-1 {{destructor of 'BadMember' starts a coroutine that uses member 'conn' after it is destroyed}}
};

struct BadMemberPointer {
  own::connection conn;
  ~BadMemberPointer() { spawn(say_bye_to(&conn)); }
  // expected-warning@-1 {{destructor of 'BadMemberPointer' starts a coroutine that uses member 'conn' after it is destroyed}}
};

struct BadOwnedByMember {
  std::unique_ptr<own::connection> conn;
  ~BadOwnedByMember() { spawn(say_bye(*conn)); }
  // expected-warning@-1 {{destructor of 'BadOwnedByMember' starts a coroutine that uses member 'conn' after it is destroyed}}
};

struct BadGetOfMember {
  std::unique_ptr<own::connection> conn;
  ~BadGetOfMember() { spawn(say_bye_to(conn.get())); }
  // expected-warning@-1 {{destructor of 'BadGetOfMember' starts a coroutine that uses member 'conn' after it is destroyed}}
};

struct BadMemberOfOwned {
  std::unique_ptr<own::connection> conn;
  ~BadMemberOfOwned() { spawn(conn->close()); }
  // expected-warning@-1 {{destructor of 'BadMemberOfOwned' starts a coroutine that uses member 'conn' after it is destroyed}}
};

struct BadOptional {
  std::optional<own::connection> conn;
  ~BadOptional() {
    if (conn)
      spawn(conn->close());
      // expected-warning@-1 {{destructor of 'BadOptional' starts a coroutine that uses member 'conn' after it is destroyed}}
  }
};

struct BadElements {
  std::vector<own::connection> conns;
  ~BadElements() {
    for (auto &c : conns)
      spawn(c.close());
      // expected-warning@-1 {{destructor of 'BadElements' starts a coroutine that uses member 'conns' after it is destroyed}}
  }
};

struct BadMapped {
  std::map<int, own::connection> conns;
  ~BadMapped() {
    for (auto &[id, c] : conns)
      spawn(c.close());
      // expected-warning@-1 {{destructor of 'BadMapped' starts a coroutine that uses member 'conns' after it is destroyed}}
  }
};

struct BadView {
  std::string name;
  ~BadView() { spawn(print(name)); }
  // expected-warning@-1 {{destructor of 'BadView' starts a coroutine that uses member 'name' after it is destroyed}}
};

struct BadMovedIntoReference {
  own::connection conn;
  static task<> finish(own::connection &&c) { co_await c.close(); }
  ~BadMovedIntoReference() { spawn(finish(std::move(conn))); }
  // expected-warning@-1 {{destructor of 'BadMovedIntoReference' starts a coroutine that uses member 'conn' after it is destroyed}}
};

struct BadAlias {
  own::connection conn;
  ~BadAlias() {
    own::connection &c = conn;
    auto last = say_bye(c);
    spawn(std::move(last));
    // expected-warning@-1 {{destructor of 'BadAlias' starts a coroutine that uses member 'conn' after it is destroyed}}
  }
};

// Through functions.

struct BadThroughStop {
  own::connection conn;
  task<> bye() { co_await conn.close(); }
  void start_bye() { spawn(bye()); }
  void stop() { start_bye(); }
  ~BadThroughStop() { stop(); }
  // expected-warning@-1 {{destructor of 'BadThroughStop' starts a coroutine that uses member 'conn' after it is destroyed}}
};

void close_in_background(own::connection &c) { spawn(c.close()); }
struct BadThroughFree {
  own::connection conn;
  ~BadThroughFree() { close_in_background(conn); }
  // expected-warning@-1 {{destructor of 'BadThroughFree' starts a coroutine that uses member 'conn' after it is destroyed}}
};

struct part {
  int left = 0;
  task<> flush();
  void stop() { spawn(flush()); }
};
struct BadThroughPart {
  part p;
  ~BadThroughPart() { p.stop(); }
  // expected-warning@-1 {{destructor of 'BadThroughPart' starts a coroutine that uses member 'p' after it is destroyed}}
};

struct BadThroughPlainTask {
  task<> bye();
  task<> bye_now() { return bye(); }
  ~BadThroughPlainTask() { spawn(bye_now()); }
  // expected-warning@-1 {{destructor of 'BadThroughPlainTask' starts a coroutine that uses the object after it is destroyed}}
};

struct BadInCalledLambda {
  task<> bye();
  ~BadInCalledLambda() {
    [this] { spawn(bye()); }();
    // expected-warning@-1 {{destructor of 'BadInCalledLambda' starts a coroutine that uses the object after it is destroyed}}
  }
};

// Owned by something that outlives the object.

struct BadScopeElsewhere {
  own::scope &scope;
  task<> bye();
  ~BadScopeElsewhere() { scope.spawn(bye()); }
  // expected-warning@-1 {{destructor of 'BadScopeElsewhere' starts a coroutine that uses the object after it is destroyed}}
};

struct scheduler {
  [[nodiscard]] bool spawn_detached(task<> t);
};
struct BadSinkTellsWhetherItCould {
  scheduler &on;
  task<> bye();
  ~BadSinkTellsWhetherItCould() { (void)on.spawn_detached(bye()); }
  // expected-warning@-1 {{destructor of 'BadSinkTellsWhetherItCould' starts a coroutine that uses the object after it is destroyed}}
};

// Templates and macros.

template <class T> struct BadTemplate {
  T conn;
  ~BadTemplate() { spawn(conn.close()); }
  // expected-warning@-1 {{destructor of 'BadTemplate' starts a coroutine that uses member 'conn' after it is destroyed}}
};
template struct BadTemplate<own::connection>;

#define BACKGROUND(call) spawn(call)
struct BadMacro {
  task<> bye();
  ~BadMacro() { BACKGROUND(bye()); }
  // expected-warning@-1 {{destructor of 'BadMacro' starts a coroutine that uses the object after it is destroyed}}
};

struct DefinedLater {
  task<> bye();
  ~DefinedLater();
};
DefinedLater::~DefinedLater() { spawn(bye()); }
// expected-warning@-1 {{destructor of 'DefinedLater' starts a coroutine that uses the object after it is destroyed}}

struct OkNoLint {
  task<> bye();
  ~OkNoLint() { spawn(bye()); } // NOLINT(codrop-task-from-destructor)
};
