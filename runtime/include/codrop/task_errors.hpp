// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is thrown where several tasks that ran beside each other have failed.

#ifndef CODROP_TASK_ERRORS_HPP
#define CODROP_TASK_ERRORS_HPP

#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace codrop {

/// More than one task has failed. Its errors are in the order in which the
/// tasks ended; cancellations are not among them.
///
/// Exceptions: copying throws nothing. Cancellation, destruction: none.
/// Threading: that of a value.
class task_errors : public std::exception {
public:
  explicit task_errors(std::vector<std::exception_ptr> errors)
      : errors_(std::make_shared<const std::vector<std::exception_ptr>>(
            std::move(errors))) {}
  [[nodiscard]] const std::vector<std::exception_ptr> &errors() const noexcept {
    return *errors_;
  }
  const char *what() const noexcept override { return "several tasks failed"; }

private:
  std::shared_ptr<const std::vector<std::exception_ptr>> errors_;
};

namespace detail {

/// One error is thrown as it is.
[[noreturn]] inline void throw_errors(std::vector<std::exception_ptr> errors) {
  if (errors.size() == 1)
    std::rethrow_exception(std::move(errors.front()));
  throw task_errors(std::move(errors));
}

} // namespace detail

} // namespace codrop

#endif // CODROP_TASK_ERRORS_HPP
