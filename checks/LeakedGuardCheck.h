// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-leaked-guard, see docs/rules/leaked-guard.md.

#ifndef CODROP_CHECKS_LEAKEDGUARDCHECK_H
#define CODROP_CHECKS_LEAKEDGUARDCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class LeakedGuardCheck : public CodropCheck {
public:
  LeakedGuardCheck(llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
            std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;

protected:
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
};

} // namespace codrop

#endif // CODROP_CHECKS_LEAKEDGUARDCHECK_H
