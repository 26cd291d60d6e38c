// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check dead-handler %s -I%mock --no-notes
//
// Handlers in plain functions that return a task: those that can never see
// anything, and those that can.
#include "own/task.h"
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using own::task;

void log_line(const std::string &text);
int parse(const std::string &text);
task<> unseen(int value);
task<> work(int value) {
  if (value < 0)
    throw std::invalid_argument("negative");
  co_return;
}
task<> none() { co_return; }

// --- Nothing to see ----------------------------------------------------------

task<> bad_coroutine(int value) {
  try {
    return work(value);
  } catch (const std::exception &e) {
    // expected-warning@-1 {{handler never sees what 'work()' throws, because that is thrown where the task is awaited}}
    std::printf("%s\n", e.what());
    return none();
  }
}
task<> bad_declared_elsewhere(int value) {
  try {
    return unseen(value);
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'unseen()' throws, because that is thrown where the task is awaited}}
    return none();
  }
}
task<> bad_only_rethrows(int value) {
  try {
    return work(value);
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'work()' throws, because that is thrown where the task is awaited}}
    log_line("failed");
    throw;
  }
}
task<> bad_two_handlers(int value) {
  try {
    return work(value);
  } catch (const std::invalid_argument &) {
    // expected-warning@-1 {{handler never sees what 'work()' throws, because that is thrown where the task is awaited}}
    return none();
  } catch (...) {
    throw;
  }
}
task<> bad_branches(int value, bool left) {
  try {
    if (left)
      return work(value);
    return work(-value);
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'work()' throws, because that is thrown where the task is awaited}}
    return none();
  }
}
task<> bad_variable(int value) {
  try {
    auto t = work(value);
    return t;
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'work()' throws, because that is thrown where the task is awaited}}
    return none();
  }
}
task<> function_try_block(int value) try {
  return work(value);
} catch (...) {
  // expected-warning@-1 {{handler never sees what 'work()' throws, because that is thrown where the task is awaited}}
  return none();
}
task<> through_visible(int value) { return work(value + 1); }
task<> bad_through_visible(int value) {
  try {
    return through_visible(value);
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'through_visible()' throws, because that is thrown where the task is awaited}}
    return none();
  }
}
struct server {
  std::function<task<>(int)> handler_;
  task<> serve(int value);
  task<> bad_member(int value) {
    try {
      return serve(value);
    } catch (...) {
      // expected-warning@-1 {{handler never sees what 'serve()' throws, because that is thrown where the task is awaited}}
      return none();
    }
  }
  task<> bad_callback(int value) {
    try {
      return handler_(value);
    } catch (...) {
      // expected-warning@-1 {{handler never sees what 'handler_()' throws, because that is thrown where the task is awaited}}
      return none();
    }
  }
};
task<> bad_through_pointer(std::unique_ptr<server> &s, int value) {
  try {
    return s->serve(value);
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'serve()' throws, because that is thrown where the task is awaited}}
    return none();
  }
}
void bad_in_lambda() {
  auto start = [](int value) -> task<> {
    try {
      return work(value);
    } catch (...) {
      // expected-warning@-1 {{handler never sees what 'work()' throws, because that is thrown where the task is awaited}}
      return none();
    }
  };
  (void)start;
}
// An eager one keeps what it throws.
own::future<> eager(int value) {
  if (value < 0)
    throw std::invalid_argument("negative");
  co_return;
}
own::future<> bad_eager(int value) {
  try {
    return eager(value);
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'eager()' throws, because that is kept in the task}}
    return {};
  }
}
template <class T> task<> bad_template(T value) {
  try {
    return work(value);
  } catch (...) {
    // expected-warning@-1 {{handler never sees what 'work()' throws, because that is thrown where the task is awaited}}
    return none();
  }
}
template task<> bad_template(int);
template task<> bad_template(short);

// The end of a service that is to be told, as it was written in the field.
struct peer_manager {
  task<> run(int port);
};
struct sentry {
  peer_manager manager_;
  task<> bad_run_manager() {
    try {
      return manager_.run(30303);
    } catch (const std::runtime_error &e) {
      // expected-warning@-1 {{handler never sees what 'run()' throws, because that is thrown where the task is awaited}}
      log_line("manager ended: " + std::string{e.what()});
      throw;
    }
  }
  task<> ok_run_manager() {
    try {
      co_return co_await manager_.run(30303);
    } catch (const std::runtime_error &e) {
      log_line("manager ended: " + std::string{e.what()});
      throw;
    }
  }
};

// --- Something to see --------------------------------------------------------

task<> ok_awaited(int value) {
  try {
    co_await work(value);
  } catch (const std::exception &e) {
    std::printf("%s\n", e.what());
  }
}
task<int> answer();
task<int> ok_co_return_awaited() {
  try {
    co_return co_await answer();
  } catch (...) {
    co_return 0;
  }
}
task<> ok_argument_throws(const std::string &text) {
  try {
    return work(parse(text));
  } catch (...) {
    return none();
  }
}
task<> ok_throws_before(const std::string &text) {
  try {
    if (text.empty())
      throw std::invalid_argument("empty");
    return work(1);
  } catch (...) {
    return none();
  }
}
task<> ok_calls_before(const std::string &text) {
  try {
    int value = parse(text);
    return work(value);
  } catch (...) {
    return none();
  }
}
task<> checked(int value) {
  if (value < 0)
    throw std::invalid_argument("negative");
  return work(value);
}
task<> ok_plain_function_throws(int value) {
  try {
    return checked(value);
  } catch (...) {
    return none();
  }
}
task<> ok_memory(int value) {
  try {
    return work(value);
  } catch (const std::bad_alloc &) {
    return none();
  }
}
own::future<> eager_unseen(int value);
own::future<> ok_eager_unseen(int value) {
  try {
    return eager_unseen(value);
  } catch (...) {
    return {};
  }
}
task<> ok_allocates(int value) {
  try {
    auto copy = new int(value);
    return work(*copy);
  } catch (...) {
    return none();
  }
}
task<> ok_element(std::vector<int> &values) {
  try {
    return work(values.at(3));
  } catch (const std::out_of_range &) {
    return none();
  }
}
// What it throws before its first suspension gets out.
struct let_out {
  struct promise_type {
    let_out get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { throw; }
  };
};
let_out lets_out(int value) {
  if (value < 0)
    throw std::invalid_argument("negative");
  co_return;
}
let_out ok_lets_out(int value) {
  try {
    return lets_out(value);
  } catch (...) {
    return {};
  }
}
// The other value that is returned comes from what may throw.
void wait_for(task<> t);
int ok_not_returned(int value) {
  try {
    wait_for(work(value));
    return 1;
  } catch (...) {
    return 0;
  }
}
