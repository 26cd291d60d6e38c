// RUN: %check unawaited-close,leaked-guard,lock-across-suspension,blocking-destructor,blocking-call,task-from-destructor %s --no-notes -pthread

#include "boost/cobalt.hpp"
#include <mutex>
#include <utility>

namespace cobalt = boost::cobalt;

std::mutex threads;

cobalt::promise<void> work();

cobalt::task<void> bad_tls_without_shutdown(cobalt::io::endpoint ep) {
  cobalt::io::ssl::stream stream;
  // expected-warning@-1 {{'stream' of type 'boost::cobalt::io::ssl::stream' is destroyed without an awaited 'shutdown()'}}
  co_await stream.connect(ep);
  co_await stream.handshake();
  co_await stream.read_some();
}

// Nobody shuts a stream down that has failed.
cobalt::task<void> ok_tls(cobalt::io::endpoint ep) {
  cobalt::io::ssl::stream stream;
  co_await stream.connect(ep);
  co_await stream.handshake();
  co_await stream.read_some();
  co_await stream.shutdown();
}

cobalt::promise<void> ok_tls_without_handshake(cobalt::io::endpoint ep) {
  cobalt::io::ssl::stream stream;
  co_await stream.connect(ep);
}

void talk(cobalt::io::ssl::stream &);
cobalt::promise<void> shut_down(cobalt::io::ssl::stream, std::exception_ptr);

cobalt::promise<void> ok_tls_in_with(cobalt::io::endpoint ep) {
  cobalt::io::ssl::stream stream;
  co_await stream.handshake();
  co_await cobalt::with(std::move(stream), &talk, &shut_down);
}

cobalt::promise<void> ok_sockets_and_groups(cobalt::io::endpoint ep) {
  cobalt::io::stream_socket socket;
  co_await socket.connect(ep);
  cobalt::wait_group group;
  group.push_back(work());
}

class connection {
public:
  connection(connection &&);
  ~connection();
  cobalt::promise<int> read();
  cobalt::promise<void> close();
};

// A consumer that stops early destroys the generator at its co_yield.
cobalt::generator<int> bad_generator(connection c) {
// expected-warning@-1 {{'c' of type 'connection' is destroyed without an awaited 'close()' when the suspended coroutine is destroyed}}
  co_yield 1;
  co_await c.close();
  co_return 0;
}

cobalt::task<void> bad_thread_mutex() {
  std::lock_guard lock(threads);
  // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::mutex>' still holds its lock where the coroutine suspends}}
  co_await work();
}

cobalt::promise<void> ok_executor_under_lock() {
  std::lock_guard lock(threads);
  (void)co_await cobalt::this_coro::executor;
  (void)co_await cobalt::this_coro::cancelled;
}

struct BadRun {
  cobalt::task<void> close();
  ~BadRun() { cobalt::run(close()); }
  // expected-warning@-1 {{destructor of 'BadRun' blocks the thread: 'boost::cobalt::run' runs the task in an event loop of its own}}
};

struct BadJoin {
  cobalt::thread &thread;
  ~BadJoin() { thread.join(); }
  // expected-warning@-1 {{destructor of 'BadJoin' blocks the thread: 'boost::cobalt::thread::join' waits for the thread}}
};

struct OkCancels {
  cobalt::promise<void> promise;
  ~OkCancels() {}
};

struct BadDetaches {
  cobalt::promise<void> bye();
  ~BadDetaches() { +bye(); }
  // expected-warning@-1 {{destructor of 'BadDetaches' starts a coroutine that uses the object after it is destroyed}}
};

cobalt::promise<void> bad_runs_a_task(cobalt::task<void> task) {
  cobalt::run(static_cast<cobalt::task<void> &&>(task));
  // expected-warning@-1 {{coroutine 'bad_runs_a_task' blocks the thread that runs it: 'boost::cobalt::run' runs the task in an event loop of its own}}
  co_return;
}

cobalt::thread elsewhere();

cobalt::promise<void> bad_thread_is_not_awaited() {
  auto thread = elsewhere();
  // expected-warning@-1 {{'thread' of type 'boost::cobalt::thread' is destroyed without an awaited 'operator co_await()'}}
  co_await work();
}

cobalt::promise<void> ok_thread_is_awaited() {
  auto thread = elsewhere();
  co_await thread;
}
