// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Blocking objects behind an awaitable: each call runs where an "offload"
// function says. That takes a function without parameters and gives something
// to await that has its result. <codrop/asio_offload.hpp> has one for Asio.

#ifndef CODROP_OFFLOAD_HPP
#define CODROP_OFFLOAD_HPP

#include <codrop/coroutine.hpp>
#include <codrop/environment.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace codrop {

/// Runs the function at once, in this thread: for tests, and for what does not
/// block.
///
/// Exceptions: those of the function. Cancellation: none. Destruction: none.
/// Threading: may be used from any thread.
struct inline_offload {
  template <class F>
  auto operator()(F f) const {
    using result = std::invoke_result_t<F &>;
    if constexpr (std::is_void_v<result>) {
      f();
      return std::suspend_never();
    } else {
      return detail::ready<result>{f()};
    }
  }
};

/// An object whose members block. It is made by the first call, and used by one
/// call at a time.
///
/// Exceptions: those of the call. Cancellation: that of the offload function.
/// Destruction: a call that is under way goes on and keeps the object until it
/// ends; what is dropped earlier is destroyed here. Threading: calls that
/// overlap wait for each other where they run.
template <class T, class Offload>
class offloaded {
  using maker = std::function<std::unique_ptr<T>()>;

public:
  template <class... Args>
  explicit offloaded(Offload offload, Args... args)
      : offload_(std::move(offload)), state_(std::make_shared<state>()) {
    state_->make = [args...] { return std::make_unique<T>(args...); };
  }

  /// Awaiting what it gives runs `f(object)` elsewhere and has its result.
  template <class F>
  [[nodiscard]] auto call(F f) {
    return offload_([state = state_, f = std::move(f)]() mutable {
      const std::lock_guard lock(state->mutex);
      if (!state->object)
        state->object = state->make();
      return f(*state->object);
    });
  }

private:
  struct state {
    std::mutex mutex;
    maker make;
    std::unique_ptr<T> object;
  };
  Offload offload_;
  std::shared_ptr<state> state_;
};

namespace detail {

/// Awaits `offload(f)` in a coroutine of the type of `Coroutine`, whichever of
/// the two kinds of awaitables the offload function gives.
template <class Coroutine, class Offload, class F>
rebind_result_t<Coroutine, std::invoke_result_t<F &>>
call_offloaded(Offload &offload, F f) {
  using here_type =
      environment<rebind_result_t<Coroutine, std::invoke_result_t<F &>>>;
  [[maybe_unused]] here_type here(co_await here_type::here());
  using awaited = std::invoke_result_t<Offload &, F>;
  if constexpr (awaitable<awaited>) {
    auto start = [&offload, &f](cancellation_token) {
      return offload(std::move(f));
    };
    co_return co_await here.await(std::ref(start));
  } else {
    co_return co_await offload(std::move(f));
  }
}

} // namespace detail

} // namespace codrop

#endif // CODROP_OFFLOAD_HPP
