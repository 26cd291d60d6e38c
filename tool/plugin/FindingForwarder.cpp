// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tool/plugin/FindingForwarder.h"

#include "clang/Basic/DiagnosticIDs.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/SmallString.h"

using namespace clang;

namespace codrop {

bool FindingForwarder::isSuppressed(DiagnosticsEngine::Level Level,
                                    const Diagnostic &Info) {
  // What comes from a module or a precompiled header was reported when that was
  // compiled; each importer would say it again.
  if (Info.getLocation().isValid() &&
      Info.getSourceManager().isLoadedSourceLocation(Info.getLocation()))
    return true;
  SmallVector<tooling::Diagnostic, 1> NoLintErrors;
  const bool Result =
      Context.shouldSuppressDiagnostic(Level, Info, NoLintErrors);
  // A NOLINTBEGIN without its end: reported like a finding, or a region would
  // be silenced that nobody meant.
  for (const tooling::Diagnostic &Error : NoLintErrors)
    Context.diag(Error);
  return Result;
}

unsigned FindingForwarder::findingID(llvm::StringRef CheckName, bool IsError) {
  // Not the overload with a level: that one shows findings in system headers.
  return Compiler.getDiagnosticIDs()->getCustomDiagID(
      DiagnosticIDs::CustomDiagDesc(
          IsError ? diag::Severity::Error : diag::Severity::Warning,
          ("%0 [" + CheckName + "]").str(),
          IsError ? DiagnosticIDs::CLASS_ERROR : DiagnosticIDs::CLASS_WARNING,
          /*ShowInSystemHeader=*/false, /*ShowInSystemMacro=*/true));
}

void FindingForwarder::forward(const Diagnostic &Info, unsigned CompilerDiagID,
                               llvm::StringRef Message) {
  DiagnosticBuilder Builder =
      Compiler.Report(Info.getLocation(), CompilerDiagID);
  Builder << Message;
  for (const CharSourceRange &Range : Info.getRanges())
    Builder << Range;
  for (const FixItHint &Fix : Info.getFixItHints())
    Builder << Fix;
}

void FindingForwarder::HandleDiagnostic(DiagnosticsEngine::Level Level,
                                        const Diagnostic &Info) {
  const std::string CheckName = Context.getCheckName(Info.getID());
  llvm::SmallString<256> Text;
  Info.FormatDiagnostic(Text);
  // The context has put the name of the check at the end of notes too.
  llvm::StringRef Message = Text;
  Message.consume_back(" [" + CheckName + "]");

  if (Level == DiagnosticsEngine::Note) {
    if (!DropNotes)
      forward(Info, Compiler.getCustomDiagID(DiagnosticsEngine::Note, "%0"),
              Message);
    return;
  }

  // A value that an option does not take, a knowledge file that does not parse:
  // every rule says so, it is said once, and it stops the build.
  if (CheckName == "clang-tidy-config") {
    DropNotes = !ConfigurationErrors.insert(Message).second;
    if (!DropNotes)
      forward(Info,
              Compiler.getCustomDiagID(DiagnosticsEngine::Error, "codrop: %0"),
              Message);
    return;
  }

  DropNotes = isSuppressed(Level, Info);
  if (DropNotes)
    return;
  // Clang applies -Werror only to warnings of a group, and a plugin cannot add
  // one.
  forward(Info,
          findingID(CheckName, FindingsAreErrors ||
                                   Compiler.getWarningsAsErrors() ||
                                   Level >= DiagnosticsEngine::Error),
          Message);
}

} // namespace codrop
