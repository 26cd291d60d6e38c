// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-leaked-guard, see docs/rules/leaked-guard.md.

#ifndef CODROP_CHECKS_LEAKEDGUARDCHECK_H
#define CODROP_CHECKS_LEAKEDGUARDCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

struct LostGuard;

class LeakedGuardCheck : public CodropCheck {
public:
  LeakedGuardCheck(llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
                   std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;
  // A plain function that returns a task drops its guards too early.
  bool wants(const clang::FunctionDecl *FD) const override;

protected:
  // A plain function is only looked into if it returns a task.
  bool needsGraph(const clang::FunctionDecl *FD) const override {
    return isCoroutine(FD);
  }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;

private:
  bool isFoundByOthers(const LostGuard &Lost, TUAnalysis &TU) const;

  bool ReportFlags;
  /// codrop-discarded-task runs, too: one finding is enough.
  bool OthersFindTasks;
};

} // namespace codrop

#endif // CODROP_CHECKS_LEAKEDGUARDCHECK_H
