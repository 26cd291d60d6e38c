// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where things are told that nobody can be thrown at: a resource that is
// destroyed without its close, an error that comes after another one.

#ifndef CODROP_REPORT_HPP
#define CODROP_REPORT_HPP

#include <atomic>
#include <cstdio>
#include <exception>
#include <source_location>
#include <string_view>

namespace codrop {

/// Something went wrong where no exception can tell of it.
struct report {
  enum reason {
    not_closed,   ///< Destroyed without its close.
    not_drained,  ///< A cleanup scope was destroyed with work left in it.
    close_failed, ///< A close threw after the body had thrown.
  };
  reason why;
  /// The type it is about.
  std::string_view type;
  /// Where that was made.
  std::source_location where;
  /// What was thrown, or null.
  std::exception_ptr error;

  /// "destroyed without close"
  [[nodiscard]] std::string_view text() const noexcept {
    switch (why) {
    case not_closed:
      return "destroyed without close";
    case not_drained:
      return "destroyed before its work was drained";
    case close_failed:
      break;
    }
    return "close failed after another error";
  }
};

/// Must not throw.
using report_handler = void (*)(const report &) noexcept;

namespace detail {

/// The name of T as the compiler writes it; RTTI is not needed.
template <class T>
constexpr std::string_view type_name() noexcept {
#if defined(__GNUC__)
  std::string_view name = __PRETTY_FUNCTION__;
  const auto from = name.find("T = ");
  if (from == std::string_view::npos)
    return name;
  name.remove_prefix(from + 4);
  return name.substr(0, name.find_first_of(";]"));
#elif defined(_MSC_VER)
  return __FUNCSIG__;
#else
  return "object";
#endif
}

inline void write_report(const report &told) noexcept {
  const char *message = "";
  try {
    if (told.error)
      std::rethrow_exception(told.error);
  } catch (const std::exception &e) {
    // The exception lives as long as the report.
    message = e.what();
  } catch (...) {
    message = "unknown exception";
  }
  std::fprintf(stderr, "%s:%u: %.*s: %.*s%s%s\n", told.where.file_name(),
               static_cast<unsigned>(told.where.line()),
               static_cast<int>(told.type.size()), told.type.data(),
               static_cast<int>(told.text().size()), told.text().data(),
               *message != '\0' ? ": " : "", message);
}

inline std::atomic<report_handler> current_report_handler{write_report};

inline void tell(const report &told) noexcept {
  current_report_handler.load(std::memory_order_acquire)(told);
}

} // namespace detail

/// Reports go to `handler` from now on; null sets the one that there is at
/// first, which writes a line to stderr. Returns the one before.
///
/// Exceptions: none. Threading: may be called from any thread; `handler` is
/// called in the thread where it happens, maybe in several at a time.
inline report_handler set_report_handler(report_handler handler) noexcept {
  return detail::current_report_handler.exchange(
      handler != nullptr ? handler : detail::write_report,
      std::memory_order_acq_rel);
}

} // namespace codrop

#endif // CODROP_REPORT_HPP
