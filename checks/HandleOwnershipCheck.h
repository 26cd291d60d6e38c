// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-handle-ownership, see docs/rules/handle-ownership.md.

#ifndef CODROP_CHECKS_HANDLEOWNERSHIPCHECK_H
#define CODROP_CHECKS_HANDLEOWNERSHIPCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class HandleOwnershipCheck : public CodropCheck {
public:
  using CodropCheck::CodropCheck;
  void registerMatchers(clang::ast_matchers::MatchFinder *Finder) override;

protected:
  std::vector<Finding> find(const FunctionAnalysis &, TUAnalysis &) override {
    return {};
  }
  void noteRecord(const clang::CXXRecordDecl *RD) override {
    Classes.push_back(RD);
  }
  std::vector<Finding> findAtEnd(TUAnalysis &TU) override;

private:
  std::vector<const clang::CXXRecordDecl *> Classes;
};

} // namespace codrop

#endif // CODROP_CHECKS_HANDLEOWNERSHIPCHECK_H
