// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_CPPCORO_GENERATOR
#define MOCK_CPPCORO_GENERATOR

#include <coroutine>
#include <utility>

namespace cppcoro {

template <typename T> class [[nodiscard]] generator {
public:
  struct promise_type {
    T *value = nullptr;
    generator get_return_object() noexcept {
      return generator(
          std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(T &v) noexcept {
      value = &v;
      return {};
    }
    std::suspend_always yield_value(T &&v) noexcept {
      value = &v;
      return {};
    }
    void unhandled_exception() {}
    void return_void() {}
    template <typename U> std::suspend_never await_transform(U &&) = delete;
  };
  generator(generator &&other) noexcept
      : m_coroutine(std::exchange(other.m_coroutine, {})) {}
  ~generator() {
    if (m_coroutine)
      m_coroutine.destroy();
  }
  struct sentinel {};
  struct iterator {
    std::coroutine_handle<promise_type> m_coroutine;
    iterator &operator++() {
      m_coroutine.resume();
      return *this;
    }
    T &operator*() const { return *m_coroutine.promise().value; }
    bool operator==(sentinel) const { return m_coroutine.done(); }
  };
  iterator begin() { return {m_coroutine}; }
  sentinel end() noexcept { return {}; }

private:
  explicit generator(std::coroutine_handle<promise_type> coroutine)
      : m_coroutine(coroutine) {}
  std::coroutine_handle<promise_type> m_coroutine;
};

} // namespace cppcoro

#endif // MOCK_CPPCORO_GENERATOR
