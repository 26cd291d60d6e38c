// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Destruction that must await: what a destructor does for a value and what it
// holds, for types whose end is an awaited close.

#ifndef CODROP_ASYNC_DROP_HPP
#define CODROP_ASYNC_DROP_HPP

#include <codrop/async_close.hpp>
#include <codrop/detail/drop_steps.hpp>
#include <codrop/environment.hpp>

#include <exception>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace codrop {

/// All that was thrown while several things were closed, in the order in which
/// it was; of those that were closed at a time, in the order of the things.
class drop_errors : public std::exception {
public:
  /// `errors` is not empty.
  explicit drop_errors(std::vector<std::exception_ptr> errors)
      : kept_(std::make_shared<const contents>(
            contents{text_of(errors), std::move(errors)})) {}
  [[nodiscard]] const std::vector<std::exception_ptr> &errors() const noexcept {
    return kept_->errors;
  }
  /// What they all say, with "; " between.
  const char *what() const noexcept override { return kept_->text.c_str(); }

private:
  struct contents {
    std::string text;
    std::vector<std::exception_ptr> errors;
  };
  static std::string text_of(const std::vector<std::exception_ptr> &errors) {
    std::string text;
    for (const std::exception_ptr &error : errors) {
      if (!text.empty())
        text += "; ";
      try {
        std::rethrow_exception(error);
      } catch (const std::exception &e) {
        text += e.what();
      } catch (...) {
        text += "unknown exception";
      }
    }
    return text;
  }

  std::shared_ptr<const contents> kept_;
};

/// Things that are closed at the same time, where their order does not matter:
/// as an argument of async_drop, or among the members that a type declares.
/// Refers to them. A range stands for its elements.
///     auto async_drop_members() {
///       return codrop::in_order(log_, codrop::concurrently(a_, b_));
///     }
///
/// Exceptions: as async_drop; an error ends none of the others. Cancellation:
/// as async_drop. Destruction: nothing of its own; dropped while the closes
/// are awaited, it destroys them where they are suspended. Threading: the
/// closes may run at the same time where the executor has several threads.
template <class... T>
[[nodiscard]] auto concurrently(T &...values) noexcept {
  static_assert((async_droppable<T> && ...), "nothing to close in one of them");
  return detail::concurrent_refs<T...>{std::tie(values...)};
}

/// As std::tie, but takes what concurrently() gives, too: refers to lvalues and
/// keeps the rest. Closed from the last to the first.
template <class... T>
[[nodiscard]] std::tuple<T...> in_order(T &&...values) {
  return std::tuple<T...>(std::forward<T>(values)...);
}

namespace detail {

template <class Coroutine, class T>
Coroutine run_drop(T value) {
  using here_type = environment<Coroutine>;
  here_type here(co_await here_type::here());
  const bool threw = co_await here.throws_when_cancelled();
  co_await here.throw_when_cancelled(false);
  error_list errors;
  std::exception_ptr lost;
  try {
    const auto closing = [&] {
      drop_list<Coroutine> steps;
      push_drop<Coroutine>(value, steps);
      return close_all<Coroutine>(std::move(steps), errors);
    };
    co_await here.shielded(closing);
  } catch (...) {
    lost = std::current_exception();
  }
  co_await here.throw_when_cancelled(threw);
  if (lost)
    errors.push_back(std::move(lost));
  if (!errors.empty())
    throw drop_errors(std::move(errors));
}

/// As what it is called, where the coroutine type has to be named.
template <class Coroutine>
struct async_drop_function {
  template <class T>
    requires async_droppable<T>
  [[nodiscard]] auto operator()(T &&value) const {
    if constexpr (std::is_void_v<Coroutine>) {
      using found = typename drop_coroutine<std::remove_reference_t<T>>::type;
      static_assert(!std::is_void_v<found>,
                    "no close here is a coroutine: use async_drop_as<…>");
      return run_drop<found, T>(std::forward<T>(value));
    } else {
      return run_drop<Coroutine, T>(std::forward<T>(value));
    }
  }
};

} // namespace detail

/// `co_await async_drop(x)` closes x by async_close, if it has a close, and
/// then what it holds, as a destructor does: in the reverse order of
/// declaration, and each with what it holds before the next. It holds
///   - the members that `auto async_drop_members()` ties: `return std::tie(a_,
///     b_);`, or drop_members<T>::of(x) for foreign types;
///   - the elements of a range that is no view, from the last to the first;
///   - what is in a std::optional, std::variant, std::tuple, std::pair,
///     std::array and std::unique_ptr. Other pointers own nothing, and a
///     std::shared_ptr not alone.
/// It has closed all of it when it is done, whatever threw. What holds
/// something is looked at after its own close; a close must not change the
/// container that it is an element of. An lvalue is referred to, an rvalue
/// moved into the coroutine and destroyed after.
///
/// The coroutine type is that of the first close that is found; where there is
/// none, name it: `async_drop_as<task<>>(x)`.
///
/// Exceptions: drop_errors, with all that was thrown, when all is closed.
/// Cancellation: does not reach it; it is shielded. Destruction: dropped while
/// suspended, it leaves unclosed what it has not come to. Threading: none of
/// its own.
inline constexpr detail::async_drop_function<void> async_drop{};

template <class Coroutine>
inline constexpr detail::async_drop_function<Coroutine> async_drop_as{};

} // namespace codrop

#endif // CODROP_ASYNC_DROP_HPP
