// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A task and a generator that record how large their frames are, and functions
// that the optimizer can't look into (others.cpp).

#ifndef MEASURED_H
#define MEASURED_H

#include <coroutine>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

inline std::size_t last_frame;

void *allocate(std::size_t);
void release(void *);

struct recorded {
  static void *operator new(std::size_t n) {
    last_frame = n;
    return allocate(n);
  }
  static void operator delete(void *p) { release(p); }
};

class task {
public:
  struct promise_type : recorded {
    std::coroutine_handle<> continuation;
    task get_return_object() {
      return task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
  struct awaiter {
    std::coroutine_handle<promise_type> handle;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
      handle.promise().continuation = caller;
      return handle;
    }
    void await_resume() {}
  };
  task(task &&other) noexcept : handle(std::exchange(other.handle, {})) {}
  ~task() {
    if (handle)
      handle.destroy();
  }
  awaiter operator co_await() && { return {handle}; }

private:
  explicit task(std::coroutine_handle<promise_type> handle) : handle(handle) {}
  std::coroutine_handle<promise_type> handle;
};

template <class T> struct generator {
  struct promise_type : recorded {
    T *current = nullptr;
    generator get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(T &value) {
      current = &value;
      return {};
    }
    void return_void() {}
    void unhandled_exception() {}
  };
  std::coroutine_handle<promise_type> handle;
  generator(std::coroutine_handle<promise_type> handle) : handle(handle) {}
  generator(generator &&other) : handle(std::exchange(other.handle, {})) {}
  ~generator() {
    if (handle)
      handle.destroy();
  }
};

struct read_operation {
  void *socket, *buffer;
  std::size_t size;
  long state[3];
  bool await_ready();
  void await_suspend(std::coroutine_handle<>);
  std::size_t await_resume();
};

struct message {
  char head[40];
  char body[1400];
  message();
  message(const message &);
  ~message();
};

struct message_operation : read_operation {
  message await_resume();
};

struct packet {
  char bytes[512];
};

class connection {
public:
  read_operation read(void *buffer, std::size_t size);
  read_operation write(const void *buffer, std::size_t size);
  read_operation send(message);
  read_operation send_packet(const packet &);
  message_operation receive();
};

read_operation idle();
message make_message();
packet make_packet();
void log(std::string);
void use(const void *);
void use(message);
int number();
std::vector<int> numbers();

#endif // MEASURED_H
