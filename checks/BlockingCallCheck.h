// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-blocking-call, see docs/rules/blocking-call.md.

#ifndef CODROP_CHECKS_BLOCKINGCALLCHECK_H
#define CODROP_CHECKS_BLOCKINGCALLCHECK_H

#include "checks/BlockingOptions.h"
#include "checks/CodropCheck.h"

namespace codrop {

class BlockingCallCheck : public CodropCheck {
public:
  BlockingCallCheck(llvm::StringRef Name,
                    clang::tidy::ClangTidyContext *Context,
                    std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;

protected:
  bool needsGraph(const clang::FunctionDecl *) const override { return false; }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
  std::vector<Finding> findAtEnd(TUAnalysis &TU) override {
    Blocking.endOfUnit();
    return {};
  }

private:
  BlockingOptions Blocking;
};

} // namespace codrop

#endif // CODROP_CHECKS_BLOCKINGCALLCHECK_H
