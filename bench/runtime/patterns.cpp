// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The cost goals of the runtime. Each pattern is measured next to what one
// would write by hand, in the same run: PATTERN/codrop and PATTERN/by_hand.
#include <codrop/asio.hpp>
#include <codrop/cancellation.hpp>
#include <codrop/scope.hpp>
#include <codrop/timeout.hpp>
#include <codrop/with_resource.hpp>

#include <asio/experimental/awaitable_operators.hpp>
#include <benchmark/benchmark.h>

#include <chrono>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

namespace {

// --- Asking a token ---

// One is too short for the clock.
constexpr int asked = 256;

// As a coroutine asks: about a token of which the optimizer knows nothing.
[[gnu::noinline]] bool ask(const std::stop_token &token) {
  return token.stop_requested();
}
[[gnu::noinline]] bool ask(const codrop::cancellation_token &token) {
  return token.is_requested();
}
void by_hand_token(benchmark::State &state) {
  const std::stop_source source;
  const std::stop_token token = source.get_token();
  for (auto _ : state)
    for (int i = 0; i < asked; ++i)
      benchmark::DoNotOptimize(ask(token));
}
void codrop_token(benchmark::State &state) {
  const codrop::cancellation_source source;
  const codrop::cancellation_token token = source.token();
  for (auto _ : state)
    for (int i = 0; i < asked; ++i)
      benchmark::DoNotOptimize(ask(token));
}
BENCHMARK(by_hand_token)->Name("token/by_hand");
BENCHMARK(codrop_token)->Name("token/codrop");

// --- A guard ---

[[gnu::noinline]] void work(int &active) { benchmark::DoNotOptimize(active); }
[[gnu::noinline]] void guarded_by_hand(int &active) {
  ++active;
  struct leave {
    int &active;
    ~leave() { --active; }
  } const leaving{active};
  work(active);
}
[[gnu::noinline]] void guarded_by_codrop(int &active) {
  ++active;
  const codrop::scope_exit leaving([&]() noexcept { --active; });
  work(active);
}
template <void (*Guarded)(int &)> void guard(benchmark::State &state) {
  int active = 0;
  for (auto _ : state)
    for (int i = 0; i < asked; ++i)
      Guarded(active);
}
BENCHMARK(guard<guarded_by_hand>)->Name("guard/by_hand");
BENCHMARK(guard<guarded_by_codrop>)->Name("guard/codrop");

// --- A resource with an awaited close, in coroutines of somebody's own ---

template <class T = void> class task;

struct promise_base {
  std::coroutine_handle<> continuation;
  std::exception_ptr error;
  std::suspend_always initial_suspend() noexcept { return {}; }
  auto final_suspend() noexcept {
    struct go_on {
      static bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
        return next;
      }
      static void await_resume() noexcept {}
      std::coroutine_handle<> next;
    };
    return go_on{continuation ? continuation : std::noop_coroutine()};
  }
  void unhandled_exception() noexcept { error = std::current_exception(); }
};
template <class T> struct promise : promise_base {
  task<T> get_return_object();
  void return_value(T t) { value = std::move(t); }
  T get() { return std::move(value); }
  T value{};
};
template <> struct promise<void> : promise_base {
  task<void> get_return_object();
  void return_void() {}
  void get() {}
};
template <class T> class [[nodiscard]] task {
public:
  using promise_type = promise<T>;
  explicit task(std::coroutine_handle<promise_type> h) : handle_(h) {}
  task(task &&other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  task &operator=(task &&) = delete;
  ~task() {
    if (handle_)
      handle_.destroy();
  }
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) noexcept {
    handle_.promise().continuation = h;
    return handle_;
  }
  T await_resume() {
    if (handle_.promise().error)
      std::rethrow_exception(handle_.promise().error);
    return handle_.promise().get();
  }
  void run() { handle_.resume(); }

private:
  std::coroutine_handle<promise_type> handle_;
};
template <class T> task<T> promise<T>::get_return_object() {
  return task<T>(std::coroutine_handle<promise>::from_promise(*this));
}
inline task<void> promise<void>::get_return_object() {
  return task<void>(std::coroutine_handle<promise>::from_promise(*this));
}

struct connection {
  int open = 1;
  task<> close() {
    open = 0;
    co_return;
  }
  task<int> ask() { co_return open; }
};

task<int> by_hand_exchange() {
  connection c;
  std::exception_ptr error;
  int answer = 0;
  try {
    answer = co_await c.ask();
  } catch (...) {
    error = std::current_exception();
  }
  co_await c.close();
  if (error)
    std::rethrow_exception(error);
  co_return answer;
}
task<int> codrop_exchange() {
  return codrop::with_resource(connection(),
                               [](connection &c) { return c.ask(); });
}
template <task<int> (*Exchange)()> void exchange(benchmark::State &state) {
  for (auto _ : state) {
    auto t = Exchange();
    t.run();
    benchmark::DoNotOptimize(t);
  }
}
BENCHMARK(exchange<by_hand_exchange>)->Name("with_resource/by_hand");
BENCHMARK(exchange<codrop_exchange>)->Name("with_resource/codrop");

// --- A timeout ---

using namespace asio::experimental::awaitable_operators;

asio::awaitable<int> answer() {
  co_await asio::post(asio::use_awaitable);
  co_return 1;
}
asio::awaitable<int> by_hand_timeout() {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           std::chrono::seconds(5));
  auto result = co_await (answer() || timer.async_wait(asio::use_awaitable));
  co_return std::get<0>(result);
}
// The leaner race: a timer that cancels the one that is awaited.
asio::awaitable<int> by_hand_signal() {
  const auto executor = co_await asio::this_coro::executor;
  asio::cancellation_signal late;
  asio::steady_timer timer(executor, std::chrono::seconds(5));
  timer.async_wait([&](std::error_code error) {
    if (!error)
      late.emit(asio::cancellation_type::terminal);
  });
  const int result = co_await asio::co_spawn(
      executor, answer(),
      asio::bind_cancellation_slot(late.slot(), asio::use_awaitable));
  timer.cancel();
  co_return result;
}
asio::awaitable<int> codrop_timeout() {
  const auto work = [](codrop::cancellation_token) { return answer(); };
  co_return co_await codrop::timeout(std::chrono::seconds(5), work);
}
template <asio::awaitable<int> (*Ask)()>
void answered(benchmark::State &state) {
  asio::io_context context(1);
  for (auto _ : state) {
    int got = 0;
    asio::co_spawn(context, Ask(), [&](std::exception_ptr, int n) { got = n; });
    context.run();
    context.restart();
    benchmark::DoNotOptimize(got);
  }
}
BENCHMARK(answered<by_hand_timeout>)->Name("timeout/by_hand");
BENCHMARK(answered<by_hand_signal>)->Name("timeout_by_signal/by_hand");
BENCHMARK(answered<codrop_timeout>)->Name("timeout_by_signal/codrop");
BENCHMARK(answered<codrop_timeout>)->Name("timeout/codrop");

} // namespace

BENCHMARK_MAIN();
