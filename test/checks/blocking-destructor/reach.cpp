// RUN: %check blocking-destructor %s --no-notes -pthread
//
// What counts as blocking work, and how a destructor reaches it.

#include "own/sync.h"
#include "own/task.h"
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <poll.h>
#include <semaphore>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using own::task;

task<> some_coroutine() { co_await own::yield(); }

// --- Directly ------------------------------------------------------------------

struct BadSleeps {
  ~BadSleeps() { std::this_thread::sleep_for(1ms); }
  // expected-warning@-1 {{destructor of 'BadSleeps' blocks the thread: 'std::this_thread::sleep_for' sleeps}}
};

struct BadSleepsInLoop {
  std::atomic<int> left;
  ~BadSleepsInLoop() {
  // expected-warning@-1 {{destructor of 'BadSleepsInLoop' blocks the thread: 'std::this_thread::sleep_for' sleeps}}
    while (left > 0)
      std::this_thread::sleep_for(10ms);
  }
};

struct BadJoins {
  std::thread thread;
  ~BadJoins() {
  // expected-warning@-1 {{destructor of 'BadJoins' blocks the thread: 'std::thread::join' waits for the thread to end}}
    if (thread.joinable())
      thread.join();
  }
};

struct BadJoinsAll {
  std::vector<std::thread> threads;
  ~BadJoinsAll() {
  // expected-warning@-1 {{destructor of 'BadJoinsAll' blocks the thread: 'std::thread::join' waits for the thread to end}}
    for (std::thread &t : threads)
      t.join();
  }
};

struct BadGets {
  std::future<int> result;
  ~BadGets() { result.get(); }
  // expected-warning@-1 {{destructor of 'BadGets' blocks the thread: 'std::future::get' waits for the result}}
};

struct BadWaits {
  std::future<void> done;
  ~BadWaits() { // expected-warning {{destructor of 'BadWaits' blocks the thread: 'std::future::wait' waits for the result}}
    if (done.valid())
      done.wait();
  }
};

struct BadWaitsForSeconds {
  std::future<void> done;
  ~BadWaitsForSeconds() { done.wait_for(5s); }
  // expected-warning@-1 {{destructor of 'BadWaitsForSeconds' blocks the thread: 'std::future::wait_for' waits for the result}}
};

struct BadConditionVariable {
  std::mutex m;
  std::condition_variable idle;
  int busy = 0;
  ~BadConditionVariable() {
  // expected-warning@-1 {{destructor of 'BadConditionVariable' blocks the thread: 'std::condition_variable::wait' waits for a notification}}
    std::unique_lock l(m);
    idle.wait(l, [this] { return busy == 0; });
  }
};

struct BadSemaphore {
  std::counting_semaphore<> free{0};
  ~BadSemaphore() { free.acquire(); }
  // expected-warning@-1 {{destructor of 'BadSemaphore' blocks the thread: 'std::counting_semaphore::acquire' waits for the semaphore}}
};

struct BadLatch {
  std::latch done{1};
  ~BadLatch() { done.wait(); }
  // expected-warning@-1 {{destructor of 'BadLatch' blocks the thread: 'std::latch::wait' waits for the latch}}
};

struct BadAtomicWait {
  std::atomic<bool> stopped;
  ~BadAtomicWait() { stopped.wait(false); }
  // expected-warning@-1 {{destructor of 'BadAtomicWait' blocks the thread: 'std::atomic::wait' waits for the value to change}}
};

struct BadFsync {
  int fd;
  ~BadFsync() { // expected-warning {{destructor of 'BadFsync' blocks the thread: 'fsync' waits for the disk}}
    ::fsync(fd);
    ::close(fd);
  }
};

struct BadWaitpid {
  pid_t child;
  ~BadWaitpid() { // expected-warning {{destructor of 'BadWaitpid' blocks the thread: 'waitpid' waits for a process to end}}
    int status;
    ::waitpid(child, &status, 0);
  }
};

struct BadPoll {
  int fd;
  ~BadPoll() { // expected-warning {{destructor of 'BadPoll' blocks the thread: 'poll' waits for descriptors}}
    pollfd p{fd, POLLIN, 0};
    ::poll(&p, 1, -1);
  }
};

struct BadRemoveAll {
  std::filesystem::path directory;
  ~BadRemoveAll() { std::filesystem::remove_all(directory); }
  // expected-warning@-1 {{destructor of 'BadRemoveAll' blocks the thread: 'std::filesystem::remove_all' deletes a whole tree synchronously}}
};

struct BadWritesFile {
  std::string path;
  ~BadWritesFile() {
  // expected-warning@-1 {{destructor of 'BadWritesFile' blocks the thread: 'std::basic_ofstream::basic_ofstream' opens a file synchronously}}
    std::ofstream out(path);
    out << 1;
  }
};

struct BadSyncWait {
  task<> close();
  ~BadSyncWait() { own::sync_wait(close()); }
  // expected-warning@-1 {{destructor of 'BadSyncWait' blocks the thread: 'own::sync_wait' waits for the awaitable}}
};

