// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The first of several tasks that ends. The others are cancelled and awaited,
// so that nothing of them goes on behind the caller's back.

#ifndef CODROP_SELECT_HPP
#define CODROP_SELECT_HPP

#include <codrop/annotations.hpp>
#include <codrop/cancellation.hpp>
#include <codrop/coroutine.hpp>
#include <codrop/detail/join.hpp>
#include <codrop/environment.hpp>
#include <codrop/task_errors.hpp>

#include <array>
#include <atomic>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace codrop {

namespace detail {

template <class T>
using value_of = std::conditional_t<
    std::is_void_v<T>, std::monostate,
    std::conditional_t<std::is_reference_v<T>,
                       std::reference_wrapper<std::remove_reference_t<T>>, T>>;

} // namespace detail

/// What select() gives: which task ended first, and its value. A task without a
/// value has std::monostate, a reference a std::reference_wrapper.
///
/// `errors` are those of the others, which they had besides being cancelled.
template <class... T>
struct selected {
  std::size_t index;
  std::variant<detail::value_of<T>...> value;
  std::vector<std::exception_ptr> errors;
};

namespace detail {

/// The state of one select(). The tasks are destroyed first.
template <class... T>
class race {
public:
  static constexpr std::size_t none = sizeof...(T);

  race() = default;
  race(const race &) = delete;
  race &operator=(const race &) = delete;

  template <std::size_t I>
  struct finish {
    race *self;
    template <class Outcome>
    void operator()(Outcome result) noexcept {
      std::get<I>(self->results_) = std::move(result);
      self->order_[I] = self->ended_.fetch_add(1);
      if (self->order_[I] == 0) {
        self->winner_.store(I);
        self->stop_.request();
      }
      // Nothing of `self` is there after this.
      self->join_.ended();
    }
  };
  /// The caller is cancelled.
  struct cancel {
    race *self;
    void operator()() const noexcept {
      if (self->winner_.load() == none)
        self->cancelled_.store(true);
      self->stop_.request();
    }
  };

  template <class Here, class... F>
  void start(Here &here, F &...f) {
    start(here, std::index_sequence_for<T...>(), f...);
  }

  /// Begins the tasks and waits for all of them.
  class [[nodiscard]] run_awaiter {
  public:
    run_awaiter(race &state, cancellation_token token) noexcept
        : race_(&state), token_(std::move(token)), all_(state.join_) {}
    run_awaiter(run_awaiter &&other) noexcept
        : run_awaiter(*other.race_, std::move(other.token_)) {}
    run_awaiter &operator=(run_awaiter &&) = delete;
    ~run_awaiter() = default;

    static bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle) {
      if (token_.can_be_requested())
        cancelled_.emplace(token_, cancel{race_});
      race_->begin(std::index_sequence_for<T...>());
      return all_.await_suspend(handle);
    }
    void await_resume() noexcept {
      cancelled_.reset();
      all_.await_resume();
    }

  private:
    race *race_;
    cancellation_token token_;
    join_awaiter all_;
    std::optional<cancellation_callback<cancel>> cancelled_;
  };
  join_awaiter rest() noexcept { return join_awaiter(join_); }

  /// All have ended.
  template <class Here>
  selected<T...> result(const std::exception_ptr &interrupted) {
    std::vector<std::exception_ptr> failed =
        errors<Here>(std::index_sequence_for<T...>());
    std::exception_ptr first;
    bool has_value = false;
    const std::size_t winner = winner_.load();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((winner == I ? (has_value = std::get<I>(results_).has_value(),
                       void(first = std::get<I>(results_).error()))
                    : void()),
       ...);
    }(std::index_sequence_for<T...>());
    if (has_value && !cancelled_.load() && !interrupted)
      return take(std::move(failed), std::index_sequence_for<T...>());
    if (interrupted && !Here::is_cancellation(interrupted))
      failed.insert(failed.begin(), interrupted);
    if (!failed.empty())
      throw_errors(std::move(failed));
    if (first && !cancelled_.load())
      std::rethrow_exception(first);
    throw operation_cancelled();
  }

