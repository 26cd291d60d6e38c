// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-unclosed-member, see docs/rules/unclosed-member.md.

#ifndef CODROP_CHECKS_UNCLOSEDMEMBERCHECK_H
#define CODROP_CHECKS_UNCLOSEDMEMBERCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class UnclosedMemberCheck : public CodropCheck {
public:
  UnclosedMemberCheck(llvm::StringRef Name,
                      clang::tidy::ClangTidyContext *Context,
                      std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;
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
  bool InferResources;
  std::vector<const clang::CXXRecordDecl *> Classes;
};

} // namespace codrop

#endif // CODROP_CHECKS_UNCLOSEDMEMBERCHECK_H
