// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A service made of workers: started in the order of their dependencies,
// stopped in the reverse order, each with a deadline, and a report of how each
// has ended. On Asio, with an io_context of its own.

#ifndef CODROP_APPLICATION_HPP
#define CODROP_APPLICATION_HPP

#include <codrop/asio.hpp>
#include <codrop/detail/application_report.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <csignal>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace codrop {

/// What the application does when a worker has ended.
enum class worker_policy {
  go_on, ///< The others go on.
  stop,  ///< The application stops.
};

struct worker_options {
  /// Names of the workers that must have been started before, and are stopped
  /// after this one.
  std::vector<std::string> after = {};
  /// From the request to stop until it is late; application_options has the
  /// default.
  std::optional<std::chrono::steady_clock::duration> stop_within = {};
  worker_policy on_failure = worker_policy::stop;
  worker_policy on_completion = worker_policy::go_on;
};

struct application_options {
  /// For all workers together.
  std::chrono::steady_clock::duration stop_within = std::chrono::seconds(30);
  /// For a worker that does not say.
  std::chrono::steady_clock::duration worker_stop_within =
      std::chrono::seconds(5);
  /// What stops the application; none: {}.
  std::vector<int> signals = {SIGINT, SIGTERM};
  /// Is told what happens while it happens, a line each. Must not throw.
  std::function<void(const std::string &)> tell = {};
};

/// Runs workers, functions `f(cancellation_token) -> asio::awaitable<void>`,
/// and stops them in order.
///
/// A worker begins when all that it is `after` have been started. A worker is
/// asked to stop when all that are `after` it have ended or are late: its token
/// is requested, and its coroutine gets Asio's terminal cancellation. It is
/// late when it has not ended within its deadline, and is then waited for only
/// as long as others are. When nothing but late workers are left, when the
/// deadline for all passes, or at a second signal, what is left is abandoned.
///
/// Exceptions: what a worker throws is in the report; one that tells of a
/// cancellation that was asked for is no failure. What any other handler on the
/// context throws stops the application and is in the report, too.
/// Cancellation: stop() and the signals. Destruction: the frames of abandoned
/// workers are destroyed before run() returns, in no particular order, so what
/// workers refer to need only outlive run(). Sockets and timers made on
/// executor() must not outlive the application. Threading: workers run in the
/// thread that calls run(); one that blocks it blocks the shutdown, too. stop()
/// may be called from any thread, all else only from one.
class application {
public:
  using duration = std::chrono::steady_clock::duration;

  /// Says that a worker has been started, see add(). May be called from any
  /// thread while the worker runs.
  class started_signal {
  public:
    void operator()() const {
      detail::net::post(app_->context_,
                        [app = app_, index = index_] { app->started(index); });
    }

  private:
    friend application;
    started_signal(application *app, std::size_t index) noexcept
        : app_(app), index_(index) {}
    application *app_;
    std::size_t index_;
  };

  explicit application(application_options options = {})
      : options_(std::move(options)) {}
  application(const application &) = delete;
  application &operator=(const application &) = delete;

  /// Where the workers run.
  [[nodiscard]] detail::net::any_io_executor executor() noexcept {
    return context_.get_executor();
  }

  /// Adds a worker, which begins with run(). `f` may take a second parameter, a
  /// started_signal; then those that are after it begin when it has called
  /// that, or has returned. Otherwise they begin as soon as it has.
  ///
  /// Exceptions: std::invalid_argument if there is one of that name,
  /// std::logic_error after run().
  template <class F>
  void add(std::string name, F f, worker_options options = {}) {
    if (ran_)
      throw std::logic_error("codrop::application: add after run");
    if (find(name) != workers_.size())
      throw std::invalid_argument("codrop::application: two workers named '" +
                                  name + "'");
    constexpr bool tells =
        std::invocable<F &, cancellation_token, started_signal>;
    worker w;
    w.report.name = std::move(name);
    w.options = std::move(options);
    w.starts_at_once = !tells;
    w.body = std::make_unique<model<F, tells>>(
        std::move(f), started_signal(this, workers_.size()));
    workers_.push_back(std::move(w));
  }

