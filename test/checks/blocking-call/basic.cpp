// RUN: %check blocking-call %s -pthread
//
// Blocking work in a coroutine and in what it calls; what is elsewhere.

#include "own/task.h"
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

using own::task;
using namespace std::chrono_literals;

namespace {

task<> work();

// --- Directly ----------------------------------------------------------------

task<> bad_sleeps() {
  std::this_thread::sleep_for(10ms);
  // expected-warning@-1 {{coroutine 'bad_sleeps' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_await work();
}

task<> bad_after_the_await() {
  co_await work();
  std::this_thread::sleep_for(10ms);
  // expected-warning@-1 {{coroutine 'bad_after_the_await' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
}

task<> bad_waits_for_a_coroutine() {
  own::sync_wait(work());
  // expected-warning@-1 {{coroutine 'bad_waits_for_a_coroutine' blocks the thread that runs it: 'own::sync_wait' waits for the awaitable}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use co_await, or hand the work to a thread pool and await its result}}
  co_return;
}

task<int> bad_gets_a_future(std::future<int> f) {
  co_await work();
  co_return f.get();
  // expected-warning@-1 {{coroutine 'bad_gets_a_future' blocks the thread that runs it: 'std::future::get' waits for the result}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
}

task<> bad_syncs(int fd) {
  co_await work();
  ::fsync(fd);
  // expected-warning@-1 {{coroutine 'bad_syncs' blocks the thread that runs it: 'fsync' waits for the disk}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
}

task<> bad_joins(std::thread &t) {
  co_await work();
  t.join();
  // expected-warning@-1 {{coroutine 'bad_joins' blocks the thread that runs it: 'std::thread::join' waits for the thread to end}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
}

task<> bad_local_dies() {
  std::jthread helper([] {});
  // expected-warning@-1 {{coroutine 'bad_local_dies' blocks the thread that runs it: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
  co_await work();
}

task<> bad_only_owner() {
  auto helper = std::make_shared<std::jthread>([] {});
  // expected-warning@-1 {{coroutine 'bad_only_owner' blocks the thread that runs it: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
  helper->detach();
  co_await work();
}

task<> ok_another_owner(std::vector<std::shared_ptr<std::jthread>> &all) {
  auto helper = std::make_shared<std::jthread>([] {});
  all.push_back(helper);
  co_await work();
}

task<> bad_deletes(std::jthread *t) {
  co_await work();
  delete t;
  // expected-warning@-1 {{coroutine 'bad_deletes' blocks the thread that runs it: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
}

auto bad_lambda = []() -> task<> {
  std::this_thread::sleep_for(1ms);
  // expected-warning@-1 {{coroutine lambda blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_return;
};

own::generator<int> bad_generator() {
  int i = 0;
  std::this_thread::sleep_for(1ms);
  // expected-warning@-1 {{coroutine 'bad_generator' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_yield i;
}

template <class T> task<T> bad_template(T value) {
  std::this_thread::sleep_for(1ms);
  // expected-warning@-1 {{coroutine 'bad_template' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_return value;
}
void instantiate() { (void)bad_template(1); }

#define NAP() std::this_thread::sleep_for(1ms) // expected-note 3 {{expanded from macro 'NAP'}}
task<> bad_macro() {
  NAP();
  // expected-warning@-1 {{coroutine 'bad_macro' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_await work();
}

// --- Through calls -----------------------------------------------------------

void nap() { std::this_thread::sleep_for(10ms); } // expected-note 2 {{'std::this_thread::sleep_for' sleeps}}
void naps() { nap(); } // expected-note {{'nap' is called here}}

task<> bad_one_call() {
  nap();
  // expected-warning@-1 {{coroutine 'bad_one_call' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'nap' is called here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_await work();
}

task<> bad_two_calls() {
  naps();
  // expected-warning@-1 {{coroutine 'bad_two_calls' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{'naps' is called here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_await work();
}

task<> bad_in_the_operand(int fd) {
  auto flushed = [&] { return ::fsync(fd); }; // expected-note {{'fsync' waits for the disk}}
  co_await own::sleep(flushed());
  // expected-warning@-1 {{coroutine 'bad_in_the_operand' blocks the thread that runs it: 'fsync' waits for the disk}}
  // expected-note@-2 {{the lambda is called here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
}

task<> bad_algorithm(std::vector<std::thread> &all) {
  std::for_each(all.begin(), all.end(), [](auto &t) { t.join(); });
  // expected-warning@-1 {{coroutine 'bad_algorithm' blocks the thread that runs it: 'std::thread::join' waits for the thread to end}}
  // expected-note@-2 {{'for_each' calls the lambda here}}
  // expected-note@-3 {{'std::thread::join' waits for the thread to end}}
  // expected-note@-4 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-5 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
  co_await work();
}

struct store {
  explicit store(int fd) { ::fsync(fd); } // expected-note {{'fsync' waits for the disk}}
};
task<> bad_constructor(int fd) {
  store s(fd);
  // expected-warning@-1 {{coroutine 'bad_constructor' blocks the thread that runs it: 'fsync' waits for the disk}}
  // expected-note@-2 {{a 'store' is made here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
  co_await work();
}

task<> bad_plain_function_that_returns_a_task(int fd);
task<> plain(int fd) {
  ::fsync(fd); // expected-note {{'fsync' waits for the disk}}
  return work();
}
task<> bad_plain_function_that_returns_a_task(int fd) { co_await plain(fd); }
// expected-warning@-1 {{coroutine 'bad_plain_function_that_returns_a_task' blocks the thread that runs it: 'fsync' waits for the disk}}
// expected-note@-2 {{'plain' is called here}}
// expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
// expected-note@-4 {{co_await something that suspends, or hand the work to a thread pool and await its result}}

// --- Virtual calls -----------------------------------------------------------

struct backend {
  virtual ~backend() = default;
  virtual void flush() = 0;
};
struct file_backend : backend {
  int fd;
  void flush() override { ::fsync(fd); } // expected-note {{'fsync' waits for the disk}}
};
task<> bad_only_override(backend &b) {
  b.flush();
  // expected-warning@-1 {{coroutine 'bad_only_override' blocks the thread that runs it: 'fsync' waits for the disk}}
  // expected-note@-2 {{'flush' is called here, which may be that of 'file_backend'}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
  co_await work();
}

struct sink {
  virtual ~sink() = default;
  virtual void drain() {}
};
struct disk_sink : sink {
  int fd;
  void drain() override { ::fsync(fd); } // expected-note {{'fsync' waits for the disk}}
};
struct null_sink : sink {
  void drain() override {}
};
task<> bad_one_of_several(sink &s) {
  s.drain();
  // expected-warning@-1 {{coroutine 'bad_one_of_several' blocks the thread that runs it: 'fsync' waits for the disk}}
  // expected-note@-2 {{'drain' is called here, which may be that of 'disk_sink'}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
  co_await work();
}
task<> ok_named_one(disk_sink &s) {
  s.sink::drain();
  co_await work();
}

struct clock_source {
  virtual ~clock_source() = default;
  virtual void wait() = 0;
};
struct mock_clock_source : clock_source {
  void wait() override { std::this_thread::sleep_for(1ms); }
};
task<> ok_double(clock_source &c) {
  c.wait();
  co_await work();
}

// --- Elsewhere ---------------------------------------------------------------

struct thread_pool {
  task<> schedule();
  template <class F> task<> submit(F f);
};
task<> schedule_on(thread_pool &pool);
task<> resume_background();

task<> ok_handed_on(thread_pool &pool) {
  co_await pool.submit([] { std::this_thread::sleep_for(10ms); });
}

task<> ok_coroutine_handed_on(thread_pool &pool) {
  co_await pool.submit([]() -> task<> {
    std::this_thread::sleep_for(10ms);
    co_return;
  });
}

task<> ok_on_the_pool(thread_pool &pool) {
  co_await pool.schedule();
  std::this_thread::sleep_for(10ms);
}

task<> ok_moved_there(thread_pool &pool) {
  co_await schedule_on(pool);
  std::this_thread::sleep_for(10ms);
}

task<> ok_in_the_background() {
  co_await resume_background();
  std::this_thread::sleep_for(10ms);
}

task<> bad_before_it_moves(thread_pool &pool) {
  std::this_thread::sleep_for(10ms);
  // expected-warning@-1 {{coroutine 'bad_before_it_moves' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_await pool.schedule();
}

// What it runs, and where it is started, is the caller's choice.
template <class Work> task<int> ok_runs_what_it_is_given(Work work) {
  co_return work();
}
task<> ok_offloads(thread_pool &pool, int fd) {
  co_await pool.submit([&] { (void)ok_runs_what_it_is_given([=] { return ::fsync(fd); }); });
}

void ok_plain() { std::this_thread::sleep_for(10ms); }

task<> ok_thread_body() {
  std::thread t([] { std::this_thread::sleep_for(10ms); });
  t.detach();
  co_await work();
}

task<> ok_stored(std::function<void()> &later) {
  later = [] { std::this_thread::sleep_for(10ms); };
  co_await work();
}

task<> callee() {
  std::this_thread::sleep_for(10ms);
  // expected-warning@-1 {{coroutine 'callee' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  co_return;
}
task<> ok_caller() { co_await callee(); }

template <class Work> task<int> ok_invokes_what_it_is_given(Work work) {
  co_return std::invoke(std::move(work));
}
task<> ok_offloads_that(thread_pool &pool, int fd) {
  co_await pool.submit([&] { (void)ok_invokes_what_it_is_given([=] { return ::fsync(fd); }); });
}

// The loop that runs the others is itself given to when_all().
struct event_loop {
  [[clang::annotate("codrop::blocking")]] void run();
};
auto ok_drives_the_loop(event_loop &loop) {
  return [&]() -> task<> {
    loop.run();
    co_return;
  };
}
task<> bad_runs_another_loop(event_loop &loop) {
  co_await work();
  loop.run();
  // expected-warning@-1 {{coroutine 'bad_runs_another_loop' blocks the thread that runs it: 'event_loop::run' blocks the thread}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{co_await something that suspends, or hand the work to a thread pool and await its result}}
}

// A lock that sleeps when all else fails is still a lock.
struct spin_mutex {
  bool try_lock();
  void lock() {
    while (!try_lock())
      std::this_thread::sleep_for(1ms);
  }
};
task<> ok_takes_a_lock(spin_mutex &m) {
  m.lock();
  co_await work();
}

// Waits for what is there by then: the awaited permit says so.
struct counted_queue {
  task<> permit();
  int take() {
    std::unique_lock<std::mutex> lock(m);
    filled.wait(lock); // expected-note {{'std::condition_variable::wait' waits for a notification}}
    return 1;
  }
  std::mutex m;
  std::condition_variable filled;
};
task<int> never_waits_really_FP(counted_queue &q) {
  co_await q.permit();
  co_return q.take();
  // expected-warning@-1 {{coroutine 'never_waits_really_FP' blocks the thread that runs it: 'std::condition_variable::wait' waits for a notification}}
  // expected-note@-2 {{'take' is called here}}
  // expected-note@-3 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-4 {{use an event of the coroutine's library, or hand the work to a thread pool and await its result}}
}

// A switch that is off.
constexpr bool dumps_messages = false;
task<> ok_switched_off() {
  if (dumps_messages)
    std::this_thread::sleep_for(10ms);
  co_await work();
}

// --- Not blocking ------------------------------------------------------------

task<> ok_zero_timeout(std::future<int> &f) {
  if (f.wait_for(0s) == std::future_status::ready)
    (void)f.get();
  co_await work();
}

[[clang::annotate("codrop::non_blocking")]] void warmed_up() { nap(); }
task<> ok_annotated() {
  warmed_up();
  co_await work();
}

task<> ok_nolint() {
  std::this_thread::sleep_for(1ms); // NOLINT(codrop-blocking-call)
  co_await work();
}

constexpr bool Sleeps = false;
task<> ok_discarded() {
  if constexpr (Sleeps)
    std::this_thread::sleep_for(1ms);
  co_await work();
}

task<> ok_unevaluated(int fd) {
  using result = decltype(::fsync(fd));
  co_await own::sleep(sizeof(result));
}

// One for each function that blocks in the end.
task<> bad_twice_the_same() {
  std::this_thread::sleep_for(1ms);
  // expected-warning@-1 {{coroutine 'bad_twice_the_same' blocks the thread that runs it: 'std::this_thread::sleep_for' sleeps}}
  // expected-note@-2 {{all other coroutines of that thread stand still meanwhile}}
  // expected-note@-3 {{use the timer of the coroutine's library, or hand the work to a thread pool and await its result}}
  std::this_thread::sleep_for(2ms);
  co_await work();
}

} // namespace
