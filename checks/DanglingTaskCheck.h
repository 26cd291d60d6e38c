// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-dangling-task, see docs/rules/dangling-task.md.

#ifndef CODROP_CHECKS_DANGLINGTASKCHECK_H
#define CODROP_CHECKS_DANGLINGTASKCHECK_H

#include "analysis/DanglingTask.h"
#include "checks/CodropCheck.h"

namespace codrop {

class DanglingTaskCheck : public CodropCheck {
public:
  DanglingTaskCheck(llvm::StringRef Name,
                    clang::tidy::ClangTidyContext *Context,
                    std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;
  // Any function may make a task.
  bool wants(const clang::FunctionDecl *FD) const override { return true; }

protected:
  bool needsGraph(const clang::FunctionDecl *FD) const override {
    return false;
  }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;

private:
  DanglingOptions What;
};

} // namespace codrop

#endif // CODROP_CHECKS_DANGLINGTASKCHECK_H
