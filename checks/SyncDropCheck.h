// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-sync-drop, see docs/rules/sync-drop.md.

#ifndef CODROP_CHECKS_SYNCDROPCHECK_H
#define CODROP_CHECKS_SYNCDROPCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class SyncDropCheck : public CodropCheck {
public:
  SyncDropCheck(llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
                std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;
  bool wants(const clang::FunctionDecl *) const override { return true; }

protected:
  bool needsGraph(const clang::FunctionDecl *) const override { return false; }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;

private:
  bool InferResources;
};

} // namespace codrop

#endif // CODROP_CHECKS_SYNCDROPCHECK_H
