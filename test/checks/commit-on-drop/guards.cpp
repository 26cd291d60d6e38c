// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check commit-on-drop %s --no-notes --checks-options codrop-commit-on-drop.DestroyEdges=always
//
// What a guard that commits looks like, and where it may live.

#include "own/task.h"
#include <array>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

using own::task;

struct database {
  void commit();
  void commit_all();
  void rollback();
  void publish_changes();
};
void note(int);

// --- Success told by the number of exceptions --------------------------------

template <class Function> class scope_success {
public:
  explicit scope_success(Function f) : function(std::move(f)) {}
  ~scope_success() noexcept(false) {
    if (std::uncaught_exceptions() <= count)
      function();
  }

private:
  Function function;
  int count = std::uncaught_exceptions();
};

task<> bad_scope_success(database &db) {
  scope_success done([&] { db.rollback(); });
  // expected-warning@-1 {{'done' of type 'scope_success' takes its success action when the suspended coroutine is destroyed}}
  co_await own::yield();
}

class transaction {
public:
  explicit transaction(database &db) : db(db), count(std::uncaught_exceptions()) {}
  ~transaction() {
    if (std::uncaught_exceptions() == count)
      db.commit();
    else
      db.rollback();
  }

private:
  database &db;
  int count;
};

task<> bad_transaction(database &db) {
  transaction t(db); // expected-warning {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}

struct old_transaction {
  database &db;
  ~old_transaction() {
    if (!std::uncaught_exception())
      db.commit();
  }
};

struct early_return {
  database &db;
  const int count = std::uncaught_exceptions();
  ~early_return() {
    if (std::uncaught_exceptions() > count)
      return;
    db.commit();
  }
};

struct with_local {
  database &db;
  int count = std::uncaught_exceptions();
  ~with_local() {
    const bool failed = std::uncaught_exceptions() != count;
    if (failed)
      db.rollback();
    else
      db.commit();
  }
};

struct with_choice {
  database &db;
  int count = std::uncaught_exceptions();
  ~with_choice() { count < std::uncaught_exceptions() ? db.rollback() : db.commit(); }
};

struct with_and {
  database *db;
  int count = std::uncaught_exceptions();
  ~with_and() {
    if (db && !(std::uncaught_exceptions() > count))
      db->commit();
  }
};

// Any number of calls lead to the question and to the answer.
class detector {
public:
  bool unwinding() const { return now() > count; }

private:
  static int now() { return std::uncaught_exceptions(); }
  int count = now();
};
class deep {
public:
  explicit deep(database &db) : db(db) {}
  ~deep() { finish(); }

private:
  void finish() {
    if (succeeded())
      done();
  }
  bool succeeded() const { return !detect.unwinding(); }
  void done() { db.commit(); }
  database &db;
  detector detect;
};

// The member commits when it dies, unless the destructor takes it back.
class inner_guard {
public:
  explicit inner_guard(std::function<void()> f) : function(std::move(f)) {}
  void dismiss() { active = false; }
  ~inner_guard() {
    if (active)
      function();
  }

private:
  std::function<void()> function;
  bool active = true;
};
class on_success {
public:
  explicit on_success(std::function<void()> f) : guard(std::move(f)) {}
  ~on_success() {
    if (count < std::uncaught_exceptions())
      guard.dismiss();
  }

private:
  inner_guard guard;
  int count = std::uncaught_exceptions();
};
class on_failure {
public:
  explicit on_failure(std::function<void()> f) : guard(std::move(f)) {}
  ~on_failure() {
    if (count >= std::uncaught_exceptions())
      guard.dismiss();
  }

private:
  inner_guard guard;
  int count = std::uncaught_exceptions();
};
template <class Function, bool OnException> class on_new_exception {
public:
  explicit on_new_exception(Function f) : guard(std::move(f)) {}
  ~on_new_exception() {
    if (OnException != (count < std::uncaught_exceptions()))
      guard.dismiss();
  }

private:
  inner_guard guard;
  int count = std::uncaught_exceptions();
};

struct assigns {
  int &version;
  int count = std::uncaught_exceptions();
  ~assigns() {
    if (std::uncaught_exceptions() == count)
      ++version, version = version + 1;
  }
};

task<> bad_old(database &db) {
  old_transaction t{db}; // expected-warning {{'t' of type 'old_transaction' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_early_return(database &db) {
  early_return t{db}; // expected-warning {{'t' of type 'early_return' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_with_local(database &db) {
  with_local t{db}; // expected-warning {{'t' of type 'with_local' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_with_choice(database &db) {
  with_choice t{db}; // expected-warning {{'t' of type 'with_choice' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_with_and(database &db) {
  with_and t{&db}; // expected-warning {{'t' of type 'with_and' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_deep(database &db) {
  deep t(db); // expected-warning {{'t' of type 'deep' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_member(database &db) {
  on_success t([&] { db.rollback(); });
  // expected-warning@-1 {{'t' of type 'on_success' takes its success action when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> ok_member_on_failure(database &db) {
  on_failure t([&] { db.rollback(); });
  co_await own::yield();
}
task<> bad_template_argument(database &db) {
  auto action = [&] { db.rollback(); };
  on_new_exception<decltype(action), false> t(action);
  // expected-warning@-1 {{'t' of type 'on_new_exception' takes its success action when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> ok_template_argument(database &db) {
  auto action = [&] { db.rollback(); };
  on_new_exception<decltype(action), true> t(action);
  co_await own::yield();
}
task<> bad_assigns(int &version) {
  assigns t{version};
  // expected-warning@-1 {{'t' of type 'assigns' takes its success action when the suspended coroutine is destroyed}}
  co_await own::yield();
}

// A flag that says that it is still wanted does not say that all went well.
template <class Function> class releasable_success {
public:
  explicit releasable_success(Function f) : function(std::move(f)) {}
  void release() { active = false; }
  ~releasable_success() {
    if (active && std::uncaught_exceptions() == count)
      function();
  }

private:
  Function function;
  int count = std::uncaught_exceptions();
  bool active = true;
};
task<> bad_releasable(database &db) {
  releasable_success t([&] { db.rollback(); });
  // expected-warning@-1 {{'t' of type 'releasable_success' takes its success action when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> ok_released(database &db) {
  releasable_success t([&] { db.rollback(); });
  t.release();
  co_await own::yield();
}

// --- Success taken for granted -----------------------------------------------

struct auto_commit {
  database &db;
  ~auto_commit() { db.commit(); }
};
struct commits_itself {
  void commit();
  ~commits_itself() {
    try {
      commit();
    } catch (...) {
    }
  }
};
struct publishes {
  std::unique_ptr<database> db;
  void finish() { db->publish_changes(); }
  ~publishes() { finish(); }
};
void commit(database &db);
struct commits_freely {
  database db;
  ~commits_freely() { commit(db); }
};
// Nobody but the commit itself can take it back.
class unless_done {
public:
  explicit unless_done(database &db) : db(db) {}
  void commit() {
    db.commit();
    done = true;
  }
  ~unless_done() {
    if (!done)
      commit();
  }

private:
  database &db;
  bool done = false;
};
struct derived : auto_commit {
  explicit derived(database &db) : auto_commit{db} {}
};
template <class Function> struct scope_exit {
  Function function;
  ~scope_exit() { function(); }
};
template <class Function> scope_exit(Function) -> scope_exit<Function>;

task<> bad_auto_commit(database &db) {
  auto_commit t{db}; // expected-warning {{'t' of type 'auto_commit' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_commits_itself() {
  commits_itself t; // expected-warning {{'t' of type 'commits_itself' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_publishes() {
  publishes t{std::make_unique<database>()};
  // expected-warning@-1 {{'t' of type 'publishes' publishes when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_commits_freely() {
  commits_freely t; // expected-warning {{'t' of type 'commits_freely' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_unless_done(database &db) {
  unless_done t(db); // expected-warning {{'t' of type 'unless_done' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
  t.commit();
}
task<> ok_committed_before(database &db) {
  unless_done t(db);
  t.commit();
  co_await own::yield();
}
task<> bad_derived(database &db) {
  derived t(db); // expected-warning {{'t' of type 'derived' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_closure_commits(database &db) {
  scope_exit t{[&] { db.commit(); }};
  // expected-warning@-1 {{'t' of type 'scope_exit' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_closure_asks(database &db) {
  const int count = std::uncaught_exceptions();
  scope_exit t{[&] { // expected-warning {{'t' of type 'scope_exit' commits when the suspended coroutine is destroyed}}
    if (std::uncaught_exceptions() == count)
      db.commit();
    else
      db.rollback();
  }};
  co_await own::yield();
}

#define ON_SUCCESS(...) \
  detector detect; \
  scope_exit guard { \
    [&] { \
      if (!detect.unwinding()) { \
        __VA_ARGS__; \
      } \
    } \
  }
#define ON_FAILURE(...) \
  detector detect; \
  scope_exit guard { \
    [&] { \
      if (detect.unwinding()) { \
        __VA_ARGS__; \
      } \
    } \
  }

task<> bad_macro(database &db) {
  ON_SUCCESS(note(1));
  // expected-warning@-1 {{'guard' of type 'scope_exit' takes its success action when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> ok_macro_on_failure(database &db) {
  ON_FAILURE(db.rollback());
  co_await own::yield();
}

// --- Where it lives ----------------------------------------------------------

task<> bad_parameter(std::unique_ptr<transaction> t) { co_await own::yield(); }
// expected-warning@-1 {{'transaction' inside 't' commits when the suspended coroutine is destroyed}}

task<> bad_optional(database &db) {
  std::optional<transaction> t;
  // expected-warning@-1 {{'transaction' inside 't' commits when the suspended coroutine is destroyed}}
  t.emplace(db);
  co_await own::yield();
}
task<> ok_optional_reset(database &db) {
  std::optional<transaction> t;
  t.emplace(db);
  t.reset();
  co_await own::yield();
}
task<> ok_optional_empty() {
  std::optional<transaction> t;
  co_await own::yield();
}
task<> bad_unique(database &db) {
  auto t = std::make_unique<transaction>(db);
  // expected-warning@-1 {{'transaction' inside 't' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_struct(database &db) {
  struct {
    int id;
    transaction t;
  } work{1, transaction(db)};
  // expected-warning@-1 {{'transaction' inside 'work' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<> bad_pair(database &db) {
  std::pair<int, old_transaction> t{1, {db}};
  // expected-warning@-1 {{'old_transaction' inside 't' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
task<int> count(const transaction &t);
task<int> use(const transaction &t, int n);
task<> bad_temporary(database &db) { co_await count(transaction(db)); }
// expected-warning@-1 {{temporary 'transaction' commits when the suspended coroutine is destroyed}}
task<> bad_temporary_beside(database &db) {
  note(co_await use(transaction(db), 1));
  // expected-warning@-1 {{temporary 'transaction' commits when the suspended coroutine is destroyed}}
}
task<> bad_in_branch(database &db, bool write) {
  if (write) {
    transaction t(db); // expected-warning {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
    co_await own::yield();
  }
}
task<> bad_if_init(database &db) {
  if (transaction t(db); co_await count(t))
  // expected-warning@-1 {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
    note(1);
}
task<> bad_template_of(auto &db) {
  transaction t(db); // expected-warning {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
  co_await own::yield();
}
template task<> bad_template_of(database &);
void lambdas() {
  auto bad_lambda = [](database &db) -> task<> {
    transaction t(db); // expected-warning {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
    co_await own::yield();
  };
  (void)bad_lambda;
}
own::generator<int> bad_generator(database &db) {
  transaction t(db); // expected-warning {{'t' of type 'transaction' commits when the suspended coroutine is destroyed}}
  co_yield 1;
}

task<> ok_nolint(database &db) {
  transaction t(db); // NOLINT(codrop-commit-on-drop)
  co_await own::yield();
}

// --- Silent ------------------------------------------------------------------

task<> ok_scope_ends(database &db) {
  {
    transaction t(db);
    note(1);
  }
  co_await own::yield();
}
task<> ok_after(database &db) {
  co_await own::yield();
  transaction t(db);
}
task<> ok_never_suspends(database &db) {
  transaction t(db);
  co_await own::ready{};
}
task<> ok_moved(database &db) {
  auto t = std::make_unique<transaction>(db);
  auto other = [](std::unique_ptr<transaction>) {};
  other(std::move(t));
  co_await own::yield();
}
task<> ok_reference(transaction &t) { co_await own::yield(); }
task<> ok_pointer(transaction *t) { co_await own::yield(); }
task<> ok_shared(std::shared_ptr<transaction> t) { co_await own::yield(); }
void ok_no_coroutine(database &db) { transaction t(db); }

class rolls_back {
public:
  explicit rolls_back(database &db) : db(&db) {}
  void commit() {
    db->commit();
    db = nullptr;
  }
  ~rolls_back() {
    if (db)
      db->rollback();
  }

private:
  database *db;
};
task<> ok_rolls_back(database &db) {
  rolls_back t(db);
  co_await own::yield();
  t.commit();
}

class armed {
public:
  explicit armed(database &db) : db(db) {}
  void done() { done_ = true; }
  ~armed() {
    if (done_)
      db.commit();
    else
      db.rollback();
  }

private:
  database &db;
  bool done_ = false;
};
task<> ok_armed(database &db) {
  armed t(db);
  co_await own::yield();
  t.done();
}

class armed_by_commit {
public:
  explicit armed_by_commit(database &db) : db(db) {}
  void commit() { done_ = true; }
  ~armed_by_commit() {
    if (!done_)
      return;
    db.commit_all();
  }

private:
  database &db;
  bool done_ = false;
};
task<> ok_armed_by_commit(database &db) {
  armed_by_commit t(db);
  co_await own::yield();
  t.commit();
}

class dismissable {
public:
  explicit dismissable(database &db) : db(&db) {}
  void dismiss() { db = nullptr; }
  ~dismissable() {
    if (db)
      db->commit();
  }

private:
  database *db;
};
task<> ok_dismissable(database &db) {
  dismissable t(db);
  co_await own::yield();
  t.dismiss();
}

class set_elsewhere {
public:
  explicit set_elsewhere(database &db) : db(db) {}
  void set(bool wanted);
  ~set_elsewhere() {
    if (wanted)
      db.commit();
  }

private:
  database &db;
  bool wanted = true;
};
task<> ok_set_elsewhere(database &db) {
  set_elsewhere t(db);
  co_await own::yield();
}

class both {
public:
  explicit both(database &db) : db(db) {}
  void done() { done_ = true; }
  ~both() {
    if (done_ && std::uncaught_exceptions() == count)
      db.commit();
  }

private:
  database &db;
  bool done_ = false;
  int count = std::uncaught_exceptions();
};
task<> ok_armed_and_asks(database &db) {
  both t(db);
  co_await own::yield();
  t.done();
}

template <class Function> struct scope_fail {
  Function function;
  int count = std::uncaught_exceptions();
  ~scope_fail() {
    if (std::uncaught_exceptions() > count)
      function();
  }
};
template <class Function> scope_fail(Function) -> scope_fail<Function>;
task<> ok_scope_fail(database &db) {
  scope_fail t{[&] { db.rollback(); }};
  co_await own::yield();
}

struct span {
  int count = std::uncaught_exceptions();
  void set_error();
  void end();
  ~span() {
    if (std::uncaught_exceptions() > count)
      set_error();
    end();
  }
};
task<> ok_span() {
  span s;
  co_await own::yield();
}

struct log_of {
  database &commit_log();
  bool is_committed() const;
  int uncommitted() const;
  ~log_of() {
    if (!is_committed())
      note(uncommitted());
    commit_log().rollback();
  }
};
task<> ok_names() {
  log_of t;
  co_await own::yield();
}

struct only_declared {
  ~only_declared();
};
task<> ok_only_declared() {
  only_declared t;
  co_await own::yield();
}
