// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-unregistered-awaiter: awaiter that hands itself out and has no
// destructor that takes it back. Finds it in the model of a function and says
// it; what the model holds is decided in analysis/.

#include "checks/UnregisteredAwaiterCheck.h"

using namespace clang;

namespace codrop {
namespace {

/// What one finding is about.
struct UnregisteredAwaiter {
  SourceLocation Where;
};

/// The facts, without words.
std::vector<UnregisteredAwaiter> findFacts(const FunctionAnalysis &F) {
  return {};
}

Finding inWords(const UnregisteredAwaiter &Fact) {
  Finding Result;
  Result.Loc = Fact.Where;
  Result.Text =
      "awaiter that hands itself out and has no destructor that takes it back";
  return Result;
}

} // namespace

std::vector<Finding> UnregisteredAwaiterCheck::find(const FunctionAnalysis &F,
                                                    TUAnalysis &TU) {
  std::vector<Finding> Result;
  for (const UnregisteredAwaiter &Fact : findFacts(F))
    Result.push_back(inWords(Fact));
  return Result;
}

} // namespace codrop
