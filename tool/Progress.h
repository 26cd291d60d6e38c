// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One line on a terminal that says how far a run is. Silent elsewhere.

#ifndef CODROP_TOOL_PROGRESS_H
#define CODROP_TOOL_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include <chrono>

namespace codrop::tool {

class Progress {
public:
  Progress(bool Wanted, unsigned Total);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// \p Done units have ended; \p File is one that is being analysed.
  void show(unsigned Done, llvm::StringRef File);

private:
  using Clock = std::chrono::steady_clock;

  bool IsOn;
  bool IsShown = false;
  unsigned Total;
  Clock::time_point Start = Clock::now();
};

} // namespace codrop::tool

#endif // CODROP_TOOL_PROGRESS_H
