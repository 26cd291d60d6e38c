// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A buffered writer loses its last block when an exception, a cancellation or
// a destroyed frame takes the coroutine past the flush at its end. The guard
// flushes on those ways, too, without an await, as none is possible there.

#ifndef CODROP_FLUSH_GUARD_HPP
#define CODROP_FLUSH_GUARD_HPP

#include <codrop/coroutine.hpp>
#include <codrop/environment.hpp>

#include <coroutine>
#include <exception>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace codrop {

/// What is reported or thrown where a flush tells by its result that it failed:
/// by `false`, or by a stream that is in a failed state.
class flush_failed : public std::runtime_error {
public:
  flush_failed() : std::runtime_error("flush failed") {}
};

namespace detail {

// A type that only some coroutines can await, or any can.
template <class A>
concept can_be_awaited = awaitable<A> || requires {
  typename std::coroutine_traits<A>::promise_type;
};

template <class W>
concept has_flush_now = requires(W &writer) { writer.flush_now(); };
template <class W>
concept has_async_flush = requires(W &writer) { writer.async_flush(); };
template <class W>
concept has_awaited_flush =
    requires(W &writer) { requires can_be_awaited<decltype(writer.flush())>; };
template <class W>
concept has_plain_flush =
    requires(W &writer) { writer.flush(); } && !has_awaited_flush<W>;

} // namespace detail

/// How a writer is flushed. Specialize it for writers that have neither
/// `flush_now()` nor a `flush()` without an await; `flush` throws if it fails,
/// and `async_flush` gives a coroutine.
template <class Writer>
struct flusher {
  static void flush(Writer &writer)
    requires detail::has_flush_now<Writer> || detail::has_plain_flush<Writer>
  {
    const auto call = [&]() -> decltype(auto) {
      if constexpr (detail::has_flush_now<Writer>)
        return writer.flush_now();
      else
        return writer.flush();
    };
    using result = decltype(call());
    if constexpr (std::is_constructible_v<bool, result> &&
                  (std::is_class_v<std::remove_cvref_t<result>> ||
                   std::is_same_v<std::remove_cvref_t<result>, bool>)) {
      if (!static_cast<bool>(call()))
        throw flush_failed();
    } else {
      static_cast<void>(call());
    }
  }
  static auto async_flush(Writer &writer)
    requires detail::has_async_flush<Writer> ||
             detail::has_awaited_flush<Writer>
  {
    if constexpr (detail::has_async_flush<Writer>)
      return writer.async_flush();
    else
      return writer.flush();
  }
};

namespace detail {

template <class W>
concept flushes_at_once = requires(W &writer) { flusher<W>::flush(writer); };
template <class W>
concept flushes_awaited =
    requires(W &writer) { flusher<W>::async_flush(writer); };

} // namespace detail

/// Flushes `writer` on every way out, also where an exception or the
/// destruction of a suspended coroutine leaves the scope. What is written
/// before is handed on by then, unless `on_error(std::exception_ptr)` has been
/// called.
///     codrop::flush_guard flushed(log, [](std::exception_ptr e) { … });
///     co_await write_rows(log);
///     co_await flushed.finish();
///
/// The flush of the destructor is synchronous: `writer.flush_now()`, or
/// `writer.flush()` if that is not awaited, or what flusher<Writer> says. It
/// may block as long as that does; with `finish()` nothing is left for it. The
/// writer must outlive the guard.
///
/// Exceptions: the destructor throws none, but gives them to `on_error`, which
/// must not throw; `finish()` and `finish_now()` throw what the flush throws,
/// and the destructor tries once more then. Cancellation: may interrupt
/// `finish()`; the destructor flushes what is left. Destruction: flushes,
/// unless `finish()` has been awaited to its end or `disarm()` called.
/// Threading: as the writer.
template <class Writer, class OnError>
class [[nodiscard]] flush_guard {
  static_assert(detail::flushes_at_once<Writer>,
                "no flush without an await: specialize codrop::flusher");
  static_assert(std::is_invocable_v<OnError &, std::exception_ptr>,
                "on_error takes a std::exception_ptr");

public:
  [[nodiscard]] flush_guard(Writer &writer, OnError on_error)
      : writer_(std::addressof(writer)), on_error_(std::move(on_error)) {}
  flush_guard(flush_guard &&other) noexcept(
      std::is_nothrow_move_constructible_v<OnError>)
      : writer_(other.writer_), on_error_(std::move(other.on_error_)) {
    other.writer_ = nullptr;
  }
  flush_guard &operator=(flush_guard &&) = delete;
  ~flush_guard() {
    if (writer_ == nullptr)
      return;
    try {
      flusher<Writer>::flush(*writer_);
    } catch (...) {
      on_error_(std::current_exception());
    }
  }

  /// Awaits the flush of the writer, `async_flush()` or an awaited `flush()`;
  /// then the guard has nothing more to do. Do not move the guard meanwhile.
  /// What was written during the await is the guard's to flush no more.
  template <class W = Writer>
    requires detail::flushes_awaited<W>
  [[nodiscard]] auto finish() {
    using coroutine = decltype(flusher<W>::async_flush(*writer_));
    return finish_as<coroutine>(*this);
  }
  /// The same without an await.
  void finish_now() {
    if (writer_ == nullptr)
      return;
    flusher<Writer>::flush(*writer_);
    writer_ = nullptr;
  }
  /// Nothing is flushed by the guard any more.
  void disarm() noexcept { writer_ = nullptr; }

private:
  template <class Coroutine>
  static rebind_result_t<Coroutine, void> finish_as(flush_guard &self) {
    if (self.writer_ == nullptr)
      co_return;
    static_cast<void>(co_await flusher<Writer>::async_flush(*self.writer_));
    self.writer_ = nullptr;
  }

  Writer *writer_;
  OnError on_error_;
};

} // namespace codrop

#endif // CODROP_FLUSH_GUARD_HPP
