// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_SEASTAR_CORE_FUTURE
#define MOCK_SEASTAR_CORE_FUTURE

#include <exception>
#include <utility>

namespace seastar {

template <class T> struct future_value {
  T *value = nullptr;
  T take() { return std::move(*value); }
};
template <> struct future_value<void> {
  void take() {}
};

template <class T = void> class [[nodiscard]] future {
public:
  using value_type = T;
  future(future &&) noexcept = default;
  future &operator=(future &&) noexcept = default;
  bool available() const noexcept;
  bool failed() const noexcept;
  T get() { return value.take(); }
  std::exception_ptr get_exception();
  template <class Func> future<> then(Func &&) noexcept;
  template <class Func> future<> then_wrapped(Func &&) noexcept;
  template <class Func> future<T> finally(Func &&) noexcept {
    return std::move(*this);
  }
  template <class Func> future<T> handle_exception(Func &&) noexcept {
    return std::move(*this);
  }
  future<> discard_result() noexcept;
  void ignore_ready_future() noexcept;

private:
  future() noexcept = default;
  template <class U> friend class promise;
  future_value<T> value;
};

future<> continued() noexcept;
template <class T>
template <class Func>
future<> future<T>::then(Func &&) noexcept {
  return continued();
}
template <class T>
template <class Func>
future<> future<T>::then_wrapped(Func &&) noexcept {
  return continued();
}

template <class T = void> class promise {
public:
  promise() noexcept = default;
  promise(promise &&) noexcept = default;
  promise &operator=(promise &&) noexcept = default;
  future<T> get_future() noexcept { return future<T>(); }
  template <class... A> void set_value(A &&...a) noexcept;
  void set_exception(std::exception_ptr ex) noexcept;
};

template <class T = void, class... A>
future<T> make_ready_future(A &&...value) noexcept;
template <class T = void>
future<T> make_exception_future(std::exception_ptr ex) noexcept;
template <class T = void, class E>
future<T> make_exception_future(E &&ex) noexcept;

} // namespace seastar

#endif // MOCK_SEASTAR_CORE_FUTURE
