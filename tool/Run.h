// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a plan: one worker process for each translation unit, several at a
// time, each within its time. Whatever happens to one, the others go on.

#ifndef CODROP_TOOL_RUN_H
#define CODROP_TOOL_RUN_H

#include "tool/Finding.h"
#include "tool/Plan.h"
#include "tool/Statistics.h"

namespace codrop::tool {

/// A translation unit that could not be analysed, or not wholly.
struct Failure {
  std::string File;
  std::string Cause;
  std::vector<std::string> Detail;
  std::vector<ParseError> Errors;
  unsigned ErrorCount = 0;
};

struct Outcome {
  std::vector<Finding> Findings; ///< Raw, in the order of the plan.
  std::vector<Failure> Failures; ///< In the order of the plan.
  std::vector<SkippedFile> Skipped;
  Statistics Counts;
  unsigned Analysed = 0; ///< Units that were parsed, failures not counted.
  unsigned Suppressed = 0;
  bool Interrupted = false;
  /// The configuration was wrong in a way that only a check could see.
  std::vector<std::string> ConfigErrors;
  /// Why the run had to stop early; empty if it did not.
  std::string Broken;
  double Seconds = 0;
};

Outcome runPlan(const Settings &S, const Plan &P);

} // namespace codrop::tool

#endif // CODROP_TOOL_RUN_H
