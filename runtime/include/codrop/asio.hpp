// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The environment of asio::awaitable coroutines, and cancellation between
// Asio's slots and codrop's tokens. Define CODROP_BOOST_ASIO for Boost.Asio.

#ifndef CODROP_ASIO_HPP
#define CODROP_ASIO_HPP

#include <codrop/cancellation.hpp>
#include <codrop/detail/net.hpp>
#include <codrop/environment.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace codrop {

namespace detail {

/// What waits for something of codrop's on behalf of an execution context. It
/// is destroyed with that, as the operations of Asio are.
class pending_base {
public:
  virtual ~pending_base() = default;
  pending_base *previous = nullptr;
  pending_base *next = nullptr;
};

template <class = void>
class pending_service : public net::execution_context::service {
public:
  inline static net::execution_context::id id;
  explicit pending_service(net::execution_context &context)
      : net::execution_context::service(context) {}

  void add(pending_base *operation) noexcept {
    std::lock_guard lock(mutex_);
    operation->next = first_;
    if (first_ != nullptr)
      first_->previous = operation;
    first_ = operation;
  }
  void remove(pending_base *operation) noexcept {
    std::lock_guard lock(mutex_);
    unlink(operation);
  }

private:
  void unlink(pending_base *operation) noexcept {
    if (operation->next != nullptr)
      operation->next->previous = operation->previous;
    if (operation->previous != nullptr)
      operation->previous->next = operation->next;
    else if (first_ == operation)
      first_ = operation->next;
    operation->previous = operation->next = nullptr;
  }
  void shutdown() noexcept override {
    for (;;) {
      pending_base *operation = nullptr;
      {
        std::lock_guard lock(mutex_);
        operation = first_;
        if (operation == nullptr)
          return;
        unlink(operation);
      }
      delete operation;
    }
  }

  std::mutex mutex_;
  pending_base *first_ = nullptr;
};

/// Awaits `f(token)` and gives its outcome to a completion handler.
template <class T, class F, class Handler, class Executor>
class pending_await final : public pending_base {
public:
  pending_await(F f, Handler handler, const Executor &executor)
      : handler_(std::move(handler)),
        work_(net::prefer(executor, net::execution::outstanding_work.tracked)),
        service_(net::use_service<pending_service<>>(
            net::query(executor, net::execution::context))),
        f_(std::move(f)) {}
  pending_await(const pending_await &) = delete;
  pending_await &operator=(const pending_await &) = delete;
  ~pending_await() override {
    if (handler_)
      clear_slot();
  }

  void begin() {
    service_.add(this);
    auto slot = net::get_associated_cancellation_slot(*handler_);
    if (slot.is_connected())
      slot.assign([source = source_](net::cancellation_type type) {
        if (type == net::cancellation_type::none)
          return;
        // Answering may clear the slot, and this function with it.
        const cancellation_source kept = source;
        kept.request();
      });
    task_.emplace(drive<T, task, finish>(f_(source_.token()), finish{this}));
    task_->begin();
  }

private:
  using task = std::invoke_result_t<F &, cancellation_token>;
  struct finish {
    pending_await *self;
    void operator()(outcome<T> result) noexcept {
      // Nothing of `self` is there after this.
      const std::unique_ptr<pending_await> owner(self);
      owner->service_.remove(owner.get());
      owner->clear_slot();
      net::post(owner->work_, [handler = std::move(*owner->handler_),
                               result = std::move(result)]() mutable {
        std::move(handler)(nullptr, std::move(result));
      });
      owner->handler_.reset();
    }
  };
  void clear_slot() noexcept {
    auto slot = net::get_associated_cancellation_slot(*handler_);
    if (slot.is_connected())
      slot.clear();
  }

