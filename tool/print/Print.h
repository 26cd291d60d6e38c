// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The printers: each turns the outcome of a run into one format, and decides
// nothing.

#ifndef CODROP_TOOL_PRINT_PRINT_H
#define CODROP_TOOL_PRINT_PRINT_H

#include "tool/Run.h"
#include "tool/Text.h"
#include "llvm/Support/raw_ostream.h"

namespace codrop::tool {

/// What is printed, already processed.
struct Report {
  const Settings &S;
  const Outcome &O;
  int ExitCode;
  std::string Base; ///< The current folder, links followed.

  /// \p RealFile as people in the current folder would write it.
  std::string shown(llvm::StringRef RealFile) const {
    return shownPath(RealFile, Base, S.Root);
  }
  /// \p RealFile for machines: relative to the project, wherever one stands.
  std::string inProject(llvm::StringRef RealFile) const {
    return relativePath(RealFile, S.Root);
  }
};

/// Colours, or none.
class Style {
public:
  explicit Style(bool IsOn) : IsOn(IsOn) {}
  enum Kind { Plain, Bold, Red, Yellow, Blue, Cyan, Green, Dim };
  std::string operator()(Kind K, llvm::StringRef Text) const;

private:
  bool IsOn;
};

/// True if \p S and the environment want colours on \p OS.
bool wantsColor(const Settings &S, llvm::raw_ostream &OS);

/// Snippets, steps and help: for people.
void printFull(const Report &R, llvm::raw_ostream &OS, const Style &Color);
/// path:line:column: message [rule]: for grep and editors.
void printConcise(const Report &R, llvm::raw_ostream &OS, const Style &Color);
/// One JSON object a line; the schema's version is in the first.
void printJsonl(const Report &R, llvm::raw_ostream &OS);
/// SARIF 2.1.0.
void printSarif(const Report &R, llvm::raw_ostream &OS);
/// GitHub Actions' workflow commands.
void printGitHub(const Report &R, llvm::raw_ostream &OS);

/// What could not be analysed, and why.
void printFailures(const Report &R, llvm::raw_ostream &OS, const Style &Color);
/// The table of --statistics.
void printStatistics(const Report &R, llvm::raw_ostream &OS,
                     const Style &Color);
/// The one line at the end.
void printSummary(const Report &R, llvm::raw_ostream &OS, const Style &Color);

} // namespace codrop::tool

#endif // CODROP_TOOL_PRINT_PRINT_H
