// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tasks that end before the scope that began them: with_task_group() returns
// when its body and all tasks that were spawned have ended.

#ifndef CODROP_TASK_GROUP_HPP
#define CODROP_TASK_GROUP_HPP

#include <codrop/annotations.hpp>
#include <codrop/cancellation.hpp>
#include <codrop/coroutine.hpp>
#include <codrop/detail/join.hpp>
#include <codrop/environment.hpp>
#include <codrop/task_errors.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <exception>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace codrop {

/// How a task of a group has ended.
struct task_report {
  enum end_type { completed, cancelled, failed };

  std::string name;
  end_type end = completed;
  /// What it has thrown.
  std::exception_ptr error;
};

enum class when_task_fails {
  /// The others and the body are cancelled, and the first error is thrown.
  cancel_others,
  /// The others go on, and all errors are thrown, several as task_errors.
  collect,
};

struct task_group_options {
  when_task_fails on_failure = when_task_fails::cancel_others;
  /// Where the reports go, in the order in which the tasks ended, before
  /// with_task_group() returns or throws.
  std::vector<task_report> *reports = nullptr;
};

namespace detail {

template <class T>
inline constexpr char type_tag = 0;

template <class Coroutine>
using plain_environment = environment<rebind_result_t<Coroutine, void>>;

template <class Coroutine, class Body>
class group_run;

} // namespace detail

/// What the body of with_task_group() spawns its tasks in.
///
/// Exceptions: spawn() throws what the start of a coroutine throws, and
/// std::logic_error for a coroutine of another library than the body.
/// Cancellation: the tasks are cancelled with the group; see
/// with_task_group(). Destruction: tasks that have not ended are destroyed
/// where they are suspended. Threading: the members may be called from any
/// thread, by the body and by tasks that have not ended.
class task_group {
public:
  task_group(const task_group &) = delete;
  task_group &operator=(const task_group &) = delete;
  ~task_group() { destroy_tasks(); }

  /// Begins `f(cancellation_token)`, a coroutine, at once. What it returns is
  /// destroyed. False, and nothing begins, if the tasks have been cancelled.
  template <class F>
    requires std::invocable<F &, cancellation_token>
  bool spawn(std::string name, F f) {
    using coroutine = std::invoke_result_t<F &, cancellation_token>;
    using here_type = detail::plain_environment<coroutine>;
    if (tag_ != &detail::type_tag<here_type>)
      throw std::logic_error("a task of another library than its group");
    destroy_ended();
    std::list<entry> one(1);
    const position at = one.begin();
    at->report.name = std::move(name);
    here_type &here = *static_cast<here_type *>(here_.get());
    at->task =
        here.start(std::move(f), stop_.token(),
                   finish<here_type, coroutine_result_t<coroutine>>{this, at});
    running_task &task = *at->task;
    {
      std::lock_guard lock(mutex_);
      if (closed_ || stop_.is_requested())
        return false;
      running_.splice(running_.end(), one);
    }
    join_.begun();
    begin(task, [&](std::exception_ptr error) { ended(at, error, false); });
    std::lock_guard lock(mutex_);
    at->begun = true;
    return true;
  }

  /// Cancels the tasks, and not the body.
  void cancel() noexcept { stop_.request(); }
  /// For the body: requested when the caller is cancelled, and when a task
  /// fails and the others are not to go on.
  [[nodiscard]] cancellation_token token() const noexcept {
    return body_stop_.token();
  }
  /// How many tasks have not ended.
  [[nodiscard]] std::size_t running() const noexcept {
    std::lock_guard lock(mutex_);
    return running_.size();
  }

private:
  template <class Coroutine, class Body>
  friend class detail::group_run;
  struct entry {
    task_report report;
    /// When it has ended.
    std::size_t order = 0;
    std::unique_ptr<running_task> task;
    /// begin() has returned: the task may be destroyed when it has ended.
    bool begun = false;
  };
  using position = std::list<entry>::iterator;

