// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-discarded-task, see docs/rules/discarded-task.md.

#ifndef CODROP_CHECKS_DISCARDEDTASKCHECK_H
#define CODROP_CHECKS_DISCARDEDTASKCHECK_H

#include "analysis/TaskDrop.h"
#include "checks/CodropCheck.h"

namespace codrop {

class DiscardedTaskCheck : public CodropCheck {
public:
  DiscardedTaskCheck(llvm::StringRef Name,
                     clang::tidy::ClangTidyContext *Context,
                     std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;
  bool wants(const clang::FunctionDecl *) const override { return true; }

protected:
  bool needsGraph(const clang::FunctionDecl *) const override { return false; }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
  std::vector<Finding> findAtEnd(TUAnalysis &TU) override;

private:
  bool ReportVoidCast;
  std::unique_ptr<TaskDrops> Drops; ///< Of the translation unit.
};

} // namespace codrop

#endif // CODROP_CHECKS_DISCARDEDTASKCHECK_H
