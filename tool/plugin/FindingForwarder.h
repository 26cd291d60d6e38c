// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hands what the checks report to the compiler's own diagnostics, so that a
// finding looks, is counted and is turned into an error as any other warning.
// Which checks run is not decided here, only what of their reports is shown:
// NOLINT comments count, and findings in system headers and in what was
// compiled before are dropped as the compiler drops its own.

#ifndef CODROP_TOOL_PLUGIN_FINDINGFORWARDER_H
#define CODROP_TOOL_PLUGIN_FINDINGFORWARDER_H

#include "clang-tidy/ClangTidyDiagnosticConsumer.h"
#include "clang/Basic/Diagnostic.h"
#include "llvm/ADT/StringSet.h"

namespace codrop {

class FindingForwarder : public clang::DiagnosticConsumer {
public:
  FindingForwarder(clang::tidy::ClangTidyContext &Context,
                   clang::DiagnosticsEngine &Compiler, bool FindingsAreErrors)
      : Context(Context), Compiler(Compiler),
        FindingsAreErrors(FindingsAreErrors) {}

  void HandleDiagnostic(clang::DiagnosticsEngine::Level Level,
                        const clang::Diagnostic &Info) override;

private:
  bool isSuppressed(clang::DiagnosticsEngine::Level Level,
                    const clang::Diagnostic &Info);
  void forward(const clang::Diagnostic &Info, unsigned CompilerDiagID,
               llvm::StringRef Message);
  unsigned findingID(llvm::StringRef CheckName, bool IsError);

  clang::tidy::ClangTidyContext &Context;
  clang::DiagnosticsEngine &Compiler;
  bool FindingsAreErrors;
  /// Notes have no NOLINT of their own: they share the fate of their finding.
  bool DropNotes = false;
  llvm::StringSet<> ConfigurationErrors;
};

} // namespace codrop

#endif // CODROP_TOOL_PLUGIN_FINDINGFORWARDER_H
