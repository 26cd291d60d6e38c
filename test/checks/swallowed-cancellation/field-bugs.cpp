// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check swallowed-cancellation %s -I%mock --no-notes
//
// The shapes of bugs that were found and fixed in the field, as code of our
// own: wrong first, then as it was put right.
#include "kj/async.h"
#include "kj/exception.h"
#include "own/task.h"
#include "seastar/core/abort_source.hh"
#include "seastar/core/coroutine.hh"
#include "seastar/core/gate.hh"
#include "seastar/core/sleep.hh"
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using seastar::future;
using namespace std::chrono_literals;

struct logger {
  template <class... Args> void error(const char *format, Args &&...args);
  template <class... Args> void info(const char *format, Args &&...args);
};
inline logger llog;

// --- What cancels a fiber becomes a result -----------------------------------

namespace serialise {
template <class T> struct result {
  result(T);
  result(std::exception_ptr);
};
struct source {
  kj::WaitScope &scope;
};
int read_all(source &from);
void started(result<int> (*)(kj::WaitScope &));

inline void bad_deserialize() {
  started([](kj::WaitScope &scope) -> result<int> {
    try {
      source wrapped{scope};
      return read_all(wrapped);
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and makes an ordinary result of it}}
      return std::current_exception();
    }
  });
}
inline void ok_deserialize() {
  started([](kj::WaitScope &scope) -> result<int> {
    try {
      source wrapped{scope};
      return read_all(wrapped);
    } catch (kj::CanceledException &) {
      throw;
    } catch (...) {
      return std::current_exception();
    }
  });
}
inline void ok_nothing_waits() {
  started([](kj::WaitScope &) -> result<int> {
    try {
      throw std::runtime_error("none");
    } catch (...) {
      return std::current_exception();
    }
  });
}
} // namespace serialise

// --- A download that is aborted is taken for one that failed -----------------

namespace recovery {
struct result {
  bool completed = false;
  int offset = 0;
};
bool is_shutdown(std::exception_ptr error);

class downloader {
  seastar::gate &_gate;
  std::optional<std::reference_wrapper<seastar::abort_source>> _as;
  future<result> download_segments(std::string key);
  future<std::string> find_manifest();

public:
  future<result> bad_download_log() {
    try {
      auto key = co_await find_manifest();
      co_return co_await download_segments(key);
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and makes an ordinary result of it}}
      llog.error("recovery failed: {}", std::current_exception());
    }
    co_return result{};
  }
  future<result> ok_download_log() {
    try {
      auto key = co_await find_manifest();
      co_return co_await download_segments(key);
    } catch (const seastar::abort_requested_exception &) {
      throw;
    } catch (const seastar::gate_closed_exception &) {
      throw;
    } catch (...) {
      llog.error("recovery failed: {}", std::current_exception());
    }
    co_return result{};
  }
  future<result> ok_download_log_asked() {
    try {
      auto key = co_await find_manifest();
      co_return co_await download_segments(key);
    } catch (...) {
      auto error = std::current_exception();
      if (is_shutdown(error))
        throw;
      llog.error("recovery failed: {}", error);
    }
    co_return result{};
  }
};
} // namespace recovery

// --- An aborted step is rolled back ------------------------------------------

namespace topology {
struct request_aborted : std::runtime_error {
  request_aborted();
};
struct term_changed : std::exception {};

class coordinator {
  seastar::abort_source &_as;
  future<> barrier(int node);
  future<> start_rollback(std::string why);
  future<> update_state(int node);

public:
  future<> bad_step(int node) {
    std::string why;
    try {
      co_await barrier(node);
    } catch (const term_changed &) {
      throw;
    } catch (const request_aborted &) {
      throw;
    } catch (...) {
      // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the coroutine goes on with other work}}
      llog.error("barrier failed: {}", std::current_exception());
      why = "barrier";
    }
    if (!why.empty()) {
      co_await start_rollback(why);
      co_return;
    }
    co_await update_state(node);
  }
  future<> ok_step(int node) {
    std::string why;
    try {
      co_await barrier(node);
    } catch (const term_changed &) {
      throw;
    } catch (const request_aborted &) {
      throw;
    } catch (const seastar::abort_requested_exception &) {
      throw;
    } catch (...) {
      llog.error("barrier failed: {}", std::current_exception());
      why = "barrier";
    }
    if (!why.empty()) {
      co_await start_rollback(why);
      co_return;
    }
    co_await update_state(node);
  }
};
} // namespace topology

// --- A loop tries again what was stopped -------------------------------------

namespace compaction {
struct stopped_exception : std::exception {};
struct compaction_data {
  seastar::abort_source abort;
  bool is_stop_requested() const { return abort.abort_requested(); }
};
class task_executor {
  compaction_data _data;
  std::vector<int> _pending;
  future<> rewrite(int table, compaction_data &data);
  future<bool> maybe_retry(std::exception_ptr error);
  [[noreturn]] void throw_stopped() { throw stopped_exception(); }

public:
  future<> bad_run() {
    while (!_pending.empty()) {
      try {
        co_await rewrite(_pending.back(), _data);
        _pending.pop_back();
      } catch (...) {
        // expected-warning@-1 {{'catch (...)' takes a cancellation for any other failure, and the loop goes on}}
        llog.error("rewrite failed: {}", std::current_exception());
      }
      co_await seastar::sleep(5s);
    }
  }
  future<> ok_run() {
    while (!_pending.empty()) {
      try {
        co_await rewrite(_pending.back(), _data);
        _pending.pop_back();
      } catch (...) {
        llog.error("rewrite failed: {}", std::current_exception());
      }
      if (_data.is_stop_requested())
        throw_stopped();
      co_await seastar::sleep(5s);
    }
  }
  future<> ok_run_condition() {
    while (!_pending.empty() && !_data.is_stop_requested()) {
      try {
        co_await rewrite(_pending.back(), _data);
        _pending.pop_back();
      } catch (...) {
        llog.error("rewrite failed: {}", std::current_exception());
      }
    }
  }
};
} // namespace compaction