  /// Runs the workers until all have ended or the application has been stopped.
  /// May be called once.
  ///
  /// Exceptions: std::invalid_argument, before anything has begun, if workers
  /// depend on each other in a circle or on one that does not exist.
  application_report run() {
    if (std::exchange(ran_, true))
      throw std::logic_error("codrop::application: run twice");
    sort();
    detail::net::signal_set signals(context_);
    for (const int number : options_.signals)
      signals.add(number);
    if (!options_.signals.empty())
      wait_for_signal(signals);
    detail::net::post(context_, [this] { start_ready(); });
    const auto work = detail::net::make_work_guard(context_);
    while (!done_) {
      try {
        context_.run_one();
      } catch (...) {
        report_.handler_error = std::current_exception();
        tell("a handler failed: " + detail::describe(report_.handler_error));
        begin_stop(application_report::failure);
      }
    }
    return finish();
  }

  /// Asks the application to stop, also before run(). Does not wait.
  void stop() {
    detail::net::post(context_,
                      [this] { begin_stop(application_report::stopped); });
  }

private:
  using clock = std::chrono::steady_clock;
  using coroutine = detail::net::awaitable<void>;
  using here_type = environment<coroutine>;

  // The frames go before what they refer to, and the services, which the
  // destructors of timers and sockets need, with the application.
  class context : public detail::net::io_context {
  public:
    context() : detail::net::io_context(1) {}
    ~context() = default;
    void destroy_handlers() { detail::net::execution_context::shutdown(); }
  };

  struct body_base {
    virtual ~body_base() = default;
    virtual coroutine call(cancellation_token token) = 0;
  };
  template <class F, bool Tells>
  struct model final : body_base {
    model(F g, started_signal s) : f(std::move(g)), signal(s) {}
    coroutine call(cancellation_token token) override {
      if constexpr (Tells)
        return f(std::move(token), signal);
      else
        return f(std::move(token));
    }
    F f;
    started_signal signal;
  };

  struct worker {
    worker_report report;
    worker_options options;
    std::vector<std::size_t> after, before;
    std::unique_ptr<body_base> body;
    bool starts_at_once = true;
    enum { waiting, running, asked, ended } phase = waiting;
    bool started = false;
    std::optional<cancellation_source> source;
    std::unique_ptr<running_task> task;
    clock::time_point asked_at{};
    std::unique_ptr<detail::net::steady_timer> deadline;

    [[nodiscard]] bool runs() const noexcept {
      return phase == running || phase == asked;
    }
  };

  void tell(const std::string &what) const {
    if (options_.tell)
      options_.tell(what);
  }

  std::size_t find(std::string_view name) const {
    return static_cast<std::size_t>(
        std::find_if(workers_.begin(), workers_.end(),
                     [&](const worker &w) { return w.report.name == name; }) -
        workers_.begin());
  }

  void sort() {
    for (std::size_t i = 0; i < workers_.size(); ++i)
      for (const std::string &name : workers_[i].options.after) {
        const std::size_t other = find(name);
        if (other == workers_.size())
          throw std::invalid_argument("codrop::application: worker '" +
                                      workers_[i].report.name + "' is after '" +
                                      name + "', which does not exist");
        workers_[i].after.push_back(other);
        workers_[other].before.push_back(i);
      }
    std::vector<std::size_t> path;
    for (std::size_t i = 0; i < workers_.size(); ++i)
      visit(i, path);
  }
  void visit(std::size_t i, std::vector<std::size_t> &path) {
    if (std::find(order_.begin(), order_.end(), i) != order_.end())
      return;
    const auto again = std::find(path.begin(), path.end(), i);
    if (again != path.end()) {
      std::string circle;
      for (auto step = again; step != path.end(); ++step)
        circle += "'" + workers_[*step].report.name + "' after ";
      throw std::invalid_argument("codrop::application: workers in a circle: " +
                                  circle + "'" + workers_[i].report.name + "'");
    }
    path.push_back(i);
    for (const std::size_t other : workers_[i].after)
      visit(other, path);
    path.pop_back();
    order_.push_back(i);
  }

  void wait_for_signal(detail::net::signal_set &signals) {
    signals.async_wait([this, &signals](auto error, int number) {
      if (error)
        return;
      if (std::exchange(report_.signal, number) != 0) {
        tell("a second signal, " + std::to_string(number) + ": ending at once");
        report_.forced = true;
        done_ = true;
        return;
      }
      tell("signal " + std::to_string(number) + ": stopping");
      begin_stop(application_report::signalled);
      wait_for_signal(signals);
    });
  }

