// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-task-from-destructor, see docs/rules/task-from-destructor.md.

#ifndef CODROP_CHECKS_TASKFROMDESTRUCTORCHECK_H
#define CODROP_CHECKS_TASKFROMDESTRUCTORCHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class TaskFromDestructorCheck : public CodropCheck {
public:
  TaskFromDestructorCheck(llvm::StringRef Name,
                          clang::tidy::ClangTidyContext *Context,
                          std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;
  bool wants(const clang::FunctionDecl *FD) const override {
    return llvm::isa<clang::CXXDestructorDecl>(FD);
  }

protected:
  bool needsGraph(const clang::FunctionDecl *FD) const override {
    return false;
  }
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;

private:
  std::vector<std::string> DetachingFunctions;
  unsigned CallDepth;
};

} // namespace codrop

#endif // CODROP_CHECKS_TASKFROMDESTRUCTORCHECK_H
