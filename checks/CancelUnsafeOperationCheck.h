// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-cancel-unsafe-operation, see docs/rules/cancel-unsafe-operation.md.

#ifndef CODROP_CHECKS_CANCELUNSAFEOPERATIONCHECK_H
#define CODROP_CHECKS_CANCELUNSAFEOPERATIONCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class CancelUnsafeOperationCheck : public CodropCheck {
public:
  using CodropCheck::CodropCheck;

protected:
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
};

} // namespace codrop

#endif // CODROP_CHECKS_CANCELUNSAFEOPERATIONCHECK_H
