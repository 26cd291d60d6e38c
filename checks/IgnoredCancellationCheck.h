// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-ignored-cancellation, see docs/rules/ignored-cancellation.md.

#ifndef CODROP_CHECKS_IGNOREDCANCELLATIONCHECK_H
#define CODROP_CHECKS_IGNOREDCANCELLATIONCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class IgnoredCancellationCheck : public CodropCheck {
public:
  using CodropCheck::CodropCheck;

protected:
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
};

} // namespace codrop

#endif // CODROP_CHECKS_IGNOREDCANCELLATIONCHECK_H