private:
  template <class Here, std::size_t... I, class... F>
  void start(Here &here, std::index_sequence<I...>, F &...f) {
    ((tasks_[I] = here.start(std::move(f), stop_.token(), finish<I>{this})),
     ...);
  }
  template <std::size_t... I>
  void begin(std::index_sequence<I...>) {
    (begin_one<I>(), ...);
  }
  template <std::size_t I>
  void begin_one() {
    // It is decided, or the caller does not want it any more.
    if (stop_.is_requested())
      return;
    join_.begun();
    try {
      tasks_[I]->begin();
    } catch (...) {
      finish<I>{this}(
          std::tuple_element_t<I, results>(std::current_exception()));
    }
  }

  /// The errors in the order in which the tasks ended.
  template <class Here, std::size_t... I>
  std::vector<std::exception_ptr> errors(std::index_sequence<I...>) const {
    std::array<std::exception_ptr, sizeof...(T)> by_order;
    ((std::get<I>(results_).has_error()
          ? void(by_order[order_[I]] = std::get<I>(results_).error())
          : void()),
     ...);
    std::vector<std::exception_ptr> failed;
    for (std::exception_ptr &error : by_order)
      if (error && !Here::is_cancellation(error))
        failed.push_back(std::move(error));
    return failed;
  }
  template <std::size_t... I>
  selected<T...> take(std::vector<std::exception_ptr> failed,
                      std::index_sequence<I...>) {
    std::optional<selected<T...>> result;
    ((winner_.load() == I ? void(result.emplace(take_one<I>())) : void()), ...);
    result->errors = std::move(failed);
    return *std::move(result);
  }
  template <std::size_t I>
  selected<T...> take_one() {
    using type = std::tuple_element_t<I, std::tuple<std::type_identity<T>...>>;
    if constexpr (std::is_void_v<typename type::type>)
      return {I, decltype(selected<T...>::value)(std::in_place_index<I>), {}};
    else
      return {
          I,
          decltype(selected<T...>::value)(
              std::in_place_index<I>, std::get<I>(std::move(results_)).get()),
          {}};
  }

  using results = std::tuple<outcome<T>...>;
  results results_;
  std::array<std::size_t, sizeof...(T)> order_{};
  std::atomic<std::size_t> ended_{0};
  std::atomic<std::size_t> winner_{none};
  std::atomic<bool> cancelled_{false};
  cancellation_source stop_;
  join_counter join_;
  std::array<std::unique_ptr<running_task>, sizeof...(T)> tasks_;
};

template <class F>
using task_of = std::invoke_result_t<F &, cancellation_token>;
template <class F>
using task_result_of = coroutine_result_t<task_of<F>>;

} // namespace detail

/// `co_await select(f1, f2, …)`: each `f(cancellation_token)` gives a
/// coroutine, all run beside each other, and the first that ends wins. The
/// others are cancelled through their tokens and awaited before it returns.
/// With a token as its first argument it is cancelled through that as well; a
/// coroutine of Asio needs none, its cancellation is heard anyway.
///
/// Exceptions: what the winner has thrown. A loser's error that is no
/// cancellation is never lost: it is in selected::errors if the winner has a
/// value, else it is thrown; several are thrown as task_errors. A value that a
/// loser gives in spite of being cancelled is destroyed. Cancellation: cancels
/// all, awaits all, and throws an error that one of them had, else
/// operation_cancelled; if there was a winner before, it still gives its value.
/// A task that has not begun when it is decided never begins. Destruction:
/// destroys the tasks where they are suspended. Threading: the tasks may end in
/// different threads; the caller goes on in that of the last, or in Asio on its
/// executor.
template <class First, class... F>
  requires std::invocable<First &, cancellation_token>
CODROP_CANCELLING_COMBINATOR auto select(cancellation_token token, First first,
                                         F... others)
    -> rebind_result_t<
        detail::task_of<First>,
        selected<detail::task_result_of<First>, detail::task_result_of<F>...>> {
  using here_type = environment<detail::task_of<First>>;
  here_type here(co_await here_type::here());
  using race_type =
      detail::race<detail::task_result_of<First>, detail::task_result_of<F>...>;
  race_type race;
  race.start(here, first, others...);
  const bool threw = co_await here.throws_when_cancelled();
  co_await here.throw_when_cancelled(false);
  const cancellation_callback cancelled(token,
                                        typename race_type::cancel{&race});
  const auto run = [&race](cancellation_token caller) {
    return typename race_type::run_awaiter(race, std::move(caller));
  };
  std::exception_ptr interrupted;
  try {
    co_await here.await(run);
  } catch (...) {
    interrupted = std::current_exception();
  }
  if (interrupted) {
    typename race_type::cancel{&race}();
    const auto rest = [&race](cancellation_token) { return race.rest(); };
    co_await here.await(rest);
  }
  co_await here.throw_when_cancelled(threw);
  co_return race.template result<here_type>(interrupted);
}

template <class First, class... F>
  requires std::invocable<First &, cancellation_token>
CODROP_CANCELLING_COMBINATOR auto select(First first, F... others) {
  return select(cancellation_token(), std::move(first), std::move(others)...);
}

} // namespace codrop

#endif // CODROP_SELECT_HPP
