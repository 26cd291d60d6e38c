// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mock: names and meaning only, see test/mock/README.md.

#ifndef MOCK_BOOST_COBALT
#define MOCK_BOOST_COBALT

#include <coroutine>
#include <cstddef>
#include <exception>

namespace boost::asio {
struct detached_t {};
constexpr detached_t detached;
struct any_io_executor {};
} // namespace boost::asio

namespace boost::asio::this_coro {
struct executor_t {};
constexpr executor_t executor;
} // namespace boost::asio::this_coro

namespace boost::cobalt {

namespace detail {
template <typename Return> struct awaitable {
  bool await_ready() const;
  bool await_suspend(std::coroutine_handle<>);
  Return await_resume();
};
struct ready {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) noexcept {}
  int await_resume() noexcept { return 0; }
};
} // namespace detail

namespace this_coro {
using namespace asio::this_coro;
struct cancelled_t {};
constexpr cancelled_t cancelled;
} // namespace this_coro

namespace detail {
template <typename Type, typename Initial> struct promise_base {
  Type get_return_object();
  Initial initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  void unhandled_exception() {}
  ready await_transform(this_coro::executor_t) noexcept { return {}; }
  ready await_transform(this_coro::cancelled_t) noexcept { return {}; }
  template <typename T> T &&await_transform(T &&t) {
    return static_cast<T &&>(t);
  }
};
template <typename Type, typename Initial, typename Return>
struct value_promise : promise_base<Type, Initial> {
  template <typename T> void return_value(T &&) {}
};
template <typename Type, typename Initial>
struct value_promise<Type, Initial, void> : promise_base<Type, Initial> {
  void return_void() {}
};
} // namespace detail

template <typename Return> struct [[nodiscard]] task {
  using promise_type = detail::value_promise<task, std::suspend_always, Return>;
  task(task &&) noexcept;
  ~task();
  detail::awaitable<Return> operator co_await();
};

template <typename Return> struct [[nodiscard]] promise {
  using promise_type =
      detail::value_promise<promise, std::suspend_never, Return>;
  promise(promise &&) noexcept;
  ~promise();
  detail::awaitable<Return> operator co_await();
  void operator+() &&;
  void detach();
};

template <typename Yield> struct [[nodiscard]] generator {
  struct promise_type
      : detail::value_promise<generator, std::suspend_never, Yield> {
    std::suspend_always yield_value(Yield) { return {}; }
  };
  generator(generator &&) noexcept;
  ~generator();
  detail::awaitable<Yield> operator co_await();
};

struct detached {
  using promise_type =
      detail::value_promise<detached, std::suspend_never, void>;
};

struct thread {
  using promise_type = detail::value_promise<thread, std::suspend_never, void>;
  thread(thread &&) noexcept;
  ~thread();
  void join();
  detail::awaitable<void> operator co_await();
};

struct wait_group {
  wait_group();
  void push_back(promise<void> p);
  detail::awaitable<void> wait();
  detail::awaitable<void> await_exit(std::exception_ptr ep);
};

template <typename T> T run(task<T> t);

template <typename Executor, typename T, typename Token>
void spawn(Executor executor, task<T> &&t, Token token);

template <typename Arg, typename Func, typename Teardown>
auto with(Arg arg, Func func, Teardown teardown) -> promise<void>;

namespace io {
struct endpoint {};
struct socket {
  ~socket();
  void close();
  detail::awaitable<void> connect(endpoint ep);
};
struct stream_socket final : socket {
  detail::awaitable<std::size_t> read_some();
};
namespace ssl {
struct stream final {
  stream();
  stream(stream &&);
  ~stream();
  detail::awaitable<void> connect(endpoint ep);
  detail::awaitable<void> handshake();
  detail::awaitable<std::size_t> read_some();
  detail::awaitable<void> shutdown();
};
} // namespace ssl
} // namespace io

} // namespace boost::cobalt

#endif // MOCK_BOOST_COBALT
