// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libcodrop-clang-22.so: the checks inside the compiler, on the tree that the
// build parses anyway. clang-tidy's own library runs them, with a context and a
// diagnostics engine apart from the compiler's, so that nothing of clang-tidy's
// bookkeeping reaches the build; FindingForwarder brings the findings over. The
// object file is the main action's business and is not touched.

#include "checks/Rules.h"
#include "clang-tidy/ClangTidy.h"
#include "clang-tidy/ClangTidyModule.h"
#include "tool/plugin/FindingForwarder.h"
#include "tool/plugin/PluginArguments.h"
#include "clang/AST/ASTConsumer.h"
#include "clang/Basic/DiagnosticOptions.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendAction.h"
#include "clang/Frontend/FrontendPluginRegistry.h"

using namespace clang;

namespace codrop {
namespace {

class LintConsumer : public ASTConsumer {
public:
  LintConsumer(CompilerInstance &CI, StringRef File,
               const PluginArguments &Arguments)
      : Compiler(CI.getDiagnostics()),
        Context(std::make_unique<tidy::DefaultOptionsProvider>(
            tidy::ClangTidyGlobalOptions(),
            tidy::ClangTidyOptions::getDefaults().merge(Arguments.Options, 1))),
        Forwarder(Context, Compiler, Arguments.FindingsAreErrors) {
    auto Options = std::make_unique<DiagnosticOptions>();
    Engine = std::make_unique<DiagnosticsEngine>(DiagnosticIDs::create(),
                                                 *Options, &Forwarder,
                                                 /*ShouldOwnClient=*/false);
    Context.setDiagnosticsEngine(std::move(Options), Engine.get());
    Checks =
        tidy::ClangTidyASTConsumerFactory(Context).createASTConsumer(CI, File);
  }

  void Initialize(ASTContext &AST) override { Checks->Initialize(AST); }

  void HandleTranslationUnit(ASTContext &AST) override {
    // The tree of a file with errors has holes, and what is found in it would
    // distract from the errors.
    if (!Compiler.hasUncompilableErrorOccurred())
      Checks->HandleTranslationUnit(AST);
  }

private:
  DiagnosticsEngine &Compiler;
  // Each of these uses the ones above it until it is destroyed.
  tidy::ClangTidyContext Context;
  FindingForwarder Forwarder;
  std::unique_ptr<DiagnosticsEngine> Engine;
  std::unique_ptr<ASTConsumer> Checks;
};

class LintAction : public PluginASTAction {
public:
  bool ParseArgs(const CompilerInstance &CI,
                 const std::vector<std::string> &Words) override {
    llvm::Expected<PluginArguments> Parsed = parsePluginArguments(Words);
    if (Parsed) {
      Arguments = std::move(*Parsed);
      return true;
    }
    llvm::handleAllErrors(
        Parsed.takeError(), [&](const llvm::ErrorInfoBase &Error) {
          DiagnosticsEngine &Diags = CI.getDiagnostics();
          const unsigned ID =
              Diags.getCustomDiagID(DiagnosticsEngine::Error, "codrop: %0");
          const std::string Lines = Error.message();
          for (llvm::StringRef Line : llvm::split(Lines, '\n'))
            Diags.Report(ID) << Line;
        });
    return false;
  }

  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &CI,
                                                 StringRef File) override {
    // -w asks for silence, so the work is not done either.
    if (CI.getDiagnostics().getIgnoreAllWarnings() &&
        !Arguments.FindingsAreErrors)
      return std::make_unique<ASTConsumer>();
    return std::make_unique<LintConsumer>(CI, File, Arguments);
  }

  // After the main action, which has then written the object file, the module
  // or the precompiled header: nothing here can change it. A warning reported
  // before would be written into a module as a diagnostic that its importers do
  // not know, and they would crash. Clang keeps the tree for actions that come
  // after, at the price of its memory during code generation.
  ActionType getActionType() override { return AddAfterMainAction; }

private:
  PluginArguments Arguments;
};

FrontendPluginRegistry::Add<LintAction>
    Registration("codrop", "coroutine code that is unsafe to drop or cancel");

} // namespace
} // namespace codrop

/// Tells the shim that a codrop module is in the process, and keeps the
/// registration of the checks from being dropped by the linker.
extern "C" __attribute__((visibility("default"))) void codrop_clang_module() {
  codrop::linkCodropModule();
}
