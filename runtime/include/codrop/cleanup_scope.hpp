// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where destructors leave what must be awaited. A frame that is dropped cannot
// await the close of what it holds; it hands it over, and shutdown awaits it.

#ifndef CODROP_CLEANUP_SCOPE_HPP
#define CODROP_CLEANUP_SCOPE_HPP

#include <codrop/annotations.hpp>
#include <codrop/async_drop.hpp>
#include <codrop/environment.hpp>
#include <codrop/must_close.hpp>
#include <codrop/report.hpp>
#include <codrop/scope.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

namespace codrop {

template <class Coroutine>
class hand_over_policy;

namespace detail {

/// One thing to await, in a list that adding to needs no memory for.
template <class Coroutine>
class cleanup_work {
public:
  cleanup_work(std::string_view type, const std::source_location &where)
      : type(type), where(where) {}
  cleanup_work(const cleanup_work &) = delete;
  cleanup_work &operator=(const cleanup_work &) = delete;
  virtual ~cleanup_work() = default;
  virtual Coroutine run(error_list &errors) = 0;

  std::string_view type;
  std::source_location where;
  std::unique_ptr<cleanup_work> next;
};

template <class Coroutine, class T>
class cleanup_value final : public cleanup_work<Coroutine> {
public:
  cleanup_value(T value, const std::source_location &where)
      : cleanup_work<Coroutine>(type_name<T>(), where),
        value_(std::move(value)) {}
  Coroutine run(error_list &errors) override {
    drop_list<Coroutine> steps;
    push_drop<Coroutine>(value_, steps);
    return close_all<Coroutine>(std::move(steps), errors);
  }

private:
  T value_;
};

template <class Coroutine, class F>
class cleanup_function final : public cleanup_work<Coroutine> {
public:
  cleanup_function(F f, const std::source_location &where)
      : cleanup_work<Coroutine>(type_name<F>(), where), f_(std::move(f)) {}
  Coroutine run(error_list &) override { return await_function(f_); }

private:
  static Coroutine await_function(F &f) {
    using here_type = environment<Coroutine>;
    here_type here(co_await here_type::here());
    if constexpr (same_coroutine<std::invoke_result_t<F &>, Coroutine>) {
      static_cast<void>(co_await f());
    } else {
      const auto call = [&](const cancellation_token &) { return f(); };
      static_cast<void>(co_await here.await(call));
    }
  }
  F f_;
};

/// Shared by the scope and all that hand over to it, as frames may outlive it.
template <class Coroutine>
class cleanup_queue {
public:
  using work = std::unique_ptr<cleanup_work<Coroutine>>;

  cleanup_queue() = default;
  cleanup_queue(const cleanup_queue &) = delete;
  cleanup_queue &operator=(const cleanup_queue &) = delete;
  ~cleanup_queue() { close(); }

  void add(work added) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (!closed_) {
        work &to = last_ != nullptr ? last_->next : first_;
        to = std::move(added);
        last_ = to.get();
        ++size_;
        return;
      }
    }
    lose(*added);
  }
  void put_back(work added) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (!closed_) {
        if (last_ == nullptr)
          last_ = added.get();
        added->next = std::move(first_);
        first_ = std::move(added);
        ++size_;
        return;
      }
    }
    lose(*added);
  }
  work take() noexcept {
    const std::lock_guard lock(mutex_);
    work taken = std::move(first_);
    if (taken) {
      first_ = std::move(taken->next);
      if (!first_)
        last_ = nullptr;
      --size_;
    }
    return taken;
  }
  /// Nobody will take any more.
  void close() noexcept {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    while (const work left = take())
      lose(*left);
  }
  [[nodiscard]] std::size_t size() const noexcept {
    const std::lock_guard lock(mutex_);
    return size_;
  }

private:
  static void lose(const cleanup_work<Coroutine> &left) noexcept {
    tell({report::not_drained, left.type, left.where, nullptr});
  }

  mutable std::mutex mutex_;
  work first_;
  cleanup_work<Coroutine> *last_ = nullptr;
  std::size_t size_ = 0;
  bool closed_ = false;
};

template <class Coroutine>
Coroutine run_drain(std::shared_ptr<cleanup_queue<Coroutine>> queue) {
  using here_type = environment<Coroutine>;
  here_type here(co_await here_type::here());
  const bool threw = co_await here.throws_when_cancelled();
  co_await here.throw_when_cancelled(false);
  error_list errors;
  for (;;) {
    auto work = queue->take();
    if (!work)
      break;
    // A frame that is destroyed here has not done it.
    scope_fail undone([&] { queue->put_back(std::move(work)); });
    try {
      const auto run = [&] { return work->run(errors); };
      co_await here.shielded(run);
    } catch (...) {
      errors.push_back(std::current_exception());
    }
    undone.succeed();
  }
  co_await here.throw_when_cancelled(threw);
  if (!errors.empty())
    throw drop_errors(std::move(errors));
}

} // namespace detail

