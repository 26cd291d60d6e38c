// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dangling-task %s --no-notes
//
// Shapes of bugs that were fixed in real projects (docs/field-bugs.md), in code
// of our own: before the fix and after it.

#include "own/connection.h"
#include "own/sync.h"
#include "own/task.h"
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using own::detached;
using own::spawn;
using own::task;

task<> work();
void use(int);
void use(std::string_view);
void draw(int);

// --- this after a suspension of a coroutine that nobody waits for ---

/// A page of a user interface: messages and file events start coroutines.
class page : public std::enable_shared_from_this<page> {
public:
  detached bad_openkneeboard_on_message(std::string text) {
    // expected-warning@-1 {{'this' is used after a suspension}}
    co_await work();
    title_ = text;
  }
  detached ok_openkneeboard_on_message(std::string text) {
    auto weak = weak_from_this();
    co_await work();
    if (auto self = weak.lock())
      self->title_ = text;
  }
  detached bad_openkneeboard_reload() {
    // expected-warning@-1 {{'this' is used after a suspension}}
    for (int i = 0; i < 3; ++i)
      co_await own::sleep(i);
    pages_ = 3;
  }
  detached ok_openkneeboard_reload() {
    auto keep_alive = shared_from_this();
    for (int i = 0; i < 3; ++i)
      co_await own::sleep(i);
    pages_ = 3;
  }
  /// A long-running loop that the owner starts and forgets.
  void bad_moxygen_start() {
    spawn(run());
    // expected-warning@-1 {{task is started that uses 'this' after a suspension, and nothing keeps the object alive}}
  }
  void ok_moxygen_start() {
    spawn(run_kept(shared_from_this()));
  }

private:
  task<> run() {
    while (open_) {
      co_await own::sleep(1);
      draw(pages_);
    }
  }
  task<> run_kept(std::shared_ptr<page>) {
    while (open_) {
      co_await own::sleep(1);
      draw(pages_);
    }
  }
  std::string title_;
  int pages_ = 0;
  bool open_ = true;
};

// --- Reference parameters ---

struct device {
  std::string name;
};
detached bad_openkneeboard_on_device(const device &d) {
  // expected-warning@-1 {{reference parameter 'd' is used after a suspension of a coroutine that nobody can wait for}}
  co_await work();
  use(d.name);
}
detached ok_openkneeboard_on_device(device d) {
  co_await work();
  use(d.name);
}
detached bad_terminal_drop_tab(device &tab) {
  // expected-warning@-1 {{reference parameter 'tab' is used after a suspension of a coroutine that nobody can wait for}}
  co_await work();
  tab.name = "dropped";
}
void drop(std::string name) {
  device tab{std::move(name)};
  bad_terminal_drop_tab(tab);
}

/// The timer of a client: it outlives the call that started it.
struct promise {
  void set(bool);
  task<bool> get();
};
task<> timer(int ms, promise &p) {
  co_await own::sleep(ms);
  p.set(false);
}
task<bool> connect(promise &);
task<bool> bad_yalantinglibs_start_timer(int ms) {
  promise p;
  spawn(timer(ms, p));
  // expected-warning@-1 {{detached task refers to local variable 'p'}}
  co_return true;
}
task<> shared_timer(int ms, std::shared_ptr<promise> p) {
  co_await own::sleep(ms);
  p->set(false);
}
task<bool> ok_yalantinglibs_start_timer(int ms) {
  auto p = std::make_shared<promise>();
  spawn(shared_timer(ms, p));
  co_return co_await p->get();
}

/// Forwarding references in lazily started coroutines.
template <class F> task<> retry(F &&f) {
  for (int i = 0; i < 3; ++i)
    co_await f(i);
}
task<> once(int);
template <class F> task<> retry_copy(F f) {
  for (int i = 0; i < 3; ++i)
    co_await f(i);
}
// A reference to a closure without captures leads to nothing that is missed.
task<> ok_retry_captureless() {
  return retry([](int i) { return once(i); });
}
task<> bad_retry_captures(int n) {
  return retry([n](int i) { return once(i + n); });
  // expected-warning@-1 {{returned task refers to a temporary}}
}
task<> ok_redpanda_retry(int n) {
  return retry_copy([n](int i) { return once(i + n); });
}
template <class... Args> task<> call_impl(Args &&...args) {
  co_await work();
  (use(args), ...);
}
template <class... Args> task<> bad_yalantinglibs_call(Args... args) {
  return call_impl(args...);
  // expected-warning@-1 {{returned task refers to parameter 'args'}}
}
template <class... Args> task<> ok_yalantinglibs_call(Args... args) {
  co_await call_impl(std::move(args)...);
}
task<> calls() {
  co_await bad_yalantinglibs_call(1, 2);
  co_await ok_yalantinglibs_call(1, 2);
}

/// Callers pass temporaries and return the future.
own::future<> start_service(const std::string &name,
                            const std::vector<std::string> &args) {
  co_await work();
  use(name);
  use(args.front());
}
own::future<> bad_scylladb_start_docker() {
  return start_service("db", {"--port"});
  // expected-warning@-1 {{returned task refers to a temporary}}
}
own::future<> ok_scylladb_start_docker() {
  std::vector<std::string> args{"--port"};
  co_await start_service("db", args);
}

// --- Lambdas ---

