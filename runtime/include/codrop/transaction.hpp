// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Transactions that are rolled back on every way out but an awaited commit.
//
// A transaction type `Tx` has
//     coroutine<> commit();
//     coroutine<> rollback();
//     void abandon() noexcept;   // what is left to do when nothing can be
//                                // awaited any more: close the connection
//     transaction_state state_after(std::exception_ptr commit_error);
// of which abandon() may be given as a function instead, and state_after() may
// be missing.

#ifndef CODROP_TRANSACTION_HPP
#define CODROP_TRANSACTION_HPP

#include <codrop/cancellation.hpp>
#include <codrop/coroutine.hpp>
#include <codrop/environment.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace codrop {

enum class transaction_state {
  committed,   ///< It lasts.
  rolled_back, ///< It has never been.
  unknown,     ///< The connection was lost while it was committed: look.
};

/// How a commit has ended.
struct commit_outcome {
  transaction_state state = transaction_state::unknown;
  /// What the commit has thrown. Null where it was not tried.
  std::exception_ptr error;
};

/// What with_transaction throws where nobody knows whether the commit was done:
/// to begin anew may do it twice.
class commit_unknown : public std::runtime_error {
public:
  explicit commit_unknown(std::exception_ptr cause)
      : std::runtime_error(
            "the commit was interrupted; it may have been done, or not"),
        cause_(std::move(cause)) {}
  /// What the commit has thrown.
  [[nodiscard]] std::exception_ptr cause() const noexcept { return cause_; }

private:
  std::exception_ptr cause_;
};

namespace detail {

struct call_abandon {
  template <class Tx>
  void operator()(Tx &&transaction) const noexcept {
    static_assert(
        requires { transaction.abandon(); },
        "a transaction needs a member abandon(), or a function that "
        "is called where its rollback cannot be awaited");
    transaction.abandon();
  }
};

/// Awaits `f()` so that no cancellation gets at it, and keeps what it throws.
template <class Coroutine, class F>
rebind_result_t<Coroutine, std::exception_ptr> await_shielded(F f) {
  using here_type = environment<rebind_result_t<Coroutine, std::exception_ptr>>;
  here_type here(co_await here_type::here());
  const bool threw = co_await here.throws_when_cancelled();
  co_await here.throw_when_cancelled(false);
  std::exception_ptr error;
  try {
    co_await here.shielded(std::ref(f));
  } catch (...) {
    error = std::current_exception();
  }
  co_await here.throw_when_cancelled(threw);
  co_return error;
}

} // namespace detail

/// Holds a transaction that has begun. It ends by an awaited commit() or
/// rollback(); dropped before, it is abandoned.
///
/// Exceptions: those of the transaction. Cancellation: commit() and rollback()
/// are shielded once they have begun. Destruction: while the transaction is
/// open, also in a commit that is under way, calls `on_abandon` with the
/// transaction, as an rvalue: by default its abandon(), or a function that
/// hands it to somebody who can await the rollback. Nothing else is done and
/// nothing is awaited. Threading: that of the transaction.
template <class Tx, class OnAbandon = detail::call_abandon>
class transaction_guard {
  using coroutine = decltype(std::declval<Tx &>().commit());

public:
  explicit transaction_guard(Tx transaction, OnAbandon on_abandon = {})
      : transaction_(std::move(transaction)),
        on_abandon_(std::move(on_abandon)) {}
  transaction_guard(const transaction_guard &) = delete;
  transaction_guard &operator=(const transaction_guard &) = delete;
  ~transaction_guard() { abandon(); }

  [[nodiscard]] Tx &operator*() noexcept { return transaction_; }
  [[nodiscard]] Tx *operator->() noexcept {
    return std::addressof(transaction_);
  }
  [[nodiscard]] bool is_open() const noexcept { return open_; }

  /// Throws what the commit throws; the transaction is open then.
  [[nodiscard]] coroutine commit() {
    auto end = [this]() -> coroutine {
      co_await transaction_.commit();
      open_ = false;
    };
    return finish(std::move(end));
  }
  /// Throws what the rollback throws; the transaction is open then.
  [[nodiscard]] coroutine rollback() {
    auto end = [this]() -> coroutine {
      co_await transaction_.rollback();
      open_ = false;
    };
    return finish(std::move(end));
  }
  /// Does at once what the destructor would do.
  void abandon() noexcept {
    if (std::exchange(open_, false))
      std::invoke(on_abandon_, std::move(transaction_));
  }

private:
  template <class F>
  static coroutine finish(F end) {
    const std::exception_ptr error =
        co_await detail::await_shielded<coroutine>(std::move(end));
    if (error)
      std::rethrow_exception(error);
  }

