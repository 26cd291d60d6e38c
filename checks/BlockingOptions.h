// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the rules about blocking work share: which functions block besides the
// known ones, and how deep calls are followed.

#ifndef CODROP_CHECKS_BLOCKINGOPTIONS_H
#define CODROP_CHECKS_BLOCKINGOPTIONS_H

#include "analysis/TUAnalysis.h"

namespace codrop {

class BlockingOptions {
public:
  BlockingOptions(std::vector<std::string> Functions, unsigned CallDepth)
      : Functions(std::move(Functions)), CallDepth(CallDepth) {}

  const std::vector<std::string> &functions() const { return Functions; }
  unsigned callDepth() const { return CallDepth; }

  /// The summaries that know the configured functions: the shared ones if there
  /// are none, so that a rule's option changes no other rule.
  Summaries &summaries(TUAnalysis &TU) {
    if (Functions.empty())
      return TU.summaries();
    if (!Own) {
      Own = std::make_unique<Summaries>(TU.knowledge(), TU.types());
      for (const std::string &Name : Functions)
        Own->addBlockingFunction(Name);
    }
    return *Own;
  }
  /// Forgets what belongs to the translation unit.
  void endOfUnit() { Own.reset(); }

private:
  std::vector<std::string> Functions;
  unsigned CallDepth;
  std::unique_ptr<Summaries> Own;
};

} // namespace codrop

#endif // CODROP_CHECKS_BLOCKINGOPTIONS_H
