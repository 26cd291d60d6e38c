// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Blocking calls of Asio's coroutines, run on another executor such as that of
// an asio::thread_pool.

#ifndef CODROP_ASIO_OFFLOAD_HPP
#define CODROP_ASIO_OFFLOAD_HPP

#include <codrop/asio.hpp>

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace codrop {

namespace detail {

/// Who waits for a function that runs in another thread, or nobody any more.
/// The waiting one is destroyed with its execution context, which may be while
/// the function runs.
template <class T>
struct offload_link {
  std::mutex mutex;
  outcome<T> result;
  /// Posts the completion. Null when nobody waits.
  void (*complete)(void *) = nullptr;
  void *waiting = nullptr;
};

/// Runs the function and completes. One that is destroyed without having run,
/// with its executor, completes as cancelled.
template <class T, class F>
class offload_job {
public:
  offload_job(std::shared_ptr<offload_link<T>> link, F f)
      : link_(std::move(link)), f_(std::move(f)) {}
  offload_job(offload_job &&other) noexcept
      : link_(std::exchange(other.link_, nullptr)), f_(std::move(other.f_)) {}
  offload_job &operator=(offload_job &&) = delete;
  ~offload_job() {
    if (link_)
      complete(outcome<T>(std::make_exception_ptr(operation_cancelled())));
  }

  void operator()() {
    outcome<T> result;
    try {
      // What `f` holds is given back before the result is there.
      F last = std::move(f_);
      if constexpr (std::is_void_v<T>) {
        last();
        result.set();
      } else {
        result.set(last());
      }
    } catch (...) {
      result.fail(std::current_exception());
    }
    complete(std::move(result));
  }

private:
  void complete(outcome<T> result) {
    const std::shared_ptr<offload_link<T>> link = std::exchange(link_, nullptr);
    const std::lock_guard lock(link->mutex);
    if (link->waiting == nullptr)
      return;
    link->result = std::move(result);
    link->complete(link->waiting);
  }

  std::shared_ptr<offload_link<T>> link_;
  F f_;
};

template <class T, class Handler, class Executor>
class pending_offload final : public pending_base {
public:
  pending_offload(Handler handler, const Executor &executor)
      : handler_(std::move(handler)),
        work_(net::prefer(executor, net::execution::outstanding_work.tracked)),
        service_(net::use_service<pending_service<>>(
            net::query(executor, net::execution::context))),
        link_(std::make_shared<offload_link<T>>()) {
    link_->waiting = this;
    link_->complete = [](void *self) {
      auto *waiting = static_cast<pending_offload *>(self);
      // Only the context's own thread touches `waiting` from here on: if the
      // context is destroyed first, it takes both along.
      net::post(waiting->work_, [waiting] { waiting->finish(); });
    };
  }
  pending_offload(const pending_offload &) = delete;
  pending_offload &operator=(const pending_offload &) = delete;
  ~pending_offload() override {
    const std::lock_guard lock(link_->mutex);
    link_->waiting = nullptr;
  }

  template <class Where, class F>
  void begin(const Where &where, F f) {
    service_.add(this);
    net::post(where, offload_job<T, F>(link_, std::move(f)));
  }

private:
  void finish() {
    const std::unique_ptr<pending_offload> owner(this);
    service_.remove(this);
    Handler handler = std::move(handler_);
    outcome<T> result;
    {
      // The other thread may still hold it.
      const std::lock_guard lock(link_->mutex);
      result = std::move(link_->result);
    }
    const auto work = std::move(work_);
    std::move(handler)(nullptr, std::move(result));
  }

  Handler handler_;
  std::decay_t<decltype(net::prefer(std::declval<const Executor &>(),
                                    net::execution::outstanding_work.tracked))>
      work_;
  pending_service<> &service_;
  std::shared_ptr<offload_link<T>> link_;
};

template <class T, class Where, class F>
net::awaitable<T> offload_in_asio(Where where, F f) {
  outcome<T> result =
      co_await net::async_initiate<decltype(net::use_awaitable),
                                   void(std::exception_ptr, outcome<T>)>(
          [](auto handler, Where w, F g) {
            auto executor = net::get_associated_executor(handler);
            auto *pending =
                new pending_offload<T, decltype(handler), decltype(executor)>(
                    std::move(handler), executor);
            pending->begin(w, std::move(g));
          },
          net::use_awaitable, std::move(where), std::move(f));
  co_return std::move(result).get();
}

} // namespace detail

/// Runs functions on `Executor`: `co_await offload(f)` suspends the coroutine,
/// which goes on on its own executor when `f` has run.
///
/// Exceptions: those of the function; operation_cancelled if the executor ends
/// without having run it. Cancellation: a coroutine that has been cancelled
/// before does not begin the function; one that is cancelled later
/// waits for it, and has its result. Destruction: the function goes on without
/// the coroutine, also when its execution context is destroyed; what it uses it
/// must own. Threading: may be copied, and used from any thread.
template <class Executor>
class asio_offload {
public:
  explicit asio_offload(Executor executor) noexcept
      : executor_(std::move(executor)) {}

  template <class F>
  auto operator()(F f) const {
    return detail::offload_in_asio<std::invoke_result_t<F &>>(executor_,
                                                              std::move(f));
  }

private:
  Executor executor_;
};

} // namespace codrop

#endif // CODROP_ASIO_OFFLOAD_HPP