struct blocking_wait_t {
  template <class T> void operator()(T &&) const;
};
inline constexpr blocking_wait_t blocking_wait{};

struct BadSyncWaitObject {
  task<> close();
  ~BadSyncWaitObject() { blocking_wait(close()); }
  // expected-warning@-1 {{destructor of 'BadSyncWaitObject' blocks the thread: 'blocking_wait' waits for the awaitable}}
};

struct BadAsyncAtOnce {
  static void flush();
  ~BadAsyncAtOnce() { (void)std::async(std::launch::async, flush); }
  // expected-warning@-1 {{destructor of 'BadAsyncAtOnce' blocks the thread: the destructor of 'std::future' waits for the task that std::async started}}
};

struct BadAsyncInLocal {
  static void flush();
  ~BadAsyncInLocal() { auto f = std::async(flush); }
  // expected-warning@-1 {{destructor of 'BadAsyncInLocal' blocks the thread: the destructor of 'std::future' waits for the task that std::async started}}
};

struct [[clang::annotate("codrop::x")]] Marked {
  [[clang::annotate("codrop::blocking")]] void drain();
};

struct BadAnnotated {
  Marked marked;
  ~BadAnnotated() { marked.drain(); }
  // expected-warning@-1 {{destructor of 'BadAnnotated' blocks the thread: 'Marked::drain' blocks}}
};

// --- Through calls ---------------------------------------------------------------

struct BadThroughStop {
  std::thread thread;
  void stop() { thread.join(); }
  ~BadThroughStop() { stop(); }
  // expected-warning@-1 {{destructor of 'BadThroughStop' blocks the thread: 'std::thread::join' waits for the thread to end}}
};

inline void join(std::thread &t) {
  if (t.joinable())
    t.join();
}
inline void end(std::thread &t) { join(t); }
inline void finish(std::thread &t) { end(t); }

struct BadThroughFunctions {
  std::thread thread;
  void stop() { finish(thread); }
  ~BadThroughFunctions() { stop(); }
  // expected-warning@-1 {{destructor of 'BadThroughFunctions' blocks the thread: 'std::thread::join' waits for the thread to end}}
};

struct BadThroughLambda {
  std::thread thread;
  ~BadThroughLambda() {
  // expected-warning@-1 {{destructor of 'BadThroughLambda' blocks the thread: 'std::thread::join' waits for the thread to end}}
    auto stop = [this] { thread.join(); };
    stop();
  }
};

struct BadThroughAlgorithm {
  std::vector<std::thread> threads;
  ~BadThroughAlgorithm() {
  // expected-warning@-1 {{destructor of 'BadThroughAlgorithm' blocks the thread: 'std::thread::join' waits for the thread to end}}
    std::for_each(threads.begin(), threads.end(), [](std::thread &t) { t.join(); });
  }
};

struct BadThroughRangesAlgorithm {
  std::vector<std::thread> threads;
  ~BadThroughRangesAlgorithm() {
  // expected-warning@-1 {{destructor of 'BadThroughRangesAlgorithm' blocks the thread: 'std::thread::join' waits for the thread to end}}
    std::ranges::for_each(threads, [](auto &t) { t.join(); });
  }
};

template <class F> void with_all(std::vector<std::thread> &all, F f) {
  for (std::thread &t : all)
    f(t);
}

struct BadThroughTemplate {
  std::vector<std::thread> threads;
  ~BadThroughTemplate() {
  // expected-warning@-1 {{destructor of 'BadThroughTemplate' blocks the thread: 'std::thread::join' waits for the thread to end}}
    with_all(threads, [](std::thread &t) { t.join(); });
  }
};

struct BadThroughLocalGuard {
  std::thread thread;
  struct Joiner {
    std::thread &t;
    ~Joiner() { t.join(); } // A finding of its own.
    // expected-warning@-1 {{destructor of 'Joiner' blocks the thread: 'std::thread::join' waits for the thread to end}}
  };
  ~BadThroughLocalGuard() { Joiner j{thread}; }
  // expected-warning@-1 {{destructor of 'BadThroughLocalGuard' blocks the thread: 'std::thread::join' waits for the thread to end}}
};

struct Worker {
  std::thread thread;
  ~Worker();
};
Worker::~Worker() { thread.join(); }
// expected-warning@-1 {{destructor of 'Worker' blocks the thread: 'std::thread::join' waits for the thread to end}}

struct BadDeletes {
  Worker *worker;
  ~BadDeletes() { delete worker; }
  // expected-warning@-1 {{destructor of 'BadDeletes' blocks the thread: 'std::thread::join' waits for the thread to end}}
};

struct Base {
  std::thread thread;
  virtual void stop() { thread.join(); }
  virtual ~Base() = default;
};

struct BadThroughVirtual : Base {
  ~BadThroughVirtual() override { stop(); }
  // expected-warning@-1 {{destructor of 'BadThroughVirtual' blocks the thread: 'std::thread::join' waits for the thread to end}}
};