  Tx transaction_;
  OnAbandon on_abandon_;
  bool open_ = true;
};

/// Commits and tells how that went, instead of throwing. A token that is
/// requested before makes it a rollback; once the commit has begun it is
/// shielded, and its outcome is told whether or not somebody wants to cancel.
///
/// After a failed commit the transaction's state_after(error) says what it
/// means; without that the transaction is rolled back, and if that fails as
/// well, the state is unknown. A transaction that is not known to have ended is
/// abandoned.
///
/// Exceptions: none but those of an await that never began. Cancellation: see
/// above. Destruction: that of the guard, whose transaction is then abandoned,
/// committed or not. Threading: that of the transaction.
template <class Tx, class OnAbandon>
[[nodiscard]] rebind_result_t<decltype(std::declval<Tx &>().commit()),
                              commit_outcome>
try_commit_cancel(transaction_guard<Tx, OnAbandon> &guard,
                  cancellation_token token = {}) {
  using coroutine = decltype(std::declval<Tx &>().commit());
  using here_type = environment<rebind_result_t<coroutine, commit_outcome>>;
  here_type here(co_await here_type::here());
  const bool threw = co_await here.throws_when_cancelled();
  co_await here.throw_when_cancelled(false);
  commit_outcome result;
  const bool cancelled = token.is_requested();
  if (!cancelled) {
    try {
      co_await guard.commit();
      result.state = transaction_state::committed;
    } catch (...) {
      result.error = std::current_exception();
    }
  }
  if (guard.is_open()) {
    bool roll_back = true;
    if constexpr (requires { (*guard).state_after(result.error); }) {
      if (!cancelled) {
        result.state = (*guard).state_after(result.error);
        roll_back = false;
      }
    }
    if (roll_back) {
      try {
        co_await guard.rollback();
        result.state = transaction_state::rolled_back;
      } catch (...) {
        // The first error says more. What was never committed has not been.
        if (cancelled)
          result.state = transaction_state::rolled_back;
      }
    }
    guard.abandon();
  }
  co_await here.throw_when_cancelled(threw);
  co_return result;
}

/// `begin()` gives a transaction, `body(transaction)` works with it, and the
/// result of that is returned when the transaction has been committed. On every
/// other way out it is rolled back, which is awaited, and what was thrown goes
/// on.
///
/// Exceptions: those of begin and body; of the commit, when the transaction has
/// been rolled back; commit_unknown, when nobody knows. A rollback that fails
/// hides nothing: the transaction is abandoned instead. Cancellation: ends
/// begin and body; commit and rollback are shielded. A body that has returned
/// is committed. Destruction: the transaction is abandoned: `on_abandon` is
/// called with it, by default its abandon(). Threading: that of the
/// transaction.
template <class Begin, class Body, class OnAbandon = detail::call_abandon>
auto with_transaction(Begin begin, Body body, OnAbandon on_abandon = {})
    -> std::invoke_result_t<
        Body &, coroutine_result_t<std::invoke_result_t<Begin &>> &> {
  using transaction = coroutine_result_t<std::invoke_result_t<Begin &>>;
  using coroutine = std::invoke_result_t<Body &, transaction &>;
  using value = coroutine_result_t<coroutine>;
  using here_type = environment<coroutine>;
  here_type here(co_await here_type::here());

  transaction_guard<transaction, OnAbandon> guard(co_await begin(),
                                                  std::move(on_abandon));
  outcome<value> result;
  try {
    if constexpr (std::is_void_v<value>) {
      co_await body(*guard);
      result.set();
    } else {
      result.set(co_await body(*guard));
    }
  } catch (...) {
    result = outcome<value>(std::current_exception());
  }

  const bool threw = co_await here.throws_when_cancelled();
  co_await here.throw_when_cancelled(false);
  if (result.has_error()) {
    try {
      co_await guard.rollback();
    } catch (...) {
      // What the body has thrown goes on.
    }
    guard.abandon();
  } else {
    const commit_outcome commit = co_await try_commit_cancel(guard);
    if (commit.state == transaction_state::unknown)
      result =
          outcome<value>(std::make_exception_ptr(commit_unknown(commit.error)));
    else if (commit.state == transaction_state::rolled_back)
      result = outcome<value>(commit.error);
  }
  co_await here.throw_when_cancelled(threw);
  co_return std::move(result).get();
}

} // namespace codrop

#endif // CODROP_TRANSACTION_HPP
