// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the workers of an application have ended, and what to say of it.

#ifndef CODROP_DETAIL_APPLICATION_REPORT_HPP
#define CODROP_DETAIL_APPLICATION_REPORT_HPP

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace codrop {

namespace detail {

inline std::string describe(const std::exception_ptr &error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception &e) {
    return e.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

inline std::string describe(std::chrono::steady_clock::duration time) {
  using std::chrono::milliseconds;
  return std::to_string(
             std::chrono::duration_cast<milliseconds>(time).count()) +
         " ms";
}

} // namespace detail

/// How one worker of an application has ended.
struct worker_report {
  std::string name;
  enum {
    not_started, ///< It never began.
    completed,   ///< It returned.
    cancelled,   ///< It was asked to stop and threw that it was cancelled.
    failed,      ///< It threw anything else, see error.
    abandoned,   ///< It did not end; its frame was destroyed.
  } end = not_started;
  std::exception_ptr error;
  /// It did not end within its deadline, but perhaps after it.
  bool late = false;
  /// From the request to stop until it ended or was abandoned.
  std::chrono::steady_clock::duration stopping{};

  /// "database: abandoned, asked to stop 5000 ms before, late"
  [[nodiscard]] std::string describe() const {
    static constexpr const char *ends[] = {"not started", "completed",
                                           "cancelled", "failed", "abandoned"};
    std::string text = name + ": " + ends[static_cast<int>(end)];
    if (error)
      text += ": " + detail::describe(error);
    if (stopping.count() != 0)
      text += ", asked to stop " + detail::describe(stopping) + " before";
    if (late)
      text += ", late";
    return text;
  }
};

/// How an application has ended.
struct application_report {
  enum reason {
    completed, ///< All workers ended by themselves.
    stopped,   ///< stop(), or a worker that ended and was to stop it.
    signalled, ///< A signal, see signal.
    failure,   ///< A worker or handler failed.
  } why = completed;
  /// The last signal, 0 for none.
  int signal = 0;
  /// It ended at a second signal.
  bool forced = false;
  /// The deadline for all workers passed.
  bool timed_out = false;
  /// What something on the context that is no worker has thrown.
  std::exception_ptr handler_error;
  /// In the order in which they begin.
  std::vector<worker_report> workers;

  /// For main: 0 if all workers ended well, 1 if one failed, 2 if one was
  /// abandoned, 128 and the signal's number after a second signal.
  [[nodiscard]] int exit_code() const noexcept {
    const auto any = [&](auto end) {
      return std::any_of(workers.begin(), workers.end(),
                         [&](const auto &w) { return w.end == end; });
    };
    if (forced)
      return 128 + signal;
    if (handler_error || any(worker_report::failed))
      return 1;
    return any(worker_report::abandoned) ? 2 : 0;
  }

  /// The worker of that name; null if there is none.
  [[nodiscard]] const worker_report *
  find(std::string_view name) const noexcept {
    for (const worker_report &w : workers)
      if (w.name == name)
        return &w;
    return nullptr;
  }

  /// A line for the application and one for each worker.
  [[nodiscard]] std::string describe() const {
    static constexpr const char *reasons[] = {
        "completed", "stopped", "stopped by signal", "stopped by a failure"};
    std::string text = reasons[static_cast<int>(why)];
    if (why == signalled)
      text += " " + std::to_string(signal);
    if (forced)
      text += ", ended at once by a second signal";
    if (timed_out)
      text += ", the deadline for all passed";
    text += '\n';
    if (handler_error)
      text += "a handler failed: " + detail::describe(handler_error) + '\n';
    for (const worker_report &w : workers)
      text += w.describe() + '\n';
    return text;
  }
};

} // namespace codrop

#endif // CODROP_DETAIL_APPLICATION_REPORT_HPP
