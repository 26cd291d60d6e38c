// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decides which translation units are analysed, with which command and check
// options, and says of every other file why it is not.

#ifndef CODROP_TOOL_PLAN_H
#define CODROP_TOOL_PLAN_H

#include "tool/Discover.h"
#include "tool/Settings.h"
#include "tool/Worker.h"

namespace codrop::tool {

struct Unit {
  std::string File; ///< Absolute, links followed.
  Request Ask;
  std::vector<std::string> DroppedFlags;
  std::string Heuristic; ///< "inferred from x.cpp" if the command was guessed.
};

struct SkippedFile {
  std::string File;
  std::string Why;
  /// Left out because it cannot contain a coroutine, not because it was
  /// excluded or belongs to somebody else.
  bool CannotContainCoroutines = false;
};

struct Plan {
  std::vector<Unit> Units; ///< By file name.
  std::vector<SkippedFile> Skipped;
};

llvm::Expected<Plan> makePlan(const Settings &S, const Database &D,
                              llvm::ArrayRef<const Rule *> Rules);

} // namespace codrop::tool

#endif // CODROP_TOOL_PLAN_H