void bad_openkneeboard_reload_renderer(std::string path) {
  [path]() -> detached {
    // expected-warning@-1 {{dropped task refers to a capture, which dies with the lambda}}
    co_await work();
    use(path);
  }();
}
void ok_openkneeboard_reload_renderer(std::string path) {
  [](std::string p) -> detached {
    co_await work();
    use(p);
  }(path);
}
class indexer {
public:
  void bad_clice_background() {
    spawn([this]() -> task<> {
      // expected-warning@-1 {{detached task refers to a capture, which dies with the lambda}}
      while (co_await next())
        use(files_);
    }());
  }
  void ok_clice_background() { spawn(run()); }

private:
  task<> run() {
    while (co_await next())
      use(files_);
  }
  task<bool> next();
  int files_ = 0;
};
task<> bad_silkworm_schedule(int stage) {
  auto f = [stage]() -> task<> {
    co_await work();
    use(stage);
  };
  return f();
  // expected-warning@-1 {{returned task refers to a capture, which dies with the lambda}}
}
task<> ok_silkworm_schedule(int stage) {
  auto f = [](int s) -> task<> {
    co_await work();
    use(s);
  };
  return f(stage);
}
void bad_managarm_by_reference(int irq) {
  int mode = irq * 2;
  spawn([&]() -> task<> {
    // expected-warning@-1 {{detached task refers to}}
    co_await work();
    use(mode);
  }());
}
void ok_managarm_by_parameter(int irq) {
  int mode = irq * 2;
  spawn([](int m) -> task<> {
    co_await work();
    use(m);
  }(mode));
}

/// A coroutine that is one of many takes over what it is given; the tasks are
/// kept in what is returned.
template <class T> struct ready_tasks {
  own::task<> first;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() noexcept {}
};
template <class A> task<> make_task(A &&a) { co_await std::forward<A>(a); }
template <class A> task<> make_task_by_value(A a) { co_await std::move(a); }
template <class A> ready_tasks<A> bad_libcoro_when_all(A a) {
  return ready_tasks<A>{make_task(std::move(a))};
  // expected-warning@-1 {{returned task refers to parameter 'a'}}
}
template <class A> ready_tasks<A> ok_libcoro_when_all(A a) {
  return ready_tasks<A>{make_task_by_value(std::move(a))};
}
task<> waits_for_all() {
  co_await bad_libcoro_when_all(work());
  co_await ok_libcoro_when_all(work());
}

/// What serves a file tells through a callback when it is done.
task<> serve(int file, std::function<void()> on_done);
task<> bad_managarm_open(int file) {
  bool done = false;
  spawn(serve(file, [&] { done = true; }));
  // expected-warning@-1 {{detached task refers to local variable 'done'}}
  co_await work();
}

/// All in one coroutine: the task is awaited by who started it.
task<> ok_managarm_open(int file) {
  bool done = false;
  co_await serve(file, [&] { done = true; });
  use(done);
}

// Static factories whose parameters are references: what they are called with
// stands in other files.
task<> openkneeboard_create_FN(const std::string &path) {
  co_await work();
  use(path);
}
task<> scylladb_for_each_FN(std::function<task<>()> &&each) {
  for (int i = 0; i < 3; ++i)
    co_await each();
}

/// The client of a service runs until its pipe breaks; the member that keeps
/// the task does not stop it.
class client : public std::enable_shared_from_this<client> {
public:
  void bad_openkneeboard_run() {
    runner_ = run_single();
    // expected-warning@-1 {{task in member 'runner_' uses 'this' after a suspension, and goes on when the object is destroyed}}
  }
  void ok_openkneeboard_run() { runner_ = run_kept(); }

private:
  own::future<> run_single() {
    for (;;) {
      co_await work();
      use(count_);
    }
  }
  own::future<> run_kept() {
    auto keep_alive = shared_from_this();
    for (;;) {
      co_await work();
      use(count_);
    }
  }
  own::future<> runner_;
  int count_ = 0;
};

/// A gate that others use and this task does not.
class view_builder {
public:
  void scylladb_on_create_view_FN() { spawn(build()); }
  task<> drain() { co_await gate_.acquire(); }

private:
  task<> build() {
    co_await work();
    use(views_);
  }
  own::semaphore gate_{1};
  int views_ = 0;
};

// --- Handlers of events ---

struct button {
  void clicked(std::function<void()> handler);
};
class dialog : public std::enable_shared_from_this<dialog> {
public:
  void bad_openkneeboard_prompt() {
    ok_.clicked([weak = weak_from_this(), this]() -> detached {
      // expected-warning@-1 {{captures of a lambda are used after a suspension of a coroutine that nobody can wait for}}
      co_await work();
      if (auto self = weak.lock())
        use(result_);
    });
  }
  void ok_openkneeboard_prompt() {
    ok_.clicked([weak = weak_from_this()]() -> detached {
      auto copy = weak;
      co_await work();
      if (auto self = copy.lock())
        use(self->result_);
    });
  }
  void ok_openkneeboard_no_suspension_before() {
    ok_.clicked([this]() -> detached {
      use(result_);
      co_await work();
    });
  }

private:
  button ok_;
  int result_ = 0;
};

/// A helper that takes a callable by value and only calls it.
template <class F> task<> bad_drogon_helper(F f) {
  return f();
  // expected-warning@-1 {{returned task refers to a capture, which dies with the lambda}}
}
template <class F> task<> ok_drogon_helper(F f) { co_await f(); }
task<> consume(int n) {
  co_await bad_drogon_helper([n]() -> task<> {
    co_await work();
    use(n);
  });
  co_await ok_drogon_helper([n]() -> task<> {
    co_await work();
    use(n);
  });
}

/// A member keeps the task.
class upload {
public:
  void bad_begin(int part) { pending_ = send(part); }
  // expected-warning@-1 {{task in member 'pending_' refers to parameter 'part'}}
  task<> ok_begin(int part) {
    pending_ = send(part);
    co_await std::move(pending_);
  }

private:
  task<> send(int &part) {
    co_await work();
    use(part);
  }
  task<> pending_ = work();
};