  std::optional<Handler> handler_;
  std::decay_t<decltype(net::prefer(std::declval<const Executor &>(),
                                    net::execution::outstanding_work.tracked))>
      work_;
  pending_service<> &service_;
  cancellation_source source_;
  F f_;
  std::optional<driver<T, finish>> task_;
};

template <class T, class Executor, class F>
net::awaitable<T, Executor> await_in_asio(F f) {
  using token = net::use_awaitable_t<Executor>;
  token use_awaitable;
  outcome<T> result =
      co_await net::async_initiate<token, void(std::exception_ptr, outcome<T>)>(
          [](auto handler, F g) {
            auto executor = net::get_associated_executor(handler);
            auto *pending =
                new pending_await<T, F, decltype(handler), decltype(executor)>(
                    std::move(g), std::move(handler), executor);
            pending->begin();
          },
          use_awaitable, std::move(f));
  co_return std::move(result).get();
}

/// Runs `f()` and keeps how it ends, so that results need no default
/// constructor.
template <class T, class Executor, class F>
net::awaitable<void, Executor> keep_outcome(F f, outcome<T> &to) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await f();
      to.set();
    } else {
      to.set(co_await f());
    }
  } catch (...) {
    to.fail(std::current_exception());
  }
}

template <class T, class Executor, class F>
net::awaitable<T, Executor> run_shielded(Executor executor, F f) {
  outcome<T> result;
  co_await net::co_spawn(
      executor, keep_outcome<T, Executor>(std::move(f), result),
      net::bind_cancellation_slot(net::cancellation_slot(),
                                  net::use_awaitable_t<Executor>()));
  co_return std::move(result).get();
}

template <class T, class Executor, class F, class Done>
class spawned_task final : public running_task {
public:
  spawned_task(const Executor &executor, F f, cancellation_token token,
               Done done)
      : state_(std::make_shared<state>(executor, std::move(f), std::move(token),
                                       std::move(done))) {}
  spawned_task(const spawned_task &) = delete;
  spawned_task &operator=(const spawned_task &) = delete;
  ~spawned_task() override { state_->done.reset(); }

  void begin() override {
    const std::shared_ptr<state> kept = state_;
    // Before the task can end, which takes it away again.
    kept->requested.emplace(kept->token, emit{kept});
    net::co_spawn(kept->executor, run(kept),
                  net::bind_cancellation_slot(
                      kept->signal.slot(), [kept](std::exception_ptr) {
                        kept->requested.reset();
                        if (std::optional<Done> finished =
                                std::exchange(kept->done, std::nullopt))
                          (*finished)(std::move(kept->result));
                      }));
    // A request that came before has found nobody to listen.
    if (kept->token.is_requested())
      net::post(kept->executor, [kept] {
        kept->signal.emit(net::cancellation_type::terminal);
      });
  }

private:
  struct state;
  struct emit {
    std::weak_ptr<state> to;
    void operator()() const noexcept {
      if (const auto task = to.lock())
        net::dispatch(task->executor, [task] {
          task->signal.emit(net::cancellation_type::terminal);
        });
    }
  };
  struct state {
    state(const Executor &e, F g, cancellation_token t, Done d)
        : executor(e), f(std::move(g)), token(std::move(t)),
          done(std::move(d)) {}
    Executor executor;
    F f;
    cancellation_token token;
    std::optional<Done> done;
    outcome<T> result;
    net::cancellation_signal signal;
    std::optional<cancellation_callback<emit>> requested;
  };
  struct call_kept {
    state &kept;
    auto operator()() { return kept.f(kept.token); }
  };
  static net::awaitable<void, Executor> run(std::shared_ptr<state> kept) {
    co_await keep_outcome<T, Executor>(call_kept{*kept}, kept->result);
  }

  std::shared_ptr<state> state_;
};

} // namespace detail

/// Coroutines of Asio. A task beside the coroutine is spawned on its executor,
/// and its token is that of the task as well as its Asio cancellation, of type
/// terminal.
template <class Result, class Executor>
class environment<detail::net::awaitable<Result, Executor>> {
public:
  static auto here() noexcept { return detail::net::this_coro::executor; }
  explicit environment(Executor executor) noexcept
      : executor_(std::move(executor)) {}

  template <class F>
  auto await(F f) {
    using result =
        detail::await_result_t<std::invoke_result_t<F &, cancellation_token>>;
    return detail::await_in_asio<result, Executor>(std::move(f));
  }

  static auto throws_when_cancelled() noexcept {
    return detail::net::this_coro::throw_if_cancelled();
  }
  static auto throw_when_cancelled(bool value) noexcept {
    return detail::net::this_coro::throw_if_cancelled(value);
  }
  template <class F>
  auto shielded(F f) {
    using result = coroutine_result_t<std::invoke_result_t<F &>>;
    return detail::run_shielded<result, Executor>(executor_, std::move(f));
  }

