// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// State that changes in one step: a copy is changed, awaits are done with it,
// and then it takes the place of the original without a suspension between.

#ifndef CODROP_STAGED_HPP
#define CODROP_STAGED_HPP

#include <concepts>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace codrop {

/// What staged<T>::commit() throws: somebody else has changed the original
/// since it was copied. Nothing has been written.
class stale_original : public std::runtime_error {
public:
  stale_original()
      : std::runtime_error(
            "the original has changed since it was copied to be changed") {}
};

/// A value that counts its changes, for staged<T>: cheaper than comparing, and
/// it tells a value that has changed and changed back.
///
/// Exceptions: those of T; the count goes up also where `f` of modify() throws.
/// Cancellation: none. Destruction: none. Threading: as an int.
template <class T>
class versioned {
public:
  using value_type = T;

  versioned() = default;
  explicit versioned(T value) : value_(std::move(value)) {}

  [[nodiscard]] const T &get() const noexcept { return value_; }
  [[nodiscard]] const T &operator*() const noexcept { return value_; }
  [[nodiscard]] const T *operator->() const noexcept {
    return std::addressof(value_);
  }
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

  void set(T value) {
    ++version_;
    value_ = std::move(value);
  }
  template <class F>
  decltype(auto) modify(F &&f) {
    ++version_;
    return std::invoke(std::forward<F>(f), value_);
  }

private:
  T value_{};
  std::uint64_t version_ = 0;
};

namespace detail {

template <class T>
void replace(T &place, T &&value) noexcept {
  if constexpr (std::is_nothrow_move_assignable_v<T>) {
    place = std::move(value);
  } else {
    using std::swap;
    swap(place, value);
  }
}

/// How the original is recognized.
template <class T>
struct original_mark {
  static_assert(std::equality_comparable<T> ||
                    std::has_unique_object_representations_v<T>,
                "codrop::staged cannot tell whether the original has changed: "
                "give T an operator==, or hold it in a codrop::versioned<T>");
  using value_type = T;
  explicit original_mark(const T &original) : copy(original) {}
  bool is_of(const T &original) const {
    if constexpr (std::equality_comparable<T>)
      return copy == original;
    else
      return std::memcmp(std::addressof(copy), std::addressof(original),
                         sizeof(T)) == 0;
  }
  static const T &value_of(const T &original) noexcept { return original; }
  static void assign(T &original, T &&value) noexcept {
    replace(original, std::move(value));
  }
  T copy;
};

template <class T>
struct original_mark<versioned<T>> {
  using value_type = T;
  explicit original_mark(const versioned<T> &original) noexcept
      : version(original.version()) {}
  bool is_of(const versioned<T> &original) const noexcept {
    return original.version() == version;
  }
  static const T &value_of(const versioned<T> &original) noexcept {
    return original.get();
  }
  static void assign(versioned<T> &original, T &&value) noexcept {
    original.modify(
        [&value](T &place) noexcept { replace(place, std::move(value)); });
  }
  std::uint64_t version;
};

} // namespace detail

/// A copy of `original` to be changed, and the way back:
///     auto next = codrop::staged(account_);
///     next->balance += amount;
///     co_await persist(*next);
///     next.commit();
/// Others see the old value until commit(), and then the new one. What others
/// have changed meanwhile is not overwritten without being told: the original
/// is recognized by its version where it is a codrop::versioned<T>, else by
/// comparing it with a second copy.
///
/// The original must outlive it, and stay where it is: an element of a
/// container that may grow or lose it meanwhile does not.
///
/// Exceptions: copying throws what T throws; commit() stale_original, and
/// nothing once it begins to write. Cancellation: none; where an await throws,
/// the copy is dropped. Destruction: drops the copy; never commits. Threading:
/// that of the original; the copy belongs to its coroutine.
template <class T>
class staged {
  using mark = detail::original_mark<T>;

public:
  using value_type = typename mark::value_type;
  static_assert(std::is_nothrow_move_assignable_v<value_type> ||
                    std::is_nothrow_swappable_v<value_type>,
                "a commit that may throw would be half a commit");

  explicit staged(T &original)
      : original_(std::addressof(original)), mark_(original),
        copy_(mark::value_of(original)) {}
  staged(const staged &) = delete;
  staged &operator=(const staged &) = delete;

  [[nodiscard]] value_type &operator*() noexcept { return copy_; }
  [[nodiscard]] value_type *operator->() noexcept {
    return std::addressof(copy_);
  }
  [[nodiscard]] const T &original() const noexcept { return *original_; }

  /// Nobody has changed the original since it was copied, this one included.
  [[nodiscard]] bool is_current() const {
    return !committed_ && mark_.is_of(*original_);
  }

  /// The copy takes the place of the original; throws stale_original if that
  /// has changed, and the second time.
  void commit() {
    if (!commit_if_unchanged())
      throw stale_original();
  }
  /// The same, but false instead of an exception. To begin anew: rebase().
  [[nodiscard]] bool commit_if_unchanged() {
    if (!is_current())
      return false;
    overwrite();
    return true;
  }
  /// The copy takes the place of the original, whatever has happened to it;
  /// does nothing a second time.
  void overwrite() noexcept {
    if (!std::exchange(committed_, true))
      mark::assign(*original_, std::move(copy_));
  }
  /// Copies the original again; what was changed in the copy is gone.
  void rebase() {
    mark fresh(*original_);
    copy_ = mark::value_of(*original_);
    mark_ = std::move(fresh);
    committed_ = false;
  }

private:
  T *original_;
  mark mark_;
  value_type copy_;
  bool committed_ = false;
};

template <class T>
staged(T &) -> staged<T>;

} // namespace codrop

#endif // CODROP_STAGED_HPP
