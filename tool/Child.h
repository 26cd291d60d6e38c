// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Child processes and the signals that concern them: POSIX, and nothing else.

#ifndef CODROP_TOOL_CHILD_H
#define CODROP_TOOL_CHILD_H

#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace codrop::tool {

/// Starts \p Args[0] in a process group of its own, with nothing on stdin and
/// stdout and with stderr in \p ErrorFile. On failure -1, and \p Problem says
/// why.
pid_t startChild(const std::vector<std::string> &Args,
                 const std::string &ErrorFile, std::string &Problem);

/// Kills the child's whole group.
void killChild(pid_t Pid);

/// A child that has ended, with waitpid()'s status.
struct EndedChild {
  pid_t Pid;
  int Status;
};

/// While one lives, Ctrl-C and a request to end are noted instead of obeyed.
class SignalWatch {
public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch &) = delete;
  SignalWatch &operator=(const SignalWatch &) = delete;

  bool isInterrupted() const;
  /// Waits at most \p Milliseconds for a child to end or for a signal.
  std::optional<EndedChild> wait(int Milliseconds);
};

} // namespace codrop::tool

#endif // CODROP_TOOL_CHILD_H