  template <class Here, class T>
  struct finish {
    task_group *group;
    position at;
    void operator()(outcome<T> result) noexcept {
      const std::exception_ptr error = result.error();
      // What it holds must not wait for the others.
      {
        const outcome<T> gone(std::move(result));
      }
      group->ended(at, error, Here::is_cancellation(error));
    }
  };

  template <class Here>
  task_group(const Here &here, const task_group_options &options)
      : options_(options), here_(std::make_shared<Here>(here)),
        tag_(&detail::type_tag<Here>) {}

  template <class Failed>
  static void begin(running_task &task, const Failed &failed) noexcept {
    try {
      task.begin();
    } catch (...) {
      failed(std::current_exception());
    }
  }

  void ended(position at, const std::exception_ptr &error,
             bool cancelled) noexcept {
    const bool failed = error && !cancelled;
    {
      std::lock_guard lock(mutex_);
      at->report.error = error;
      at->report.end = failed      ? task_report::failed
                       : cancelled ? task_report::cancelled
                                   : task_report::completed;
      any_cancelled_ = any_cancelled_ || cancelled;
      at->order = order_++;
      ended_.splice(ended_.end(), running_, at);
    }
    if (failed && options_.on_failure == when_task_fails::cancel_others)
      cancel_all();
    // Nothing of the group is there after this.
    join_.ended();
  }
  void cancel_all() noexcept {
    stop_.request();
    body_stop_.request();
  }

  /// Frees the frames of those that have ended. Never under the lock: they hold
  /// what others may wait for.
  void destroy_ended() noexcept {
    std::list<entry> gone;
    {
      std::lock_guard lock(mutex_);
      while (!ended_.empty() && ended_.front().begun)
        gone.splice(gone.end(), ended_, ended_.begin());
    }
    for (position at = gone.begin(); at != gone.end();) {
      const position next = std::next(at);
      at->task.reset();
      if (options_.reports != nullptr ||
          at->report.end == task_report::failed) {
        std::lock_guard lock(mutex_);
        kept_.splice(kept_.end(), gone, at);
      }
      at = next;
    }
  }
  void destroy_tasks() noexcept {
    for (;;) {
      std::list<entry> one;
      std::lock_guard lock(mutex_);
      closed_ = true;
      std::list<entry> &from = running_.empty() ? ended_ : running_;
      if (from.empty())
        return;
      one.splice(one.end(), from, from.begin());
    }
  }

  const task_group_options options_;
  const std::shared_ptr<void> here_;
  const void *const tag_;
  mutable std::mutex mutex_;
  std::list<entry> running_, ended_, kept_;
  bool closed_ = false;
  bool any_cancelled_ = false;
  std::size_t order_ = 0;
  const cancellation_source stop_, body_stop_;
  detail::join_counter join_;
};

namespace detail {

/// The state of one with_task_group().
template <class Coroutine, class Body>
class group_run {
  using here_type = plain_environment<Coroutine>;
  using result_type = coroutine_result_t<Coroutine>;

public:
  group_run(here_type &here, Body body, const task_group_options &options)
      : group_(here, options) {
    body_ = here.start(run_body{std::move(body), &group_},
                       group_.body_stop_.token(), body_ended{this});
  }
  group_run(const group_run &) = delete;
  group_run &operator=(const group_run &) = delete;
  ~group_run() {
    // The body may refer to the group, and the tasks to both.
    group_.destroy_tasks();
    body_.reset();
  }

  void begin() {
    group_.join_.begun();
    task_group::begin(*body_, [this](std::exception_ptr error) {
      body_ended{this}(outcome<result_type>(std::move(error)));
    });
  }
  join_counter &join() noexcept { return group_.join_; }
  void caller_cancelled() noexcept {
    caller_cancelled_.store(true);
    group_.cancel_all();
  }

