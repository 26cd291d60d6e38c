// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What <codrop/async_drop.hpp> walks over: what a type holds that has a close.

#ifndef CODROP_DETAIL_DROP_STEPS_HPP
#define CODROP_DETAIL_DROP_STEPS_HPP

#include <codrop/async_close.hpp>
#include <codrop/coroutine.hpp>
#include <codrop/environment.hpp>

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace codrop {

/// Says what a foreign type holds: specialize it with
///     static auto of(T &value) { return std::tie(value.a, value.b); }
template <class T>
struct drop_members;

namespace detail {

template <class... T>
struct concurrent_refs {
  std::tuple<T &...> values;
};

template <class T>
concept declares_members = requires(T &value) { value.async_drop_members(); };
template <class T>
concept members_by_trait = requires(T &value) { drop_members<T>::of(value); };

template <class T>
auto members_of(T &value) {
  if constexpr (members_by_trait<T>)
    return drop_members<T>::of(value);
  else
    return value.async_drop_members();
}

// How something holds other things, and their types.
enum class holding {
  nothing,
  members,
  together,
  tuple,
  range,
  pointee,
  alternative
};

template <class... T>
struct parts {};

template <holding How, class... T>
struct holds {
  static constexpr holding how = How;
  using types = parts<T...>;
};

template <class T>
struct parts_of_members;
template <class... T>
struct parts_of_members<std::tuple<T...>> {
  static_assert(((std::is_lvalue_reference_v<T> || !async_closeable<T>) && ...),
                "members are referred to: use std::tie or codrop::in_order");
  using type = holds<holding::members, std::remove_reference_t<T>...>;
};

// A range of itself, as std::filesystem::path, holds nothing.
template <class T>
concept owning_range =
    !std::is_const_v<T> && std::ranges::forward_range<T &> &&
    !std::ranges::view<T> &&
    std::is_lvalue_reference_v<std::ranges::range_reference_t<T &>> &&
    !std::is_same_v<std::remove_cvref_t<std::ranges::range_reference_t<T &>>,
                    T>;

template <class T>
struct held_by : holds<holding::nothing> {};
template <class T>
  requires members_by_trait<T> || declares_members<T>
struct held_by<T>
    : parts_of_members<decltype(members_of(std::declval<T &>()))>::type {};
template <owning_range T>
  requires(!members_by_trait<T> && !declares_members<T>)
struct held_by<T>
    : holds<holding::range,
            std::remove_reference_t<std::ranges::range_reference_t<T &>>> {};
template <class... T>
struct held_by<std::tuple<T...>>
    : holds<holding::tuple, std::remove_reference_t<T>...> {};
template <class A, class B>
struct held_by<std::pair<A, B>>
    : holds<holding::tuple, std::remove_reference_t<A>,
            std::remove_reference_t<B>> {};
template <class... T>
struct held_by<std::variant<T...>> : holds<holding::alternative, T...> {};
template <class T>
struct held_by<std::optional<T>> : holds<holding::pointee, T> {};
template <class T, class D>
struct held_by<std::unique_ptr<T, D>> : holds<holding::pointee, T> {};
// The number of its elements is unknown.
template <class T, class D>
struct held_by<std::unique_ptr<T[], D>> : holds<holding::nothing> {};
template <class... T>
struct held_by<concurrent_refs<T...>> : holds<holding::together, T...> {};

/// There is something to close in T. What declares members is not looked into,
/// as it may hold itself.
template <class T>
consteval bool is_droppable() {
  if constexpr (async_closeable<T> || held_by<T>::how == holding::members)
    return true;
  else
    return []<class... P>(parts<P...>) {
      return (is_droppable<P>() || ...);
    }(typename held_by<T>::types());
}

/// The coroutine type of the first close of T or in it; void if there is none.
template <class T>
struct drop_coroutine;
template <class... T>
struct first_drop_coroutine {
  using type = void;
};
template <class T, class... Rest>
struct first_drop_coroutine<T, Rest...>
    : std::conditional_t<std::is_void_v<typename drop_coroutine<T>::type>,
                         first_drop_coroutine<Rest...>, drop_coroutine<T>> {};
template <class... T>
struct first_drop_coroutine<parts<T...>> : first_drop_coroutine<T...> {};
template <class T>
struct drop_coroutine : first_drop_coroutine<typename held_by<T>::types> {};
template <async_closeable T>
  requires requires {
    typename std::coroutine_traits<close_result_t<T>>::promise_type;
  }
struct drop_coroutine<T> {
  using type = rebind_result_t<close_result_t<T>, void>;
};

/// One value to close, and what it holds after it.
template <class Coroutine>
struct drop_step {
  using list = std::vector<drop_step>;
  void *object = nullptr;
  Coroutine (*close)(void *) = nullptr;
  void (*expand)(void *, list &) = nullptr;
  /// Stands for its elements where things are closed at a time.
  bool spread = false;
  list together;
};
/// The last is the next one.
template <class Coroutine>
using drop_list = std::vector<drop_step<Coroutine>>;
using error_list = std::vector<std::exception_ptr>;

template <class Coroutine, class T>
Coroutine await_close(T &value) {
  using here_type = environment<Coroutine>;
  here_type here(co_await here_type::here());
  const auto closing = [&] { return codrop::async_close(value); };
  if constexpr (same_coroutine<close_result_t<T>, Coroutine>)
    static_cast<void>(co_await closing());
  else
    static_cast<void>(co_await await_shielded<Coroutine>(here, closing));
}

template <class Coroutine, class T>
Coroutine close_step(void *object) {
  T &value = *static_cast<T *>(object);
  if constexpr (std::is_same_v<close_result_t<T>, Coroutine>)
    return codrop::async_close(value);
  else
    return await_close<Coroutine, T>(value);
}

template <class Coroutine, class T>
void push_drop(T &value, drop_list<Coroutine> &steps);

template <class Coroutine, class T>
void push_parts(T &value, drop_list<Coroutine> &steps) {
  constexpr holding how = held_by<T>::how;
  const auto push_each = [&](auto &...part) {
    (push_drop<Coroutine>(part, steps), ...);
  };
  if constexpr (how == holding::members) {
    auto members = members_of(value);
    std::apply(push_each, members);
  } else if constexpr (how == holding::tuple) {
    std::apply(push_each, value);
  } else if constexpr (how == holding::range) {
    for (auto &element : value)
      push_drop<Coroutine>(element, steps);
  } else if constexpr (how == holding::pointee) {
    if (value)
      push_drop<Coroutine>(*value, steps);
  } else if constexpr (how == holding::alternative) {
    if (!value.valueless_by_exception())
      std::visit(push_each, value);
  }
}

template <class Coroutine, class T>
void push_drop(T &value, drop_list<Coroutine> &steps) {
  if constexpr (held_by<T>::how == holding::together) {
    // It is no longer there when the step is done.
    drop_step<Coroutine> step;
    std::apply(
        [&](auto &...part) {
          (push_drop<Coroutine>(part, step.together), ...);
        },
        value.values);
    steps.push_back(std::move(step));
  } else if constexpr (is_droppable<T>()) {
    drop_step<Coroutine> step;
    step.object = const_cast<void *>(
        static_cast<const volatile void *>(std::addressof(value)));
    if constexpr (async_closeable<T>)
      step.close = close_step<Coroutine, T>;
    if constexpr (held_by<T>::how != holding::nothing)
      step.expand = [](void *object, drop_list<Coroutine> &to) {
        push_parts<Coroutine>(*static_cast<T *>(object), to);
      };
    step.spread = !async_closeable<T> && held_by<T>::how == holding::range;
    steps.push_back(std::move(step));
  }
}

template <class Coroutine>
Coroutine close_together(drop_list<Coroutine> given, error_list &errors);

/// Closes all of it, one after another; what they throw goes to `errors`.
template <class Coroutine>
Coroutine close_all(drop_list<Coroutine> steps, error_list &errors) {
  while (!steps.empty()) {
    drop_step<Coroutine> step = std::move(steps.back());
    steps.pop_back();
    try {
      if (step.close != nullptr)
        co_await step.close(step.object);
      if (!step.together.empty())
        co_await close_together<Coroutine>(std::move(step.together), errors);
    } catch (...) {
      errors.push_back(std::current_exception());
    }
    if (step.expand != nullptr)
      step.expand(step.object, steps);
  }
}

/// What several tasks leave behind, and who waits for the last of them. Shared
/// with the tasks, as those of Asio may outlive the frame that waits.
struct tasks_together {
  explicit tasks_together(std::size_t count)
      : errors(count), running(count + 1) {}
  bool one_less() noexcept {
    return running.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  std::vector<error_list> errors;
  /// One more for the one that waits.
  std::atomic<std::size_t> running;
  std::coroutine_handle<> waiting;
};

struct all_ended {
  tasks_together *state;
  static bool await_ready() noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> handle) const noexcept {
    state->waiting = handle;
    return !state->one_less();
  }
  static void await_resume() noexcept {}
};

struct one_ended {
  tasks_together *state;
  std::size_t index;
  void operator()(const outcome<void> &result) const {
    if (result.has_error())
      state->errors[index].push_back(result.error());
    if (state->one_less())
      state->waiting.resume();
  }
};

template <class Coroutine>
struct close_one {
  drop_step<Coroutine> step;
  std::shared_ptr<tasks_together> state;
  std::size_t index;
  Coroutine operator()(const cancellation_token &) {
    drop_list<Coroutine> steps;
    steps.push_back(step);
    return close_all<Coroutine>(std::move(steps), state->errors[index]);
  }
};

template <class Coroutine>
Coroutine close_together(drop_list<Coroutine> given, error_list &errors) {
  using here_type = environment<Coroutine>;
  here_type here(co_await here_type::here());
  drop_list<Coroutine> steps;
  for (drop_step<Coroutine> &step : given) {
    if (step.spread)
      step.expand(step.object, steps);
    else
      steps.push_back(std::move(step));
  }
  const auto state = std::make_shared<tasks_together>(steps.size());
  std::vector<std::unique_ptr<running_task>> tasks;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    close_one<Coroutine> closing{std::move(steps[i]), state, i};
    tasks.push_back(here.start(std::move(closing), cancellation_token(),
                               one_ended{state.get(), i}));
  }
  for (const auto &task : tasks)
    task->begin();
  const auto wait = [&](const cancellation_token &) {
    return all_ended{state.get()};
  };
  co_await here.await(wait);
  for (const error_list &thrown : state->errors)
    errors.insert(errors.end(), thrown.begin(), thrown.end());
}

} // namespace detail

/// Holds something to close, or is it.
template <class T>
concept async_droppable = detail::is_droppable<std::remove_reference_t<T>>();

} // namespace codrop

#endif // CODROP_DETAIL_DROP_STEPS_HPP
