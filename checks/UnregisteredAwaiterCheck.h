// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-unregistered-awaiter, see docs/rules/unregistered-awaiter.md.

#ifndef CODROP_CHECKS_UNREGISTEREDAWAITERCHECK_H
#define CODROP_CHECKS_UNREGISTEREDAWAITERCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class UnregisteredAwaiterCheck : public CodropCheck {
public:
  using CodropCheck::CodropCheck;

protected:
  bool needsGraph(const clang::FunctionDecl *) const override { return false; }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
};

} // namespace codrop

#endif // CODROP_CHECKS_UNREGISTEREDAWAITERCHECK_H
