// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check handle-ownership %s --no-notes --prefix maybe
// RUN: %check handle-ownership %s --no-notes --prefix sure --checks-options codrop-handle-ownership.Confidence=definite
//
// Owners of handles as people write them: what copies, moves, assignments and
// the coroutine's end do to the frame.

#include <coroutine>
#include <exception>
#include <utility>
#include <vector>

template <class Return, class Final = std::suspend_always> struct promise {
  Return get_return_object() {
    return Return(std::coroutine_handle<typename Return::promise_type>::from_promise(
        static_cast<typename Return::promise_type &>(*this)));
  }
  std::suspend_always initial_suspend() noexcept { return {}; }
  Final final_suspend() noexcept { return {}; }
  void return_void() {}
  void unhandled_exception() { std::terminate(); }
};

namespace copies {

struct implicit {
  struct promise_type : promise<implicit> {};
  explicit implicit(std::coroutine_handle<promise_type> h) : handle(h) {}
  ~implicit() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<promise_type> handle; // maybe-warning {{'implicit' destroys the coroutine of 'handle' but can be copied}}
};

struct defaulted {
  explicit defaulted(std::coroutine_handle<> h) : handle(h) {}
  defaulted(const defaulted &) = default; // maybe-warning {{'defaulted' destroys the coroutine of 'handle' but can be copied}}
  ~defaulted() { clear(); }
  void clear() {
    if (handle)
      std::exchange(handle, nullptr).destroy();
  }
  std::coroutine_handle<> handle;
};

struct by_hand {
  by_hand(const by_hand &other) : handle(other.handle) {} // maybe-warning {{but can be copied}}
  by_hand &operator=(const by_hand &) = delete;
  ~by_hand() { handle.destroy(); }
  std::coroutine_handle<> handle;
};

struct only_assigned {
  only_assigned(const only_assigned &) = delete;
  ~only_assigned() { handle.destroy(); }
  std::coroutine_handle<> handle; // maybe-warning {{'only_assigned' destroys the coroutine of 'handle' but can be copied by assignment}}
};

struct ok_deleted {
  ok_deleted(const ok_deleted &) = delete;
  ok_deleted &operator=(const ok_deleted &) = delete;
  ~ok_deleted() { handle.destroy(); }
  std::coroutine_handle<> handle;
};

struct ok_moves {
  ok_moves(ok_moves &&other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~ok_moves() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

struct not_copyable {
  not_copyable(const not_copyable &) = delete;
  not_copyable &operator=(const not_copyable &) = delete;
};
struct ok_base : not_copyable {
  ~ok_base() { handle.destroy(); }
  std::coroutine_handle<> handle;
};

// A count in the promise: the last one destroys.
struct counted_promise {
  int owners = 1;
};
struct ok_counted {
  ok_counted(const ok_counted &other) : handle(other.handle) {
    ++handle.promise().owners;
  }
  ~ok_counted() {
    if (--handle.promise().owners == 0)
      handle.destroy();
  }
  std::coroutine_handle<counted_promise> handle;
};
struct ok_flag {
  ~ok_flag() {
    if (owns)
      handle.destroy();
  }
  bool owns = true;
  std::coroutine_handle<> handle;
};
struct ok_flag_left_early {
  ~ok_flag_left_early() {
    if (!owns)
      return;
    handle.destroy();
  }
  bool owns = true;
  std::coroutine_handle<> handle;
};

// Refers to a coroutine, owns nothing.
struct ok_awaiter {
  std::coroutine_handle<> handle;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) { handle = h; }
  void await_resume() {}
};

// Nobody can copy it but the one function, which does not.
void ok_local(std::coroutine_handle<> h) {
  struct destroyer {
    std::coroutine_handle<> handle;
    ~destroyer() { handle.destroy(); }
  };
  destroyer d{h};
  h.resume();
}
void bad_copied_locally(std::coroutine_handle<> h) {
  struct destroyer {
    std::coroutine_handle<> handle; // maybe-warning {{'destroyer' destroys the coroutine of 'handle' but can be copied}}
    ~destroyer() { handle.destroy(); }
  };
  destroyer d{h};
  std::vector<destroyer> all;
  all.push_back(d);
}
// Made where it is awaited.
struct ok_owning_awaiter {
  std::coroutine_handle<> handle;
  ~ok_owning_awaiter() {
    if (handle)
      handle.destroy();
  }
  bool await_ready() { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<>) {
    return handle;
  }
  void await_resume() { std::exchange(handle, {}).destroy(); }
};
class outer {
  struct ok_private {
    std::coroutine_handle<> handle;
    ~ok_private() { handle.destroy(); }
  };
  ok_private inner;
};

} // namespace copies

namespace moves {

struct defaulted {
  defaulted(defaulted &&) = default;            // maybe-warning {{a defaulted move of 'defaulted' leaves 'handle' in the object that is moved from}} sure-warning {{a defaulted move}}
  defaulted &operator=(defaulted &&) = default; // maybe-warning {{a defaulted move}} sure-warning {{a defaulted move}}
  ~defaulted() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

struct moved {
  moved(moved &&other) : handle(std::move(other.handle)) {} // maybe-warning {{this move of 'moved' leaves 'handle' in the object that is moved from}} sure-warning {{leaves 'handle'}}
  ~moved() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

struct in_body {
  in_body(in_body &&other) noexcept { handle = other.handle; } // maybe-warning {{leaves 'handle'}} sure-warning {{leaves 'handle'}}
  ~in_body() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

// Not instantiated: read as it is written.
template <class T> struct generic {
  struct promise_type;
  generic(generic &&other) noexcept : handle_(other.handle_) {} // maybe-warning {{leaves 'handle_'}} sure-warning {{leaves 'handle_'}}
  generic &operator=(generic &&other) noexcept {
    if (this != &other) {
      if (handle_)
        handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~generic() {
    if (handle_)
      handle_.destroy();
  }
  std::coroutine_handle<promise_type> handle_;
};
static_assert(sizeof(generic<int>) == sizeof(void *));

struct ok_nulled {
  ok_nulled(ok_nulled &&other) noexcept : handle(other.handle) {
    other.handle = nullptr;
  }
  ok_nulled &operator=(ok_nulled &&other) noexcept {
    if (this == &other)
      return *this;
    if (handle)
      handle.destroy();
    handle = other.handle;
    other.handle = {};
    return *this;
  }
  ~ok_nulled() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

struct ok_swaps {
  ok_swaps() = default;
  ok_swaps(ok_swaps &&other) noexcept { swap(other); }
  ok_swaps &operator=(ok_swaps &&other) noexcept {
    ok_swaps(std::move(other)).swap(*this);
    return *this;
  }
  void swap(ok_swaps &other) { std::swap(handle, other.handle); }
  ~ok_swaps() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

struct ok_std_swap {
  ok_std_swap(ok_std_swap &&other) noexcept : handle() {
    std::swap(handle, other.handle);
  }
  ok_std_swap &operator=(ok_std_swap &&other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~ok_std_swap() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

struct ok_released {
  ok_released(ok_released &&other) noexcept : handle(other.release()) {}
  ok_released &operator=(ok_released &&other) noexcept {
    reset(other.release());
    return *this;
  }
  std::coroutine_handle<> release() { return std::exchange(handle, nullptr); }
  void reset(std::coroutine_handle<> h) {
    if (auto old = std::exchange(handle, h))
      old.destroy();
  }
  ~ok_released() { reset(nullptr); }
  std::coroutine_handle<> handle;
};

struct ok_by_assignment {
  ok_by_assignment(ok_by_assignment &&other) noexcept {
    *this = std::move(other);
  }
  ok_by_assignment &operator=(ok_by_assignment &&other) noexcept {
    auto taken = std::exchange(other.handle, nullptr);
    if (handle)
      handle.destroy();
    handle = taken;
    return *this;
  }
  ~ok_by_assignment() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

struct ok_by_value {
  ok_by_value(ok_by_value &&other) noexcept
      : handle(std::exchange(other.handle, {})) {}
  ok_by_value &operator=(ok_by_value other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~ok_by_value() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

} // namespace moves

namespace assignments {

struct leaks {
  leaks(leaks &&other) noexcept : handle(std::exchange(other.handle, {})) {}
  leaks &operator=(leaks &&other) noexcept { // maybe-warning {{this assignment of 'leaks' loses the coroutine that 'handle' had before}} sure-warning {{loses the coroutine}}
    handle = std::exchange(other.handle, {});
    return *this;
  }
  ~leaks() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

struct leaks_checked {
  leaks_checked(leaks_checked &&) = delete;
  leaks_checked &operator=(leaks_checked &&other) noexcept { // maybe-warning {{loses the coroutine}} sure-warning {{loses the coroutine}}
    if (this != &other) {
      handle = other.handle;
      other.handle = nullptr;
    }
    return *this;
  }
  ~leaks_checked() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

struct to_itself {
  to_itself(to_itself &&) = delete;
  to_itself &operator=(to_itself &&other) noexcept { // maybe-warning {{this assignment of 'to_itself' keeps a destroyed coroutine when an object is moved to itself}}
    if (handle)
      handle.destroy();
    handle = std::exchange(other.handle, nullptr);
    return *this;
  }
  ~to_itself() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<> handle;
};

template <class T> struct ok_generic {
  bool operator==(const ok_generic &) const;
  ok_generic(ok_generic &&) = delete;
  ok_generic &operator=(ok_generic &&other) noexcept {
    if (this == &other) {
      return *this;
    }
    if (handle) {
      handle.destroy();
    }
    handle = std::exchange(other.handle, nullptr);
    return *this;
  }
  ~ok_generic() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<T> handle;
};
template <class T> bool operator==(const T *, const ok_generic<T> &);
static_assert(sizeof(ok_generic<void>) == sizeof(void *));

} // namespace assignments

namespace ends {

struct twice {
  struct promise_type : promise<twice, std::suspend_never> {};
  explicit twice(std::coroutine_handle<promise_type> h) : handle(h) {}
  twice(twice &&other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~twice() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<promise_type> handle; // maybe-warning {{'twice' destroys the coroutine of 'handle', whose frame is gone when the coroutine has ended}} sure-warning {{whose frame is gone}}
};

struct untyped {
  struct promise_type : promise<untyped, std::suspend_never> {};
  explicit untyped(std::coroutine_handle<> h) : handle(h) {}
  untyped(const untyped &) = delete;
  untyped &operator=(const untyped &) = delete;
  ~untyped() {
    if (!handle.done())
      handle.destroy();
  }
  std::coroutine_handle<> handle; // maybe-warning {{whose frame is gone}} sure-warning {{whose frame is gone}}
};

// The promise tells its owner that it is gone.
struct ok_told {
  struct promise_type : promise<ok_told, std::suspend_never> {
    ok_told *owner = nullptr;
    ~promise_type() { owner->handle = nullptr; }
  };
  explicit ok_told(std::coroutine_handle<promise_type> h) : handle(h) {
    handle.promise().owner = this;
  }
  ok_told(const ok_told &) = delete;
  ok_told &operator=(const ok_told &) = delete;
  ~ok_told() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<promise_type> handle;
};
struct ok_detached {
  struct promise_type : promise<ok_detached, std::suspend_never> {};
  explicit ok_detached(std::coroutine_handle<promise_type> h) : handle(h) {}
  void start() { std::exchange(handle, nullptr).resume(); }
  ok_detached(const ok_detached &) = delete;
  ok_detached &operator=(const ok_detached &) = delete;
  ~ok_detached() {
    if (handle)
      handle.destroy();
  }
  std::coroutine_handle<promise_type> handle;
};
struct ok_resumer {
  struct promise_type : promise<ok_resumer, std::suspend_never> {};
  explicit ok_resumer(std::coroutine_handle<promise_type> h) { h.resume(); }
};

} // namespace ends
