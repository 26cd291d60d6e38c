// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A request to stop, and those who listen to it: sources with parents, tokens,
// callbacks, and an await that lasts until the request comes. The algorithm of
// removing a callback that may be running is that of P0660
// (std::stop_callback).

#ifndef CODROP_CANCELLATION_HPP
#define CODROP_CANCELLATION_HPP

#include <codrop/annotations.hpp>

#include <atomic>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <version>
#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

namespace codrop {

/// What is thrown where an operation ends because it was cancelled.
class CODROP_CANCELLATION_EXCEPTION operation_cancelled
    : public std::exception {
public:
  const char *what() const noexcept override { return "operation cancelled"; }
};

namespace detail {

struct cancellation_callback_base {
  void (*invoke)(cancellation_callback_base *) noexcept = nullptr;
  cancellation_callback_base *previous = nullptr;
  cancellation_callback_base *next = nullptr;
  /// Set while it runs: where to tell the runner that it is gone.
  bool *destroyed = nullptr;
  bool linked = false;
  std::atomic<bool> finished{false};
};

class cancellation_state {
public:
  bool is_requested() const noexcept {
    return requested_.load(std::memory_order_acquire);
  }

  bool request() noexcept {
    std::unique_lock lock(mutex_);
    if (requested_.load(std::memory_order_relaxed))
      return false;
    requested_.store(true, std::memory_order_release);
    requester_ = std::this_thread::get_id();
    while (cancellation_callback_base *callback = first_) {
      unlink(callback);
      bool destroyed = false;
      callback->destroyed = &destroyed;
      lock.unlock();
      callback->invoke(callback);
      if (!destroyed) {
        callback->destroyed = nullptr;
        callback->finished.store(true, std::memory_order_release);
        callback->finished.notify_all();
      }
      lock.lock();
    }
    return true;
  }

  /// False: the request has been made, and `callback` is the caller's to
  /// invoke.
  bool add(cancellation_callback_base *callback) noexcept {
    std::lock_guard lock(mutex_);
    if (requested_.load(std::memory_order_relaxed))
      return false;
    // The first that listens is the first to be told: a task hears of it
    // before what it waits for.
    callback->previous = last_;
    (last_ != nullptr ? last_->next : first_) = callback;
    last_ = callback;
    callback->linked = true;
    return true;
  }

  void remove(cancellation_callback_base *callback) noexcept {
    std::thread::id requester;
    {
      std::lock_guard lock(mutex_);
      if (callback->linked) {
        unlink(callback);
        return;
      }
      requester = requester_;
    }
    if (requester == std::this_thread::get_id()) {
      if (callback->destroyed != nullptr)
        *callback->destroyed = true;
    } else {
      callback->finished.wait(false, std::memory_order_acquire);
    }
  }

private:
  void unlink(cancellation_callback_base *callback) noexcept {
    (callback->next != nullptr ? callback->next->previous : last_) =
        callback->previous;
    (callback->previous != nullptr ? callback->previous->next : first_) =
        callback->next;
    callback->previous = callback->next = nullptr;
    callback->linked = false;
  }

  std::atomic<bool> requested_{false};
  std::mutex mutex_;
  std::thread::id requester_;
  cancellation_callback_base *first_ = nullptr;
  cancellation_callback_base *last_ = nullptr;
};

} // namespace detail

template <class F>
class cancellation_callback;
class cancelled_awaiter;

/// Tells whether somebody wants the work to end. A default-made token never
/// does.
///
/// Cancellation: asking is one atomic load. Destruction: none. Threading: may
/// be copied and asked from any thread.
class CODROP_CANCELLATION_TOKEN cancellation_token {
public:
  cancellation_token() noexcept = default;

  [[nodiscard]] bool is_requested() const noexcept {
    return state_ && state_->is_requested();
  }
  /// False if nobody can ever request it through this token.
  [[nodiscard]] bool can_be_requested() const noexcept {
    return state_ != nullptr;
  }
  /// Throws operation_cancelled if the request has been made.
  void throw_if_requested() const {
    if (is_requested())
      throw operation_cancelled();
  }
  /// Awaiting it lasts until the request is made, and resumes the coroutine in
  /// the thread that makes it. Never done for a default-made token.
  [[nodiscard]] cancelled_awaiter cancelled() const noexcept;

  friend bool operator==(const cancellation_token &,
                         const cancellation_token &) noexcept = default;

private:
  template <class F>
  friend class cancellation_callback;
  friend class cancellation_source;
  explicit cancellation_token(
      std::shared_ptr<detail::cancellation_state> state) noexcept
      : state_(std::move(state)) {}

