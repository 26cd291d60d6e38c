// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check lock-across-suspension %s
//
// The shapes of bugs that were found and fixed in the field, as code of our
// own: wrong first, then as it was put right.
#include "own/task.h"
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <vector>

using own::task;

task<> pause(int milliseconds);
task<> resume_on(int thread);
void start_capture(void *window);
void post_message(void *window);

// The lock of a device comes out of an accessor and is still held during a
// pause that only the last lines need.
class device_resources {
public:
  std::unique_lock<std::recursive_mutex> acquire_lock() const;
};
class window_source : public std::enable_shared_from_this<window_source> {
public:
  own::detached bad_openkneeboard_initialize() {
    const auto device_lock = resources_.acquire_lock();
    // expected-warning@-1 {{'device_lock' of type 'std::unique_lock<std::recursive_mutex>' still holds its lock where the coroutine suspends}}
    // expected-note@-2 {{the lock is taken here}}
    start_capture(window_);
    const auto keep_alive = shared_from_this();
    co_await pause(100);
    // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
    // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
    post_message(window_);
  }
  own::detached ok_openkneeboard_initialize() {
    {
      const auto device_lock = resources_.acquire_lock();
      start_capture(window_);
    }
    const auto keep_alive = shared_from_this();
    co_await pause(100);
    post_message(window_);
  }

private:
  device_resources resources_;
  void *window_ = nullptr;
};

// The listener of each device that is gone is waited for under the lock of the
// device list.
struct listened_device {
  std::string name;
  task<> listener;
};
struct delayed_events {
  ~delayed_events();
};
std::vector<std::string> attached_devices();

class input_adapter {
public:
  own::detached bad_openkneeboard_update_devices() {
    delayed_events delay;
    std::unique_lock lock(mutex_);
    // expected-warning@-1 {{'lock' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
    // expected-note@-2 {{the lock is taken here}}
    if (shutting_down_)
      co_return;
    auto names = attached_devices();
    for (auto it = devices_.begin(); it != devices_.end();) {
      if (!names.empty() && it->second.name == names.front()) {
        ++it;
        continue;
      }
      co_await std::move(it->second).listener;
      // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
      // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
      it = devices_.erase(it);
    }
  }
  own::detached ok_openkneeboard_update_devices() {
    delayed_events delay;
    std::unique_lock lock(mutex_);
    if (shutting_down_)
      co_return;
    auto names = attached_devices();
    std::vector<task<>> stopping;
    for (auto it = devices_.begin(); it != devices_.end();) {
      if (!names.empty() && it->second.name == names.front()) {
        ++it;
        continue;
      }
      stopping.push_back(std::move(it->second.listener));
      it = devices_.erase(it);
    }
    lock.unlock();
    for (auto &&listener : stopping)
      co_await std::move(listener);
  }

private:
  std::mutex mutex_;
  std::map<int, listened_device> devices_;
  bool shutting_down_ = false;
};

// A mutex of threads keeps a second call out of the loop, which works until the
// coroutine goes on somewhere else.
struct api_event {};
class kneeboard {
public:
  own::detached bad_openkneeboard_on_api_event(api_event event) {
    events_.push(event);
    std::unique_lock lock(handler_, std::try_to_lock);
    // expected-warning@-1 {{'lock' of type 'std::unique_lock<std::mutex>' still holds its lock where the coroutine suspends}}
    // expected-note@-2 {{the lock is taken here}}
    if (!lock)
      co_return;
    while (!events_.empty()) {
      auto next = events_.front();
      events_.pop();
      co_await process(next);
      // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
      // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
    }
  }
  void ok_openkneeboard_on_api_event(api_event event) {
    ordered_.push(process(event));
  }
  task<> ok_openkneeboard_flush() {
    while (!ordered_.empty()) {
      auto next = std::move(ordered_.front());
      ordered_.pop();
      co_await std::move(next);
    }
  }

private:
  task<> process(api_event);
  std::queue<api_event> events_;
  std::queue<task<>> ordered_;
  std::mutex handler_;
};

// The lock is taken on a worker and given back on the caller's thread.
class media_source {
public:
  task<int> bad_ffmpeginteropx_add_subtitle(std::string uri) {
    co_await resume_on(1);
    std::lock_guard lock(mutex_);
    // expected-warning@-1 {{'lock' of type 'std::lock_guard<std::recursive_mutex>' still holds its lock where the coroutine suspends}}
    // expected-note@-2 {{the lock is taken here}}
    streams_.push_back(uri);
    if (streams_.empty())
      throw 1;
    co_await resume_on(0);
    // expected-note@-1 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
    // expected-note@-2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
    co_return static_cast<int>(streams_.size());
  }
  task<int> ok_ffmpeginteropx_add_subtitle(std::string uri) {
    co_await resume_on(1);
    int result = 0;
    {
      std::lock_guard lock(mutex_);
      streams_.push_back(uri);
      if (streams_.empty())
        throw 1;
      result = static_cast<int>(streams_.size());
    }
    co_await resume_on(0);
    co_return result;
  }

private:
  std::recursive_mutex mutex_;
  std::vector<std::string> streams_;
};

// A kernel with guards of its own, one of which holds off interrupts.
namespace kernel {
template <class Mutex> class unique_lock {
public:
  explicit unique_lock(Mutex &m) : mutex_(&m) { mutex_->lock(); }
  unique_lock(const unique_lock &) = delete;
  unique_lock &operator=(const unique_lock &) = delete;
  ~unique_lock() {
    if (held_)
      mutex_->unlock();
  }

private:
  Mutex *mutex_;
  bool held_ = true;
};
template <class Mutex> unique_lock<Mutex> guard(Mutex *m) {
  return unique_lock<Mutex>(*m);
}
struct irq_mutex {
  void lock();
  void unlock();
};
struct ticket_spinlock {
  void lock();
  void unlock();
};
irq_mutex &irqs();
ticket_spinlock files_mutex;
struct memory {};
struct directory {
  bool has(const std::string &name);
  void link(const std::string &name, std::shared_ptr<memory> m);
} root;
task<> copy_to(memory *m, const void *from, std::size_t size);

task<bool> bad_managarm_create_file(std::string name, const void *data, std::size_t size) {
  auto irq_lock = guard(&irqs());
  // expected-warning@-1 {{'irq_lock' of type 'kernel::unique_lock<kernel::irq_mutex>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  auto lock = guard(&files_mutex);
  // expected-warning@-1 {{'lock' of type 'kernel::unique_lock<kernel::ticket_spinlock>' still holds its lock where the coroutine suspends}}
  // expected-note@-2 {{the lock is taken here}}
  if (root.has(name))
    co_return false;
  auto copy = std::make_shared<memory>();
  co_await copy_to(copy.get(), data, size);
  // expected-note@-1 2 {{the coroutine suspends here with the lock held; others wait for it, and another thread may resume}}
  // expected-note@-2 2 {{release the lock before suspending, or guard with a mutex made for coroutines such as codrop::async_mutex}}
  root.link(name, copy);
  co_return true;
}
task<bool> ok_managarm_create_file(std::string name, const void *data, std::size_t size) {
  auto copy = std::make_shared<memory>();
  co_await copy_to(copy.get(), data, size);
  auto irq_lock = guard(&irqs());
  auto lock = guard(&files_mutex);
  if (root.has(name))
    co_return false;
  root.link(name, copy);
  co_return true;
}
} // namespace kernel
