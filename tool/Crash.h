// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads from how a worker ended, and from what it left on stderr, the cause
// that a user is told.

#ifndef CODROP_TOOL_CRASH_H
#define CODROP_TOOL_CRASH_H

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace codrop::tool {

struct CrashReport {
  std::string Cause;               ///< "crashed (Segmentation fault) in ..."
  std::vector<std::string> Detail; ///< The stack's first lines that are ours.
};

/// \p Status is waitpid()'s, of a worker that did not exit with 0.
CrashReport explainCrash(int Status, llvm::StringRef ErrorOutput);

} // namespace codrop::tool

#endif // CODROP_TOOL_CRASH_H