  std::shared_ptr<detail::cancellation_state> state_;
};

/// Calls `f` once when the request is made, in the thread that makes it, or in
/// its constructor if that has happened before. `f` must not throw.
///
/// Destruction: afterwards `f` is not running and will not be called; the
/// destructor waits for one that runs in another thread.
template <class F>
class cancellation_callback : detail::cancellation_callback_base {
public:
  template <class G>
  explicit cancellation_callback(const cancellation_token &token, G &&f)
      : state_(token.state_), f_(std::forward<G>(f)) {
    this->invoke = [](detail::cancellation_callback_base *base) noexcept {
      std::invoke(std::move(static_cast<cancellation_callback *>(base)->f_));
    };
    if (state_ && !state_->add(this)) {
      state_.reset();
      std::invoke(std::move(f_));
    }
  }
  cancellation_callback(const cancellation_callback &) = delete;
  cancellation_callback &operator=(const cancellation_callback &) = delete;
  // It waits as std::stop_callback does: for `f`, which must be short.
  CODROP_NON_BLOCKING ~cancellation_callback() {
    if (state_)
      state_->remove(this);
  }

private:
  std::shared_ptr<detail::cancellation_state> state_;
  F f_;
};

template <class F>
cancellation_callback(const cancellation_token &, F)
    -> cancellation_callback<F>;

/// Makes the request. A source with a parent gets the parent's request, too,
/// and can be requested alone.
///
/// Destruction: the tokens stay valid; a request that was not made is never
/// made. Threading: all members may be called from any thread.
class CODROP_CANCELLATION_TOKEN cancellation_source {
public:
  cancellation_source()
      : state_(std::make_shared<detail::cancellation_state>()) {}
  /// A child of whoever holds the source of `parent`.
  explicit cancellation_source(const cancellation_token &parent)
      : cancellation_source() {
    if (parent.can_be_requested())
      parent_ = std::make_shared<link>(parent, relay{state_});
  }

  /// Runs the callbacks and resumes what awaits cancelled(), in this thread and
  /// before it returns. False if the request had been made before.
  bool request() const noexcept {
    // A callback may destroy this source.
    const std::shared_ptr<detail::cancellation_state> kept = state_;
    return kept->request();
  }
  [[nodiscard]] bool is_requested() const noexcept {
    return state_->is_requested();
  }
  [[nodiscard]] cancellation_token token() const noexcept {
    return cancellation_token(state_);
  }

private:
  struct relay {
    std::weak_ptr<detail::cancellation_state> child;
    void operator()() const noexcept {
      if (const auto state = child.lock())
        state->request();
    }
  };
  using link = cancellation_callback<relay>;

  std::shared_ptr<detail::cancellation_state> state_;
  std::shared_ptr<link> parent_;
};

/// What cancellation_token::cancelled() gives.
class cancelled_awaiter {
public:
  explicit cancelled_awaiter(cancellation_token token) noexcept
      : token_(std::move(token)) {}
  cancelled_awaiter(const cancelled_awaiter &other) noexcept
      : token_(other.token_) {}
  cancelled_awaiter &operator=(const cancelled_awaiter &) = delete;

  [[nodiscard]] bool await_ready() const noexcept {
    return token_.is_requested();
  }
  bool await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    callback_.emplace(token_, wake{this});
    return phase_.exchange(suspended, std::memory_order_acq_rel) != requested;
  }
  void await_resume() const noexcept {}

private:
  enum phase { starting, suspended, requested };
  struct wake {
    cancelled_awaiter *self;
    void operator()() const noexcept {
      if (self->phase_.exchange(requested, std::memory_order_acq_rel) ==
          suspended)
        self->handle_.resume();
    }
  };

  cancellation_token token_;
  std::coroutine_handle<> handle_;
  std::atomic<phase> phase_{starting};
  std::optional<cancellation_callback<wake>> callback_;
};

inline cancelled_awaiter cancellation_token::cancelled() const noexcept {
  return cancelled_awaiter(*this);
}

/// How a foreign token is listened to. A library that has its own specializes
/// it with
///     template <class F> using callback = …; // made of a token and an F
/// whose objects call the F once when the request is made, and not after their
/// destruction.
template <class Token>
struct token_traits;

/// A source that follows a foreign token: `linked_source link(stop_token);
/// work(link.token());`
template <class Token>
class CODROP_CANCELLATION_TOKEN linked_source {
public:
  explicit linked_source(Token token)
      : callback_(std::move(token), forward{source_}) {}
  [[nodiscard]] cancellation_token token() const noexcept {
    return source_.token();
  }

private:
  struct forward {
    cancellation_source source;
    void operator()() const noexcept { source.request(); }
  };
  cancellation_source source_;
  typename token_traits<Token>::template callback<forward> callback_;
};

#if defined(__cpp_lib_jthread)
template <>
struct token_traits<std::stop_token> {
  template <class F>
  using callback = std::stop_callback<F>;
};

/// The other way: a std::stop_token that is requested when `token` is.
class CODROP_CANCELLATION_TOKEN linked_stop_source {
public:
  explicit linked_stop_source(const cancellation_token &token)
      : callback_(token, forward{source_}) {}
  [[nodiscard]] std::stop_token token() const noexcept {
    return source_.get_token();
  }

private:
  struct forward {
    std::stop_source source;
    void operator()() noexcept { source.request_stop(); }
  };
  std::stop_source source_;
  cancellation_callback<forward> callback_;
};
#endif

} // namespace codrop

#endif // CODROP_CANCELLATION_HPP
