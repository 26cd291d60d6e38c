// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-unchecked-wakeup: awaited notification after which what it stands for
// is not looked at again. Finds it in the model of a function and says it; what
// the model holds is decided in analysis/.

#include "checks/UncheckedWakeupCheck.h"

using namespace clang;

namespace codrop {
namespace {

/// What one finding is about.
struct UncheckedWakeup {
  SourceLocation Where;
};

/// The facts, without words.
std::vector<UncheckedWakeup> findFacts(const FunctionAnalysis &F) { return {}; }

Finding inWords(const UncheckedWakeup &Fact) {
  Finding Result;
  Result.Loc = Fact.Where;
  Result.Text = "awaited notification after which what it stands for is not "
                "looked at again";
  return Result;
}

} // namespace

std::vector<Finding> UncheckedWakeupCheck::find(const FunctionAnalysis &F,
                                                TUAnalysis &TU) {
  std::vector<Finding> Result;
  for (const UncheckedWakeup &Fact : findFacts(F))
    Result.push_back(inWords(Fact));
  return Result;
}

} // namespace codrop
