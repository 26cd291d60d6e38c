// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registers the checks with clang-tidy. The list comes from rules.yaml.

#include "CheckHeaders.inc"
#include "checks/CodropCheck.h"
#include "checks/Rules.h"
#include "clang-tidy/ClangTidyModule.h"

namespace codrop {
namespace {

class CodropModule : public clang::tidy::ClangTidyModule {
public:
  void
  addCheckFactories(clang::tidy::ClangTidyCheckFactories &Factories) override {
    auto Registry = std::make_shared<AnalysisRegistry>();
#define CODROP_CHECK(CLASS, NAME)                                              \
  Factories.registerCheckFactory(                                              \
      NAME, [Registry](llvm::StringRef Name,                                   \
                       clang::tidy::ClangTidyContext *Context) {               \
        return std::make_unique<CLASS>(Name, Context,                          \
                                       Registry->forContext(Context));         \
      });
#include "CheckList.inc"
#undef CODROP_CHECK
  }
};

clang::tidy::ClangTidyModuleRegistry::Add<CodropModule>
    X("codrop-module",
      "coroutine code that is unsafe when dropped or cancelled");

} // namespace

void linkCodropModule() {}

} // namespace codrop