/// Keeps what must be awaited until `drain()` does that. Destructors hand it
/// over; that neither blocks nor awaits anything. `Coroutine` is the type of
/// the coroutines that close, such as `asio::awaitable<void>`.
///     codrop::cleanup_scope<task<>> scope;
///     … codrop::must_close file(open(), codrop::hand_over_to(scope)); …
///     co_await scope.drain();
///
/// Exceptions: handing over throws std::bad_alloc, and what moving the value
/// throws. Cancellation: does not reach what is drained. Destruction: what has
/// not been drained is told to the report handler (see set_report_handler),
/// each with the place where it was handed over, and destroyed; so is what is
/// handed over later. Threading: all members may be called from any thread.
template <class Coroutine>
class CODROP_MUST_CLOSE_BY(drain) cleanup_scope {
  static_assert(std::is_void_v<coroutine_result_t<Coroutine>>,
                "a coroutine type without a result, such as task<void>");

public:
  cleanup_scope()
      : queue_(std::make_shared<detail::cleanup_queue<Coroutine>>()) {}
  cleanup_scope(const cleanup_scope &) = delete;
  cleanup_scope &operator=(const cleanup_scope &) = delete;
  ~cleanup_scope() { queue_->close(); }

  /// `value` is closed as by async_drop, and destroyed then.
  template <class T>
    requires async_droppable<T>
  void hand_over(T value, const std::source_location &where =
                              std::source_location::current()) {
    queue_->add(std::make_unique<detail::cleanup_value<Coroutine, T>>(
        std::move(value), where));
  }
  /// `f()` is awaited.
  template <class F>
    requires std::is_invocable_v<F &>
  void
  add(F f,
      const std::source_location &where = std::source_location::current()) {
    queue_->add(std::make_unique<detail::cleanup_function<Coroutine, F>>(
        std::move(f), where));
  }
  /// How much there is to drain.
  [[nodiscard]] std::size_t size() const noexcept { return queue_->size(); }

  /// Awaits all of it, one after another in the order of handing over, and what
  /// is handed over meanwhile; is done when nothing is left. May be awaited
  /// again, and now and then while the program runs.
  ///
  /// Exceptions: drop_errors with all that was thrown, after all is done.
  /// Cancellation: does not reach it. Destruction: what it was at goes back,
  /// to be begun again. Threading: what is handed over in other threads when
  /// it is done stays for the next; two at a time share the work, and neither
  /// waits for what the other is at.
  [[nodiscard]] Coroutine drain() {
    return detail::run_drain<Coroutine>(queue_);
  }

private:
  friend class hand_over_policy<Coroutine>;
  std::shared_ptr<detail::cleanup_queue<Coroutine>> queue_;
};

/// What hand_over_to() gives.
template <class Coroutine>
class hand_over_policy {
public:
  explicit hand_over_policy(const cleanup_scope<Coroutine> &scope) noexcept
      : queue_(scope.queue_) {}

  template <class T>
  void operator()(T &&value, const std::source_location &where) const noexcept {
    static_assert(!std::is_lvalue_reference_v<T>, "the value is moved");
    queue_->add(std::make_unique<detail::cleanup_value<Coroutine, T>>(
        std::forward<T>(value), where));
  }

private:
  std::shared_ptr<detail::cleanup_queue<Coroutine>> queue_;
};

/// The policy of a must_close to hand the value over to a cleanup_scope. It may
/// outlive that: the value is reported and destroyed then. Ends the program
/// where there is no memory for it.
template <class Coroutine>
[[nodiscard]] hand_over_policy<Coroutine>
hand_over_to(const cleanup_scope<Coroutine> &scope) noexcept {
  return hand_over_policy<Coroutine>(scope);
}

/// What is handed over is closed by the scope, so that it may be dropped.
template <class T, class Coroutine>
class CODROP_NOT_A_RESOURCE must_close<T, hand_over_policy<Coroutine>>
    : public detail::closed_or_told<T, hand_over_policy<Coroutine>> {
public:
  explicit must_close(
      T value, hand_over_policy<Coroutine> policy,
      const std::source_location &where = std::source_location::current())
      : detail::closed_or_told<T, hand_over_policy<Coroutine>>(
            std::move(value), std::move(policy), where) {}
};

} // namespace codrop

#endif // CODROP_CLEANUP_SCOPE_HPP
