// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-lock-across-suspension, see docs/rules/lock-across-suspension.md.

#ifndef CODROP_CHECKS_LOCKACROSSSUSPENSIONCHECK_H
#define CODROP_CHECKS_LOCKACROSSSUSPENSIONCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class LockAcrossSuspensionCheck : public CodropCheck {
public:
  LockAcrossSuspensionCheck(llvm::StringRef Name,
                            clang::tidy::ClangTidyContext *Context,
                            std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;

protected:
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;

private:
  std::vector<std::string> GuardTypes;
  std::vector<std::string> AllowedGuardTypes;
};

} // namespace codrop

#endif // CODROP_CHECKS_LOCKACROSSSUSPENSIONCHECK_H
