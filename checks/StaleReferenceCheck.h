// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-stale-reference, see docs/rules/stale-reference.md.

#ifndef CODROP_CHECKS_STALEREFERENCECHECK_H
#define CODROP_CHECKS_STALEREFERENCECHECK_H

#include "analysis/StaleReference.h"
#include "checks/CodropCheck.h"

namespace codrop {

class StaleReferenceCheck : public CodropCheck {
public:
  StaleReferenceCheck(llvm::StringRef Name,
                      clang::tidy::ClangTidyContext *Context,
                      std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;

protected:
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
  std::vector<Finding> findAtEnd(TUAnalysis &TU) override;

private:
  StaleReferenceOptions What;
  /// Of the translation unit that is being checked.
  std::unique_ptr<FieldChanges> Changes;
};

} // namespace codrop

#endif // CODROP_CHECKS_STALEREFERENCECHECK_H
