// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %check swallowed-cancellation %s -I%mock --no-notes
//
// Stopped signals that were turned into an empty result.
#include "exec/exec.hpp"
#include "unifex/unifex.hpp"

void use(int value);
bool stop_requested();

namespace on_stdexec {
using experimental::execution::task;
using stdexec::stopped_as_optional;

task<int> receive();

task<void> bad_starts_again() {
  for (;;) {
    auto value = co_await stopped_as_optional(receive());
    if (!value)
      // expected-warning@-1 {{loop takes an operation that was cancelled for one that failed, and starts it again}}
      continue;
    use(*value);
  }
}
task<void> bad_has_value() {
  while (true) {
    std::optional<int> value = co_await stopped_as_optional(receive());
    if (value.has_value())
      // expected-warning@-1 {{loop takes an operation that was cancelled for one that failed, and starts it again}}
      use(*value);
  }
}
task<void> ok_leaves() {
  for (;;) {
    auto value = co_await stopped_as_optional(receive());
    if (!value)
      co_return;
    use(*value);
  }
}
task<void> ok_asks() {
  for (;;) {
    auto value = co_await stopped_as_optional(receive());
    if (!value && stop_requested())
      co_return;
  }
}
/// An optional of its own says nothing of being stopped.
task<std::optional<int>> poll();
task<void> ok_polls() {
  for (;;) {
    auto value = co_await poll();
    if (!value)
      continue;
    use(*value);
  }
}
} // namespace on_stdexec

namespace on_unifex {
using unifex::done_as_optional;
using unifex::task;

task<int> receive();

task<void> bad_starts_again() {
  for (;;) {
    auto value = co_await done_as_optional(receive());
    if (!value)
      // expected-warning@-1 {{loop takes an operation that was cancelled for one that failed, and starts it again}}
      continue;
    use(*value);
  }
}
task<void> ok_leaves() {
  for (;;) {
    auto value = co_await done_as_optional(receive());
    if (!value)
      break;
    use(*value);
  }
}
} // namespace on_unifex
