// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check commit-on-drop %s --checks-options codrop-commit-on-drop.DestroyEdges=always
//
// The story that the notes tell.

#include "own/task.h"
#include <exception>
#include <optional>

using own::task;

struct database {
  void commit();
  void publish_all();
};

class transaction {
public:
  explicit transaction(database &db) : db(db) {}
  ~transaction() { finish(); } // expected-note 2 {{the destructor calls 'finish' here}}

private:
  bool failed() const { return std::uncaught_exceptions() > count; }
  // expected-note@-1 2 {{no exception is in flight when a frame is destroyed, so this says that all went well}}
  void finish() {
    if (!failed())
      db.commit(); // expected-note 2 {{and 'commit' is called}}
  }
  database &db;
  int count = std::uncaught_exceptions();
};

struct publisher {
  database &db;
  ~publisher() { db.publish_all(); } // expected-note {{the destructor calls 'publish_all' whatever happens}}
};

template <class Function> struct scope_success {
  Function function;
  int count = std::uncaught_exceptions();
  ~scope_success() {
    if (std::uncaught_exceptions() == count)
    // expected-note@-1 {{no exception is in flight when a frame is destroyed, so this says that all went well}}
      function(); // expected-note {{and the success action is taken here}}
  }
};
template <class Function> scope_success(Function) -> scope_success<Function>;

task<> bad_local(database &db) {
  transaction t(db);
  // expected-warning@-1 {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
  // expected-note@-2 {{it is alive from here}}
  co_await own::yield();
  // expected-note@-1 {{if the frame is destroyed while the coroutine is suspended here, the guard's destructor runs without an exception}}
  co_await own::sleep(1);
  // expected-note@-1 {{and suspends here}}
  // expected-note@-2 {{commit by an explicit call after the last co_await and let the destructor roll back, as codrop::transaction_guard does}}
}

task<> bad_parameter(publisher p) {
// expected-warning@-1 {{'p' of type 'publisher' publishes when the suspended coroutine is destroyed}}
// expected-note@-2 {{the caller hands it over here}}
  co_await own::yield();
  // expected-note@-1 {{if the frame is destroyed while the coroutine is suspended here, the guard's destructor runs without an exception}}
  // expected-note@-2 {{commit by an explicit call after the last co_await and let the destructor roll back, as codrop::transaction_guard does}}
}

task<> bad_nested(database &db) {
  std::optional<transaction> t(db);
  // expected-warning@-1 {{'transaction' inside 't' commits when the suspended coroutine is destroyed}}
  // expected-note@-2 {{it is alive from here}}
  co_await own::yield();
  // expected-note@-1 {{if the frame is destroyed while the coroutine is suspended here, the guard's destructor runs without an exception}}
  // expected-note@-2 {{commit by an explicit call after the last co_await and let the destructor roll back, as codrop::transaction_guard does}}
}

task<> bad_closure(int &n) {
  scope_success done{[&] { ++n; }};
  // expected-warning@-1 {{'done' of type 'scope_success' takes its success action when the suspended coroutine is destroyed}}
  // expected-note@-2 {{it is alive from here}}
  co_await own::yield();
  // expected-note@-1 {{if the frame is destroyed while the coroutine is suspended here, the guard's destructor runs without an exception}}
  // expected-note@-2 {{commit by an explicit call after the last co_await and let the destructor roll back, as codrop::transaction_guard does}}
}
