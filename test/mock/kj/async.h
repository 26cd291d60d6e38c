// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_KJ_ASYNC
#define MOCK_KJ_ASYNC

#include <coroutine>
#include <utility>

namespace kj {

class WaitScope {};

namespace _ {
template <typename T> struct PromiseAwaiter {
  bool await_ready() const { return false; }
  bool await_suspend(std::coroutine_handle<>);
  T await_resume();
};
} // namespace _

template <typename T> class [[nodiscard]] Promise {
public:
  Promise(Promise &&) noexcept;
  Promise(decltype(nullptr)) {}
  Promise &operator=(Promise &&) noexcept;
  ~Promise();
  T wait(WaitScope &waitScope);
  bool poll(WaitScope &waitScope);
  template <typename Func> Promise<void> then(Func &&);
  Promise<T> exclusiveJoin(Promise<T> &&other);
  template <typename ErrorFunc> void detach(ErrorFunc &&errorHandler);
};

Promise<void> continued();
template <typename T>
template <typename Func>
Promise<void> Promise<T>::then(Func &&) {
  return continued();
}

namespace _ {
template <typename T> struct CoroutineBase {
  Promise<T> get_return_object();
  std::suspend_never initial_suspend() { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() {}
  template <typename U> PromiseAwaiter<U> await_transform(Promise<U> &&promise);
  template <typename U> PromiseAwaiter<U> await_transform(Promise<U> &promise);
};
template <typename T> struct Coroutine : CoroutineBase<T> {
  void return_value(T);
};
template <> struct Coroutine<void> : CoroutineBase<void> {
  void return_void() {}
};
} // namespace _

class TaskSet {
public:
  TaskSet();
  ~TaskSet();
  void add(Promise<void> &&promise);
  Promise<void> onEmpty();
};

template <typename T> class Locked {
public:
  Locked();
  Locked(Locked &&other) noexcept;
  ~Locked();
  void release();
  T *operator->();
};
template <typename T> class MutexGuarded {
public:
  MutexGuarded();
  Locked<T> lockExclusive() const;
};

class Thread {
public:
  template <typename Func> explicit Thread(Func func);
  ~Thread() noexcept(false);
};

class WebSocket {
public:
  virtual ~WebSocket();
  virtual Promise<void> send(const char *message) = 0;
  virtual Promise<void> close(unsigned short code, const char *reason) = 0;
};

} // namespace kj

template <typename T, typename... Args>
struct std::coroutine_traits<kj::Promise<T>, Args...> {
  using promise_type = kj::_::Coroutine<T>;
};

#endif // MOCK_KJ_ASYNC
