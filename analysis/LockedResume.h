// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a function runs what others wrote while it holds a lock: it resumes a
// coroutine, or calls what resumes those that wait or runs callbacks, itself or
// through visible functions. Locks are thread-bound guards, followed by
// GuardFlow, and lock() and unlock() by hand. What is only scheduled is not
// run.

#ifndef CODROP_ANALYSIS_LOCKEDRESUME_H
#define CODROP_ANALYSIS_LOCKEDRESUME_H

#include "analysis/TUAnalysis.h"
#include <map>

namespace codrop {

/// How a call comes to run what others wrote.
struct ResumeChain {
  /// From the call asked about to the last one.
  std::vector<const clang::CallExpr *> Calls;
  const ResumerFact *Fact = nullptr;

  const clang::FunctionDecl *last() const {
    return Calls.back()->getDirectCallee();
  }
};

struct LockedResume {
  /// The guard's variable; null for a temporary and for a lock by hand.
  const clang::VarDecl *Guard = nullptr;
  /// For a lock by hand: what is locked.
  std::string Locked;
  clang::SourceLocation Taken;
  ResumeChain Chain;
  /// Other calls of the kind under the same lock.
  std::vector<clang::SourceLocation> Others;
  bool OnNormalPath = true;
};

/// Finds and remembers how functions resume.
class ResumeChains {
public:
  explicit ResumeChains(TUAnalysis &TU) : TU(TU) {}

  std::optional<ResumeChain> of(const clang::CallExpr *Call, unsigned Depth);

private:
  std::optional<ResumeChain> ofBody(const clang::FunctionDecl *FD,
                                    unsigned Depth);

  TUAnalysis &TU;
  /// By function and depth. None while the function is being looked into, too.
  std::map<std::pair<const clang::FunctionDecl *, unsigned>,
           std::optional<ResumeChain>>
      Known;
};

/// How many calls deep resumptions are looked for.
constexpr unsigned ResumeDepth = 2;

std::vector<LockedResume> findLockedResumes(const FunctionAnalysis &F,
                                            TUAnalysis &TU,
                                            ResumeChains &Chains);

} // namespace codrop

#endif // CODROP_ANALYSIS_LOCKEDRESUME_H
