// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check unregistered-awaiter %s --no-notes
//
// Awaiters that are awaited by a coroutine which its owner starts, and may drop
// wherever it has got to.

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

class job {
public:
  struct promise_type {
    job get_return_object() {
      return job(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  job(job &&other) noexcept : frame(std::exchange(other.frame, {})) {}
  ~job() {
    if (frame)
      frame.destroy();
  }
  void start() { frame.resume(); }

private:
  explicit job(std::coroutine_handle<promise_type> h) : frame(h) {}
  std::coroutine_handle<promise_type> frame;
};

struct loop {
  void post(std::function<void()> work);
  void resume_later(std::coroutine_handle<> h);
  void call_later(int ms, void (*f)(void *), void *data);
};
loop &this_loop();

struct waiter_list {
  struct node *head = nullptr;
};

// --- Handed out --------------------------------------------------------------

struct queued {
  std::vector<std::coroutine_handle<>> &queue;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    queue.push_back(h); // expected-warning {{'queued' hands out the coroutine that awaits it, and nothing takes it back when the suspended frame is destroyed}}
  }
  void await_resume() {}
};

struct callback {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    this_loop().post([h] { h.resume(); }); // expected-warning {{'callback' hands out the coroutine}}
  }
  void await_resume() {}
};

struct held_first {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    auto resume = [h]() mutable { h.resume(); };
    this_loop().post(std::move(resume)); // expected-warning {{'held_first' hands out the coroutine}}
  }
  void await_resume() {}
};

struct timer {
  loop *on;
  int ms;
  std::coroutine_handle<> caller;
  static void fire(void *data) { static_cast<timer *>(data)->caller.resume(); }
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    caller = h;
    on->call_later(ms, &timer::fire, this); // expected-warning {{'timer' hands out its address}}
  }
  void await_resume() {}
};

struct node {
  waiter_list &list;
  node *next = nullptr;
  std::coroutine_handle<> caller;
  bool await_ready() { return false; }
  bool await_suspend(std::coroutine_handle<> h) {
    caller = h;
    next = list.head;
    list.head = this; // expected-warning {{'node' hands out its address}}
    return true;
  }
  void await_resume() {}
};

struct thread {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    std::thread([h] { h.resume(); }).detach(); // expected-warning {{'thread' hands out the coroutine}}
  }
  void await_resume() {}
};

struct in_helper {
  std::coroutine_handle<> caller;
  void enlist() {
    this_loop().post([this] { caller.resume(); }); // expected-warning {{'in_helper' hands out its address}}
  }
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    caller = h;
    enlist();
  }
  void await_resume() {}
};

struct generic {
  bool await_ready() { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> h) {
    this_loop().resume_later(h); // expected-warning {{'generic' hands out the coroutine}}
  }
  void await_resume() {}
};

struct address {
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    this_loop().call_later(1, nullptr, h.address()); // expected-warning {{'address' hands out the coroutine}}
  }
  void await_resume() {}
};

template <class T> void bad_in_function(T &queue) {
  struct local {
    T &queue;
    bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      queue.push_back(h); // expected-warning {{'local' hands out the coroutine}}
    }
    void await_resume() {}
  };
  [](T &queue) -> job { co_await local{queue}; }(queue).start();
}
template void bad_in_function(std::vector<std::coroutine_handle<>> &);

job awaits_them(std::vector<std::coroutine_handle<>> &queue, waiter_list &list) {
  co_await queued{queue};
  co_await callback{};
  co_await held_first{};
  co_await timer{&this_loop(), 5};
  co_await node{list};
  co_await thread{};
  co_await in_helper{};
  co_await generic{};
  co_await address{};
}

// --- Taken back, or not handed out -------------------------------------------

struct ok_destructor {
  std::vector<std::coroutine_handle<>> &queue;
  std::coroutine_handle<> caller;
  ~ok_destructor() { std::erase(queue, caller); }
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    caller = h;
    queue.push_back(h);
  }
  void await_resume() {}
};

struct registration {
  registration() = default;
  registration(registration &&) noexcept;
  ~registration();
};
registration on_event(std::function<void()>);
struct ok_member {
  std::optional<registration> registered;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    registered.emplace(on_event([h] { h.resume(); }));
  }
  void await_resume() {}
};

struct ok_base_hook {
  ~ok_base_hook();
  ok_base_hook *next = nullptr;
};
struct ok_hooked : ok_base_hook {
  ok_base_hook *&head;
  explicit ok_hooked(ok_base_hook *&head) : head(head) {}
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<>) { head = this; }
  void await_resume() {}
};

struct ok_stop {
  std::stop_token token;
  std::coroutine_handle<> caller;
  std::optional<std::stop_callback<std::function<void()>>> callback;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    caller = h;
    callback.emplace(token, [this] { caller.resume(); });
  }
  void await_resume() {}
};

struct ok_kept {
  std::coroutine_handle<> caller;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) { caller = h; }
  void await_resume() {}
};

struct ok_resumes_at_once {
  bool await_ready() { return false; }
  bool await_suspend(std::coroutine_handle<> h) {
    if (h.done())
      return true;
    return false;
  }
  void await_resume() {}
};

// The awaited coroutine belongs to the awaiter.
struct inner {
  struct promise_type {
    std::coroutine_handle<> continuation;
    inner get_return_object();
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
    void then(std::coroutine_handle<> h) { continuation = h; }
  };
  struct ok_transfer {
    std::coroutine_handle<promise_type> frame;
    bool await_ready() { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) {
      frame.promise().continuation = h;
      return frame;
    }
    void await_resume() {}
  };
  struct ok_reference {
    std::coroutine_handle<promise_type> frame;
    bool await_ready() { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) {
      auto &promise = frame.promise();
      promise.then(h);
      return frame;
    }
    void await_resume() {}
  };
  std::coroutine_handle<promise_type> frame;
};

job ok_awaits(std::vector<std::coroutine_handle<>> &queue, ok_base_hook *head,
              std::stop_token token, inner &i) {
  co_await ok_destructor{queue, {}};
  co_await ok_member{};
  co_await ok_hooked{head};
  co_await ok_stop{token, {}, {}};
  co_await ok_kept{};
  co_await ok_resumes_at_once{};
  co_await inner::ok_transfer{i.frame};
  co_await inner::ok_reference{i.frame};
  co_await std::suspend_always{};
}
