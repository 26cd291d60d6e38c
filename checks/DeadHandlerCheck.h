// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-dead-handler, see docs/rules/dead-handler.md.

#ifndef CODROP_CHECKS_DEADHANDLERCHECK_H
#define CODROP_CHECKS_DEADHANDLERCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class DeadHandlerCheck : public CodropCheck {
public:
  using CodropCheck::CodropCheck;

  bool wants(const clang::FunctionDecl *FD) const override {
    return FD->getReturnType()->isRecordType() && !isCoroutine(FD);
  }

protected:
  bool needsGraph(const clang::FunctionDecl *FD) const override {
    return false;
  }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
};

} // namespace codrop

#endif // CODROP_CHECKS_DEADHANDLERCHECK_H
