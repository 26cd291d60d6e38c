// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-commit-on-drop, see docs/rules/commit-on-drop.md.

#ifndef CODROP_CHECKS_COMMITONDROPCHECK_H
#define CODROP_CHECKS_COMMITONDROPCHECK_H

#include "analysis/CommitGuard.h"
#include "checks/CodropCheck.h"

namespace codrop {

class CommitOnDropCheck : public CodropCheck {
public:
  CommitOnDropCheck(llvm::StringRef Name,
                    clang::tidy::ClangTidyContext *Context,
                    std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;

protected:
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
  std::vector<Finding> findAtEnd(TUAnalysis &TU) override;

private:
  std::vector<std::string> GuardTypes, AllowedGuardTypes;
  /// Of this translation unit.
  std::optional<CommitGuards> Guards;
};

} // namespace codrop

#endif // CODROP_CHECKS_COMMITONDROPCHECK_H