  void start_ready() {
    for (bool changed = true; std::exchange(changed, false);)
      for (const std::size_t i : order_) {
        const auto &after = workers_[i].after;
        if (stopping_ || workers_[i].phase != worker::waiting ||
            !std::all_of(after.begin(), after.end(),
                         [&](auto other) { return workers_[other].started; }))
          continue;
        begin(i);
        changed = true;
      }
    end_if_done();
  }

  void begin(std::size_t i) {
    worker &w = workers_[i];
    w.phase = worker::running;
    w.started = w.starts_at_once;
    w.source.emplace(all_.token());
    here_type here(executor());
    w.task = here.start(
        [&w](cancellation_token token) {
          return w.body->call(std::move(token));
        },
        w.source->token(),
        [this, i](outcome<void> result) { ended(i, result.error()); });
    tell("worker " + w.report.name + ": begins");
    w.task->begin();
  }

  void started(std::size_t i) {
    if (!workers_[i].runs())
      return;
    workers_[i].started = true;
    start_ready();
  }

  void ended(std::size_t i, std::exception_ptr error) {
    worker &w = workers_[i];
    const bool was_asked = w.phase == worker::asked;
    w.phase = worker::ended;
    w.deadline.reset();
    if (was_asked)
      w.report.stopping = clock::now() - w.asked_at;
    if (!error)
      w.report.end = worker_report::completed;
    else if (was_asked && here_type::is_cancellation(error))
      w.report.end = worker_report::cancelled;
    else
      w.report.end = worker_report::failed;
    if (w.report.end == worker_report::failed)
      w.report.error = std::move(error);
    tell("worker " + w.report.describe());
    if (w.report.end == worker_report::failed) {
      if (w.options.on_failure == worker_policy::stop)
        begin_stop(application_report::failure);
    } else {
      w.started = true;
      if (w.options.on_completion == worker_policy::stop)
        begin_stop(application_report::stopped);
    }
    if (stopping_)
      stop_ready();
    else
      start_ready();
  }

  void begin_stop(application_report::reason why) {
    if (std::exchange(stopping_, true))
      return;
    report_.why = why;
    deadline_.expires_after(options_.stop_within);
    deadline_.async_wait([this](auto error) {
      if (error || done_)
        return;
      tell("the deadline for all has passed");
      report_.timed_out = true;
      done_ = true;
    });
    stop_ready();
  }

  void stop_ready() {
    for (auto i = order_.rbegin(); i != order_.rend(); ++i) {
      const auto &before = workers_[*i].before;
      if (workers_[*i].phase == worker::running &&
          std::all_of(before.begin(), before.end(), [&](auto other) {
            return !workers_[other].runs() || workers_[other].report.late;
          }))
        ask(*i);
    }
    end_if_done();
  }

  void ask(std::size_t i) {
    worker &w = workers_[i];
    w.phase = worker::asked;
    w.asked_at = clock::now();
    w.deadline = std::make_unique<detail::net::steady_timer>(
        context_, w.options.stop_within.value_or(options_.worker_stop_within));
    w.deadline->async_wait([this, i](auto error) {
      if (error || workers_[i].phase != worker::asked)
        return;
      worker_report &r = workers_[i].report;
      r.late = true;
      r.stopping = clock::now() - workers_[i].asked_at;
      tell("worker " + r.name + ": late, asked to stop " +
           detail::describe(r.stopping) + " ago");
      stop_ready();
    });
    w.source->request();
  }

  void end_if_done() {
    if (std::none_of(workers_.begin(), workers_.end(), [](const worker &w) {
          return w.runs() && !w.report.late;
        }))
      done_ = true;
  }

  application_report finish() {
    for (worker &w : workers_) {
      w.task.reset();
      if (!w.runs())
        continue;
      w.report.end = worker_report::abandoned;
      if (w.phase == worker::asked)
        w.report.stopping = clock::now() - w.asked_at;
      tell("worker " + w.report.describe());
    }
    // What works for them elsewhere is to know that nobody waits for it.
    all_.request();
    context_.destroy_handlers();
    for (const std::size_t i : order_)
      report_.workers.push_back(std::move(workers_[i].report));
    return std::move(report_);
  }

  application_options options_;
  context context_;
  detail::net::steady_timer deadline_{context_};
  cancellation_source all_;
  std::vector<worker> workers_;
  std::vector<std::size_t> order_;
  application_report report_;
  bool ran_ = false;
  bool stopping_ = false;
  bool done_ = false;
};

} // namespace codrop

#endif // CODROP_APPLICATION_HPP
