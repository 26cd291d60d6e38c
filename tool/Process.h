// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What happens to findings between the workers and the printers: an ordered
// list of small steps, each with one method.

#ifndef CODROP_TOOL_PROCESS_H
#define CODROP_TOOL_PROCESS_H

#include "tool/Finding.h"
#include "tool/Settings.h"
#include <memory>

namespace codrop::tool {

class Processor {
public:
  virtual ~Processor() = default;
  virtual void process(std::vector<Finding> &Findings) = 0;
};

/// Fills in the rule's group and severity.
std::unique_ptr<Processor> makeGrader();
/// Keeps what lies in the project, or in headers that the user asks for.
std::unique_ptr<Processor> makeScope(const Settings &S);
/// Makes one of what several translation units report of a header.
std::unique_ptr<Processor> makeDeduplicator();
/// By file, line, column and rule.
std::unique_ptr<Processor> makeSorter();
/// Names each finding by rule, file, text of its line, and ordinal: stable
/// when lines move.
std::unique_ptr<Processor> makeFingerprinter(const Settings &S);

/// All of them, in their order.
void processFindings(const Settings &S, std::vector<Finding> &Findings);

/// True if \p F is one that --fail-on asks about.
bool isFailure(const Settings &S, const Finding &F);

} // namespace codrop::tool

#endif // CODROP_TOOL_PROCESS_H
