// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-unawaited-close, see docs/rules/unawaited-close.md.

#ifndef CODROP_CHECKS_UNAWAITEDCLOSECHECK_H
#define CODROP_CHECKS_UNAWAITEDCLOSECHECK_H

#include "checks/CodropCheck.h"

namespace codrop {

class UnawaitedCloseCheck : public CodropCheck {
public:
  UnawaitedCloseCheck(llvm::StringRef Name,
                      clang::tidy::ClangTidyContext *Context,
                      std::shared_ptr<SharedAnalysis> Shared);
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;

protected:
  std::vector<Finding> find(const FunctionAnalysis &F, TUAnalysis &TU) override;

private:
  const Resource *resourceOf(clang::QualType T, bool &Indirect,
                             const TypeModel &Types);
  const Resource *directResource(clang::QualType T, const TypeModel &Types);

  std::vector<std::string> ResourceTypes;
  std::vector<std::string> IgnoredTypes;
  bool InferResources;
  /// The types of option ResourceTypes, by name.
  std::map<std::string, Resource> Configured;
  std::map<const clang::CXXRecordDecl *, Resource> ConfiguredFor;
};

} // namespace codrop

#endif // CODROP_CHECKS_UNAWAITEDCLOSECHECK_H
