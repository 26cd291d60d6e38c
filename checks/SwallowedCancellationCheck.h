// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-swallowed-cancellation, see docs/rules/swallowed-cancellation.md.

#ifndef CODROP_CHECKS_SWALLOWEDCANCELLATIONCHECK_H
#define CODROP_CHECKS_SWALLOWEDCANCELLATIONCHECK_H

#include "analysis/SwallowedCancellation.h"
#include "analysis/SwallowedError.h"
#include "checks/CodropCheck.h"

namespace codrop {

class SwallowedCancellationCheck : public CodropCheck {
public:
  SwallowedCancellationCheck(llvm::StringRef Name,
                             clang::tidy::ClangTidyContext *Context,
                             std::shared_ptr<SharedAnalysis> Shared);
  bool wants(const clang::FunctionDecl *FD) const override {
    return isCoroutine(FD) || Cancellation::mayBeOnFiber(FD);
  }
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;

protected:
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
  std::vector<Finding> findAtEnd(TUAnalysis &TU) override;

private:
  SwallowedCancellationOptions What;
  /// Of the translation unit that is being checked.
  std::unique_ptr<Cancellation> Cancel;
};

} // namespace codrop

#endif // CODROP_CHECKS_SWALLOWEDCANCELLATIONCHECK_H
