// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-resume-under-lock, see docs/rules/resume-under-lock.md.

#ifndef CODROP_CHECKS_RESUMEUNDERLOCKCHECK_H
#define CODROP_CHECKS_RESUMEUNDERLOCKCHECK_H

#include "analysis/LockedResume.h"
#include "checks/CodropCheck.h"

namespace codrop {

class ResumeUnderLockCheck : public CodropCheck {
public:
  using CodropCheck::CodropCheck;
  bool wants(const clang::FunctionDecl *) const override { return true; }

protected:
  bool needsGraph(const clang::FunctionDecl *) const override { return false; }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
  std::vector<Finding> findAtEnd(TUAnalysis &) override {
    Chains.reset();
    return {};
  }

private:
  /// Of the translation unit at hand.
  std::optional<ResumeChains> Chains;
};

} // namespace codrop

#endif // CODROP_CHECKS_RESUMEUNDERLOCKCHECK_H
