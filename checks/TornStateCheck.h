// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-torn-state, see docs/rules/torn-state.md.

#ifndef CODROP_CHECKS_TORNSTATECHECK_H
#define CODROP_CHECKS_TORNSTATECHECK_H

#include "analysis/TornState.h"
#include "checks/CodropCheck.h"

namespace codrop {

class TornStateCheck : public CodropCheck {
public:
  TornStateCheck(llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
                 std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;

protected:
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;

private:
  TornStateOptions What;
};

} // namespace codrop

#endif // CODROP_CHECKS_TORNSTATECHECK_H
