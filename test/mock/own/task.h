// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A home-made coroutine library as many programs have one: a lazy task, an
// eager future, a detached coroutine, and some things to await. No knowledge
// file speaks of it.

#ifndef OWN_TASK_H
#define OWN_TASK_H

#include <coroutine>
#include <exception>
#include <utility>

namespace own {

namespace detail {

template <class T> struct result {
  T *value = nullptr;
  template <class U = T> void return_value(U &&) {}
  T take() { return std::move(*value); }
};
template <class T> struct result<T &> {
  T *value = nullptr;
  void return_value(T &v) { value = &v; }
  T &take() { return *value; }
};
template <> struct result<void> {
  void return_void() {}
  void take() {}
};

} // namespace detail

/// Lazy: starts when it is awaited. Destroying it destroys the coroutine.
template <class T = void> class [[nodiscard]] task {
public:
  struct promise_type : detail::result<T> {
    task get_return_object() {
      return task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void unhandled_exception() { error = std::current_exception(); }
    std::exception_ptr error;
  };

  task(task &&other) noexcept : handle(std::exchange(other.handle, {})) {}
  task &operator=(task &&other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~task() {
    if (handle)
      handle.destroy();
  }

  struct awaiter {
    std::coroutine_handle<promise_type> handle;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
      return handle;
    }
    T await_resume() {
      if (handle.promise().error)
        std::rethrow_exception(handle.promise().error);
      return handle.promise().take();
    }
  };
  awaiter operator co_await() const & noexcept { return {handle}; }
  awaiter operator co_await() && noexcept { return {handle}; }

private:
  explicit task(std::coroutine_handle<promise_type> h) : handle(h) {}
  std::coroutine_handle<promise_type> handle;
};

/// Eager: runs when it is called. Destroying it lets the coroutine go on.
template <class T = void> class future {
public:
  struct promise_type : detail::result<T> {
    future get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void unhandled_exception() {}
  };
  future() = default;
  future(future &&) noexcept = default;
  future &operator=(future &&) noexcept = default;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  T await_resume() { return result.take(); }

private:
  detail::result<T> result;
};

/// Runs when it is called, and nobody waits for it.
struct detached {
  struct promise_type {
    detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

/// A synchronous generator: its frame is destroyed while it is suspended.
template <class T> class generator {
public:
  struct promise_type {
    T *current = nullptr;
    generator get_return_object() {
      return generator(
          std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(T &value) noexcept {
      current = &value;
      return {};
    }
    std::suspend_always yield_value(T &&value) noexcept {
      current = &value;
      return {};
    }
    void return_void() {}
    void unhandled_exception() {}
  };
  generator(generator &&other) noexcept
      : handle(std::exchange(other.handle, {})) {}
  ~generator() {
    if (handle)
      handle.destroy();
  }
  struct sentinel {};
  struct iterator {
    std::coroutine_handle<promise_type> handle;
    iterator &operator++() {
      handle.resume();
      return *this;
    }
    T &operator*() const { return *handle.promise().current; }
    bool operator==(sentinel) const { return handle.done(); }
  };
  iterator begin() { return {handle}; }
  sentinel end() { return {}; }

private:
  explicit generator(std::coroutine_handle<promise_type> h) : handle(h) {}
  std::coroutine_handle<promise_type> handle;
};

/// May throw `cancelled`.
task<> sleep(int milliseconds);
task<> yield();

struct cancelled : std::exception {};

/// Starts \p t and lets it go.
void spawn(task<> t);
/// Waits for \p t on this thread.
template <class T> T sync_wait(task<T> t);

/// An await that cannot throw and one that never suspends.
struct nothrow_yield {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() noexcept {}
};
struct ready {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  void await_resume() noexcept {}
};

} // namespace own

#endif // OWN_TASK_H