  template <class F, class Done>
  auto start(F f, cancellation_token token, Done done) {
    using result =
        coroutine_result_t<std::invoke_result_t<F &, cancellation_token>>;
    return std::make_unique<detail::spawned_task<result, Executor, F, Done>>(
        executor_, std::move(f), std::move(token), std::move(done));
  }

  static bool is_cancellation(const std::exception_ptr &error) noexcept {
    if (!error)
      return false;
    try {
      std::rethrow_exception(error);
    } catch (const operation_cancelled &) {
      return true;
    } catch (const detail::net_system_error &e) {
      return e.code() == detail::net::error::operation_aborted;
    } catch (...) {
      return false;
    }
  }

  [[nodiscard]] const Executor &executor() const noexcept { return executor_; }

private:
  Executor executor_;
};

/// Awaits `f(token)`, which any coroutine could, in a coroutine of Asio; the
/// token is requested when that is cancelled:
///     auto guard = co_await codrop::as_asio([&](auto token) { return
///     mutex.lock(token); });
///
/// Exceptions: those of the await. Cancellation: that of what is awaited.
/// Destruction: leaves what is awaited; so does the destruction of the
/// execution context. Threading: the coroutine goes on on its executor,
/// wherever the await is done.
template <class F>
auto as_asio(F f) {
  using result =
      detail::await_result_t<std::invoke_result_t<F &, cancellation_token>>;
  return detail::await_in_asio<result, detail::net::any_io_executor>(
      std::move(f));
}

/// A token that is requested when the slot gets any cancellation. The slot must
/// have no other handler.
template <>
struct token_traits<detail::net::cancellation_slot> {
  template <class F>
  class callback {
  public:
    callback(detail::net::cancellation_slot slot, F f) : slot_(slot) {
      slot_.assign(
          [f = std::move(f)](detail::net::cancellation_type type) mutable {
            if (type == detail::net::cancellation_type::none)
              return;
            F kept = f;
            kept();
          });
    }
    callback(const callback &) = delete;
    callback &operator=(const callback &) = delete;
    ~callback() { slot_.clear(); }

  private:
    detail::net::cancellation_slot slot_;
  };
};

/// The same for the state of a coroutine, `co_await
/// this_coro::cancellation_state`, requested at once if it has been cancelled.
/// Operations that the coroutine awaits itself take the slot over: for one that
/// awaits what is bound to another slot.
template <>
struct token_traits<detail::net::cancellation_state> {
  template <class F>
  class callback {
    using slot_type = detail::net::cancellation_slot;

  public:
    callback(const detail::net::cancellation_state &state, F f) {
      if (state.cancelled() != detail::net::cancellation_type::none)
        f();
      else if (slot_type slot = state.slot(); slot.is_connected())
        listening_.emplace(slot, std::move(f));
    }
    callback(const callback &) = delete;
    callback &operator=(const callback &) = delete;

  private:
    std::optional<typename token_traits<slot_type>::template callback<F>>
        listening_;
  };
};

/// The other way: emits `type` when the token is requested, on `executor`,
/// where what listens to the slot runs: `co_spawn(ex, f(),
/// bind_cancellation_slot( link.slot(), detached))`.
class CODROP_CANCELLATION_TOKEN linked_signal {
public:
  template <class Executor>
  linked_signal(const cancellation_token &token, const Executor &executor,
                detail::net::cancellation_type type =
                    detail::net::cancellation_type::terminal)
      : signal_(std::make_shared<detail::net::cancellation_signal>()),
        callback_(token, [executor, type, signal = signal_]() mutable noexcept {
          detail::net::dispatch(executor,
                                [type, signal] { signal->emit(type); });
        }) {}
  [[nodiscard]] detail::net::cancellation_slot slot() noexcept {
    return signal_->slot();
  }

private:
  std::shared_ptr<detail::net::cancellation_signal> signal_;
  cancellation_callback<std::function<void()>> callback_;
};

} // namespace codrop

#endif // CODROP_ASIO_HPP
