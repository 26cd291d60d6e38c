// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-large-frame, see docs/rules/large-frame.md.

#ifndef CODROP_CHECKS_LARGEFRAMECHECK_H
#define CODROP_CHECKS_LARGEFRAMECHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class LargeFrameCheck : public CodropCheck {
public:
  LargeFrameCheck(llvm::StringRef Name, clang::tidy::ClangTidyContext *Context,
                  std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;

protected:
  // Most coroutines are small, which can be told without a graph.
  bool needsGraph(const clang::FunctionDecl *FD) const override {
    return false;
  }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;

private:
  uint64_t LocalLimit, FrameLimit;
};

} // namespace codrop

#endif // CODROP_CHECKS_LARGEFRAMECHECK_H
