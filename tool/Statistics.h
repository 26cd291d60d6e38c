// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Adds up what the checks say about their own work, one JSON line for each
// translation unit (the option StatisticsFile).

#ifndef CODROP_TOOL_STATISTICS_H
#define CODROP_TOOL_STATISTICS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include <cstdint>
#include <map>
#include <string>

namespace codrop::tool {

struct Statistics {
  /// Every number of the lines, by its key: "coroutines", "functions", ...
  std::map<std::string, double> Numbers;
  std::map<std::string, uint64_t> GaveUp; ///< By reason.

  void addLines(llvm::StringRef Text);
  uint64_t gaveUp() const;
  llvm::json::Value json() const;
};

} // namespace codrop::tool

#endif // CODROP_TOOL_STATISTICS_H
