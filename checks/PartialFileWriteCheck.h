// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-partial-file-write, see docs/rules/partial-file-write.md.

#ifndef CODROP_CHECKS_PARTIALFILEWRITECHECK_H
#define CODROP_CHECKS_PARTIALFILEWRITECHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class PartialFileWriteCheck : public CodropCheck {
public:
  using CodropCheck::CodropCheck;

protected:
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;
};

} // namespace codrop

#endif // CODROP_CHECKS_PARTIALFILEWRITECHECK_H
