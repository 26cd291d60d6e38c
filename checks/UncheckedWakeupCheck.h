// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-unchecked-wakeup, see docs/rules/unchecked-wakeup.md.

#ifndef CODROP_CHECKS_UNCHECKEDWAKEUPCHECK_H
#define CODROP_CHECKS_UNCHECKEDWAKEUPCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class UncheckedWakeupCheck : public CodropCheck {
public:
  using CodropCheck::CodropCheck;

protected:
  bool needsGraph(const clang::FunctionDecl *) const override { return false; }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
};

} // namespace codrop

#endif // CODROP_CHECKS_UNCHECKEDWAKEUPCHECK_H
