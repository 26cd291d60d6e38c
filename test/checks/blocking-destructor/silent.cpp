// RUN: %check blocking-destructor %s --no-notes -pthread
//
// What a destructor may do.

#include "own/sync.h"
#include "own/task.h"
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using own::task;

task<> some_coroutine() { co_await own::yield(); }

struct Pool {
  void post(std::function<void()> work);
  template <class F> void submit(F &&work);
};
Pool &pool();

struct OkFlag {
  std::atomic<bool> stop;
  ~OkFlag() { stop = true; }
};

struct OkNotifies {
  std::mutex m;
  std::condition_variable changed;
  bool stop = false;
  ~OkNotifies() {
    {
      std::lock_guard l(m);
      stop = true;
    }
    changed.notify_all();
  }
};

struct OkRequestsStop {
  std::stop_source stop;
  ~OkRequestsStop() { stop.request_stop(); }
};

struct OkCloses {
  int fd;
  ~OkCloses() { ::close(fd); }
};

struct OkDetaches {
  std::thread thread;
  ~OkDetaches() { thread.detach(); }
};

struct OkLooks {
  std::future<int> result;
  ~OkLooks() {
    if (result.wait_for(0s) != std::future_status::ready)
      std::terminate();
  }
};

struct OkZeroSpellings {
  std::future<int> result;
  std::condition_variable changed;
  std::mutex m;
  ~OkZeroSpellings() {
    result.wait_for(std::chrono::seconds(0));
    result.wait_for(std::chrono::milliseconds::zero());
    result.wait_for(std::chrono::milliseconds{});
    std::this_thread::sleep_for(0ms);
    std::unique_lock l(m);
    changed.wait_for(l, 0s);
  }
};

struct OkTakesWhatIsReady {
  std::future<int> result;
  ~OkTakesWhatIsReady() {
    if (result.valid() && result.wait_for(0s) == std::future_status::ready)
      result.get();
  }
};

struct OkPollsOnce {
  int fd;
  ~OkPollsOnce() {
    pollfd p{fd, POLLIN, 0};
    ::poll(&p, 1, 0);
  }
};

struct OkReapsWithoutHanging {
  pid_t child;
  ~OkReapsWithoutHanging() { ::waitpid(child, nullptr, WNOHANG); }
};

// --- Elsewhere and later --------------------------------------------------------

struct OkPosts {
  std::shared_ptr<std::thread> thread;
  ~OkPosts() {
    pool().post([t = thread] { t->join(); });
  }
};

struct OkSubmits {
  std::shared_ptr<std::thread> thread;
  ~OkSubmits() {
    pool().submit([t = thread] { t->join(); });
  }
};

struct OkOwnThread {
  std::shared_ptr<std::thread> thread;
  ~OkOwnThread() {
    std::thread([t = thread] { t->join(); }).detach();
  }
};

struct OkStoresLambda {
  std::thread thread;
  std::function<void()> *at_exit;
  ~OkStoresLambda() {
    *at_exit = [t = std::make_shared<std::thread>(std::move(thread))] { t->join(); };
  }
};

struct OkStartsCoroutine {
  static task<> close(std::shared_ptr<std::thread> t) {
    co_await own::yield();
    t->join();
  }
  std::shared_ptr<std::thread> thread;
  ~OkStartsCoroutine() { own::spawn(close(thread)); }
};

// --- Members that do not block ------------------------------------------------------

struct OkFutureOfPromise {
  std::promise<int> promise;
  std::future<int> result = promise.get_future();
  ~OkFutureOfPromise() {}
};

struct OkFutureFromOutside {
  std::future<int> result;
  explicit OkFutureFromOutside(std::future<int> f) : result(std::move(f)) {}
  ~OkFutureFromOutside() {}
};

struct OkDeferred {
  std::future<int> result;
  OkDeferred() : result(std::async(std::launch::deferred, [] { return 1; })) {}
  ~OkDeferred() {}
};

struct OkPlainThread {
  std::thread thread; // Terminates if it still runs, and does not wait.
  ~OkPlainThread() {}
};

struct OkPointers {
  std::jthread *raw;
  std::jthread &reference;
  std::weak_ptr<std::jthread> weak;
  std::shared_ptr<std::jthread> shared; // Others may be the last.
  ~OkPointers() {}
};

struct Deleter {
  void operator()(std::jthread *) const;
};

struct OkDeleter {
  std::unique_ptr<std::jthread, Deleter> thread;
  ~OkDeleter() {}
};

// --- Not reached ------------------------------------------------------------------

struct OkOtherMembersBlock {
  std::thread thread;
  void join() { thread.join(); }
  ~OkOtherMembersBlock() { thread.detach(); }
};

template <bool Joins> struct OkDiscarded {
  std::thread thread;
  ~OkDiscarded() {
    if constexpr (Joins)
      thread.join();
    else
      thread.detach();
  }
};
template struct OkDiscarded<false>;

struct OkUnevaluated {
  std::thread thread;
  ~OkUnevaluated() { static_assert(noexcept(thread.join()) || true); }
};

struct Declared {
  ~Declared(); // What it does is not known.
};

struct OkUnknown {
  Declared declared;
  void stop();
  ~OkUnknown() { stop(); }
};

struct OkNonBlocking {
  std::thread thread;
  // The thread has ended before: its last act is to post the destruction.
  [[clang::annotate("codrop::non_blocking")]] ~OkNonBlocking() { thread.join(); }
};

struct OkHelperIsNonBlocking {
  std::thread thread;
  [[clang::annotate("codrop::non_blocking")]] void reap() { thread.join(); }
  ~OkHelperIsNonBlocking() { reap(); }
};

struct OkNolint {
  std::thread thread;
  ~OkNolint() { thread.join(); } // NOLINT(codrop-blocking-destructor): main only
};

// NOLINTNEXTLINE(codrop-blocking-destructor): main only
struct OkNolintOfImplicit {
  std::jthread thread;
};
inline void make() { OkNolintOfImplicit o; }

// Not a destructor.
struct OkClose {
  std::thread thread;
  void close() { thread.join(); }
};