struct BadMutualRecursion {
  std::thread thread;
  void a(int n) {
    if (n)
      b(n - 1);
  }
  void b(int n) {
    a(n);
    thread.join();
  }
  ~BadMutualRecursion() { a(3); }
  // expected-warning@-1 {{destructor of 'BadMutualRecursion' blocks the thread: 'std::thread::join' waits for the thread to end}}
};

// --- Members and bases --------------------------------------------------------------

struct BadJthread {
// expected-warning@-1 {{destructor of 'BadJthread' blocks the thread: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
  std::jthread thread;
  ~BadJthread() = default;
};

struct BadJthreads {
// expected-warning@-1 {{destructor of 'BadJthreads' blocks the thread: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
  std::vector<std::jthread> threads;
  ~BadJthreads() = default;
};

struct BadOwnedJthread {
// expected-warning@-1 {{destructor of 'BadOwnedJthread' blocks the thread: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
  std::unique_ptr<std::jthread> thread;
  ~BadOwnedJthread() = default;
};

struct BadOptionalJthread {
  std::optional<std::jthread> thread;
  ~BadOptionalJthread() {}
  // expected-warning@-1 {{destructor of 'BadOptionalJthread' blocks the thread: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
};

struct BadMapOfJthreads {
  std::map<int, std::jthread> threads;
  std::variant<int, std::jthread> other;
  ~BadMapOfJthreads() {}
  // expected-warning@-1 {{destructor of 'BadMapOfJthreads' blocks the thread: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
};

struct BadArrayOfJthreads {
  std::jthread threads[4];
  ~BadArrayOfJthreads() {}
  // expected-warning@-1 {{destructor of 'BadArrayOfJthreads' blocks the thread: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
};

struct BadDerivedFromJthread : std::jthread {
  ~BadDerivedFromJthread() {}
  // expected-warning@-1 {{destructor of 'BadDerivedFromJthread' blocks the thread: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
};

struct Joiner {
  void operator()(std::thread *t) const {
    t->join();
    delete t;
  }
};

struct BadDeleter {
  std::unique_ptr<std::thread, Joiner> thread;
  ~BadDeleter() {}
  // expected-warning@-1 {{destructor of 'BadDeleter' blocks the thread: 'std::thread::join' waits for the thread to end}}
};

struct BadAsyncMember {
  std::future<int> answer;
  BadAsyncMember() : answer(std::async([] { return 42; })) {}
  ~BadAsyncMember() {}
  // expected-warning@-1 {{destructor of 'BadAsyncMember' blocks the thread: the destructor of 'std::future' waits for the task that std::async started}}
};

struct BadAsyncAssigned {
  std::future<int> answer;
  void ask() { answer = std::async(std::launch::async, [] { return 42; }); }
  ~BadAsyncAssigned() {}
  // expected-warning@-1 {{destructor of 'BadAsyncAssigned' blocks the thread: the destructor of 'std::future' waits for the task that std::async started}}
};

struct BadAsyncCollected {
  std::vector<std::future<int>> answers;
  void ask() { answers.push_back(std::async(std::launch::async, [] { return 42; })); }
  ~BadAsyncCollected() {}
  // expected-warning@-1 {{destructor of 'BadAsyncCollected' blocks the thread: the destructor of 'std::future' waits for the task that std::async started}}
};

struct BadAsyncInitialized {
  std::future<void> warm_up = std::async([] {});
  ~BadAsyncInitialized() {}
  // expected-warning@-1 {{destructor of 'BadAsyncInitialized' blocks the thread: the destructor of 'std::future' waits for the task that std::async started}}
};

// Only destroyed in this file, never written down.
struct BadImplicit {
// expected-warning@-1 {{destructor of 'BadImplicit' blocks the thread: the destructor of 'std::jthread' requests a stop and waits for the thread to end}}
  std::jthread thread;
};
inline void make_implicit() { BadImplicit b; }

// The hazard is Worker's, which has a finding; to say it again of each class
// that has one in it would be noise.
struct OkHoldsWorker {
  Worker worker;
  std::unique_ptr<Worker> owned;
  std::vector<Worker> many;
  ~OkHoldsWorker() {}
};
struct OkIsWorker : Worker {
  ~OkIsWorker() {}
};
inline void make_holder() { OkHoldsWorker h; OkIsWorker i; }

// --- Class templates -----------------------------------------------------------------

template <class T> struct BadTemplate {
  std::thread thread;
  T value;
  ~BadTemplate() { thread.join(); }
  // expected-warning@-1 {{destructor of 'BadTemplate' blocks the thread: 'std::thread::join' waits for the thread to end}}
};
template struct BadTemplate<int>;
template struct BadTemplate<long>;

template <class T> struct BadCrtpBase {
  ~BadCrtpBase() { static_cast<T *>(this)->finish(); }
  // expected-warning@-1 {{destructor of 'BadCrtpBase' blocks the thread: 'std::thread::join' waits for the thread to end}}
};
struct Crtp : BadCrtpBase<Crtp> {
  std::thread thread;
  void finish() { thread.join(); }
};
inline void make_crtp() { Crtp c; }
