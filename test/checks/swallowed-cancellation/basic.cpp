// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check swallowed-cancellation %s -I%mock --no-notes
//
// What a handler must do so that a cancellation is not taken for a failure, over
// a library that nobody has described: its exception is known by its name.
#include "own/task.h"
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

using own::task;

struct operation_cancelled : std::exception {};
class stop_token {
public:
  bool requested() const;
  void check() const {
    if (requested())
      throw operation_cancelled();
  }
};
struct network_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

task<> connect(stop_token stop);
task<int> fetch(std::string key, stop_token stop);
task<> pause_for(int ms);
void log_line(const char *text);
bool is_cancellation(std::exception_ptr error);
void report(std::exception_ptr error);

// --- It tries again ----------------------------------------------------------

task<> bad_retry(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
      co_return;
    } catch (const std::exception &e) {
      // expected-warning@-1 {{handler of 'std::exception' takes a cancellation for any other failure, and the loop goes on}}
      std::printf("%s\n", e.what());
    }
  }
}
task<> bad_retry_all(stop_token stop) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      co_await connect(stop);
      break;
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
      log_line("again");
    }
  }
}
task<> bad_pause_between(stop_token stop) {
  while (true) {
    bool failed = false;
    try {
      co_await connect(stop);
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
      failed = true;
    }
    if (!failed)
      break;
    co_await pause_for(100);
  }
}
task<> bad_continue(std::vector<std::string> keys, stop_token stop) {
  for (const std::string &key : keys) {
    try {
      co_await fetch(key, stop);
    } catch (network_error &) {
      throw;
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
      continue;
    }
  }
}
// The last attempt's failure leaves, the others do not.
task<> bad_rethrow_in_the_end(stop_token stop) {
  for (int attempt = 0;; ++attempt) {
    try {
      co_await connect(stop);
      co_return;
    } catch (const std::exception &) {
      // expected-warning@-1 {{handler of 'std::exception' takes a cancellation for any other failure, and the loop goes on}}
      if (attempt == 3)
        throw;
    }
  }
}
// The token is asked before what throws, and the handler takes that, too.
task<> bad_check_inside(stop_token stop) {
  for (;;) {
    try {
      stop.check();
      co_await connect(stop);
      co_return;
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
    }
  }
}
task<> bad_named(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
    } catch (const operation_cancelled &) {
      // expected-warning@-1 {{handler of 'operation_cancelled' takes a cancellation for any other failure, and the loop goes on}}
      log_line("cancelled");
    }
  }
}

// --- Rethrown, told apart ----------------------------------------------------

task<> ok_rethrown_after_logging(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
    } catch (...) {
      log_line("failed");
      throw;
    }
  }
}
task<> ok_caught_first(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
      co_return;
    } catch (const operation_cancelled &) {
      throw;
    } catch (const std::exception &e) {
      std::printf("%s\n", e.what());
    }
  }
}
task<> ok_caught_first_and_left(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
      co_return;
    } catch (const operation_cancelled &) {
      break;
    } catch (...) {
    }
  }
  log_line("stopped");
}
task<> ok_other_error(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
      co_return;
    } catch (const network_error &) {
      log_line("again");
    }
  }
}
task<> ok_asked(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
      co_return;
    } catch (...) {
      if (is_cancellation(std::current_exception()))
        throw;
    }
  }
}
task<> ok_asked_by_cast(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
      co_return;
    } catch (const std::exception &e) {
      if (dynamic_cast<const operation_cancelled *>(&e))
        co_return;
    }
  }
}
task<> ok_handed_on(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
      co_return;
    } catch (...) {
      report(std::current_exception());
    }
  }
}
task<> ok_sorted_out(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
      co_return;
    } catch (...) {
      try {
        throw;
      } catch (const network_error &) {
        log_line("again");
      }
    }
  }
}
inline bool mayRetry() {
  try {
    throw;
  } catch (const network_error &) {
    return true;
  }
}
task<> ok_sorted_out_elsewhere(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
      co_return;
    } catch (...) {
      if (!mayRetry())
        throw;
    }
  }
}
task<> ok_kept(stop_token stop) {
  std::exception_ptr failure;
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      co_await connect(stop);
    } catch (...) {
      failure = std::current_exception();
    }
  }
  if (failure)
    std::rethrow_exception(failure);
}

// --- The token is asked ------------------------------------------------------

task<> ok_condition(stop_token stop) {
  while (!stop.requested()) {
    try {
      co_await connect(stop);
    } catch (...) {
      log_line("again");
    }
  }
}
task<> ok_asked_in_handler(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
    } catch (...) {
      if (stop.requested())
        throw;
    }
  }
}
task<> ok_checked_after(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
    } catch (...) {
      log_line("again");
    }
    stop.check();
  }
}
task<> ok_checked_before_next(stop_token stop) {
  for (;;) {
    stop.check();
    try {
      co_await connect(stop);
    } catch (...) {
      log_line("again");
    }
  }
}
struct service {
  bool stopping_ = false, running_ = true;
  stop_token stop_;
  bool can_go_on() const { return !stop_.requested(); }
  task<> ok_flag() {
    while (running_) {
      try {
        co_await connect(stop_);
      } catch (...) {
        log_line("again");
      }
    }
  }
  task<> ok_flag_in_handler() {
    for (;;) {
      try {
        co_await connect(stop_);
      } catch (...) {
        if (stopping_)
          break;
      }
    }
  }
  task<> ok_asked_by_function() {
    while (can_go_on()) {
      try {
        co_await connect(stop_);
      } catch (...) {
        log_line("again");
      }
    }
  }
  task<> bad_member_token() {
    for (;;) {
      try {
        co_await connect(stop_);
      } catch (...) {
        // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
        log_line("again");
      }
    }
  }
};

// --- Nothing swallowed -------------------------------------------------------

void parse(std::string text);
task<> ok_no_suspension_inside(stop_token stop) {
  for (;;) {
    std::string text;
    try {
      parse(text);
    } catch (...) {
      log_line("bad text");
    }
    co_await fetch(text, stop);
  }
}
task<> ok_end_of_the_coroutine(stop_token stop) {
  try {
    co_await connect(stop);
  } catch (const std::exception &e) {
    std::printf("%s\n", e.what());
  }
}
task<> ok_left(stop_token stop) {
  for (;;) {
    try {
      co_await connect(stop);
    } catch (...) {
      log_line("failed");
      co_return;
    }
  }
}
task<> connect_untold();
task<> ok_nothing_to_cancel() {
  for (;;) {
    try {
      co_await connect_untold();
      co_return;
    } catch (...) {
      log_line("again");
    }
  }
}
struct worker {
  task<> close();
  task<> stop();
};
task<> ok_cleanup(std::vector<worker> &workers, stop_token stop) {
  for (worker &w : workers) {
    try {
      co_await w.close();
    } catch (...) {
      log_line("close failed");
    }
  }
}
task<> ok_stop_all(std::vector<std::string> keys, stop_token stop);
task<> shutdown_all(std::vector<std::string> keys, stop_token stop) {
  for (const std::string &key : keys) {
    try {
      co_await fetch(key, stop);
    } catch (...) {
    }
  }
}
// The next message comes outside of the try, and there the loop ends.
task<std::string> receive(stop_token stop);
task<> handle(std::string message, stop_token stop);
task<> ok_worker(stop_token stop) {
  for (;;) {
    auto message = co_await receive(stop);
    try {
      co_await handle(message, stop);
    } catch (const std::exception &e) {
      std::printf("%s\n", e.what());
    }
  }
}