  /// All have ended.
  result_type result(const std::exception_ptr &interrupted) {
    std::list<task_group::entry> &all = group_.ended_;
    all.splice(all.end(), group_.kept_);
    all.sort([](const auto &a, const auto &b) { return a.order < b.order; });
    std::vector<std::exception_ptr> errors;
    bool with_body = false;
    const auto add_body = [&] {
      if (!with_body && result_.has_error() &&
          !here_type::is_cancellation(result_.error()))
        errors.push_back(result_.error());
      with_body = true;
    };
    if (interrupted && !here_type::is_cancellation(interrupted))
      errors.push_back(interrupted);
    for (task_group::entry &one : all) {
      if (one.order > body_order_)
        add_body();
      if (one.report.end == task_report::failed)
        errors.push_back(one.report.error);
    }
    add_body();
    const task_group_options &options = group_.options_;
    if (options.reports != nullptr)
      for (task_group::entry &one : all)
        options.reports->push_back(std::move(one.report));
    if (!errors.empty()) {
      if (options.on_failure == when_task_fails::cancel_others)
        errors.resize(1);
      throw_errors(std::move(errors));
    }
    if (interrupted)
      std::rethrow_exception(interrupted);
    if (caller_cancelled_.load() && group_.any_cancelled_)
      throw operation_cancelled();
    return std::move(result_).get();
  }

private:
  struct run_body {
    Body body;
    task_group *group;
    Coroutine operator()(cancellation_token) { return body(*group); }
  };
  struct body_ended {
    group_run *self;
    void operator()(outcome<result_type> result) noexcept {
      self->result_ = std::move(result);
      {
        std::lock_guard lock(self->group_.mutex_);
        self->body_order_ = self->group_.order_++;
      }
      if (self->result_.has_error())
        self->group_.cancel();
      // Nothing of it is there after this.
      self->group_.join_.ended();
    }
  };

  task_group group_;
  outcome<result_type> result_;
  std::size_t body_order_ = 0;
  std::atomic<bool> caller_cancelled_{false};
  std::unique_ptr<running_task> body_;
};

} // namespace detail

/// `co_await with_task_group(body)` awaits `body(group)`, a coroutine, and then
/// all tasks that were spawned in the group, and gives what the body gives.
/// With a token as its first argument it is cancelled through that as well; a
/// coroutine of Asio needs none.
///
/// Exceptions: when a task fails the others and the body are cancelled, all are
/// awaited, and the first error is thrown; with when_task_fails::collect all go
/// on, and all errors are thrown. When the body throws the tasks are cancelled
/// and awaited. A task that ends as cancelled has not failed. Cancellation:
/// cancels the body and the tasks and awaits them; then throws, unless they all
/// came to their end in spite of it. Destruction: destroys the tasks and then
/// the body where they are suspended, and calls nothing back. Threading: the
/// body and the tasks may run in different threads; the caller goes on in that
/// of the last. In Asio all run on the executor of the caller; with several
/// threads that must be a strand.
template <class Body>
  requires std::invocable<Body &, task_group &>
auto with_task_group(cancellation_token token, Body body,
                     task_group_options options = {})
    -> std::invoke_result_t<Body &, task_group &> {
  using coroutine = std::invoke_result_t<Body &, task_group &>;
  using here_type = detail::plain_environment<coroutine>;
  here_type here(co_await here_type::here());
  detail::group_run<coroutine, Body> group(here, std::move(body), options);
  const bool threw = co_await here.throws_when_cancelled();
  co_await here.throw_when_cancelled(false);
  const cancellation_callback cancelled(token, detail::cancel_state{&group});
  const auto run = [&group](cancellation_token caller) {
    return detail::run_awaiter(group, std::move(caller));
  };
  std::exception_ptr interrupted;
  try {
    co_await here.await(run);
  } catch (...) {
    interrupted = std::current_exception();
  }
  if (interrupted) {
    group.caller_cancelled();
    const auto rest = [&group](cancellation_token) {
      return detail::join_awaiter(group.join());
    };
    co_await here.await(rest);
  }
  co_await here.throw_when_cancelled(threw);
  co_return group.result(interrupted);
}

template <class Body>
  requires std::invocable<Body &, task_group &>
auto with_task_group(Body body, task_group_options options = {}) {
  return with_task_group(cancellation_token(), std::move(body), options);
}

} // namespace codrop

#endif // CODROP_TASK_GROUP_HPP
