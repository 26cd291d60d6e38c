// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Annotations on the lines of a pull request.

#include "tool/Text.h"
#include "tool/print/Print.h"
#include <cstdlib>

using namespace llvm;

namespace codrop::tool {

/// Percent-encodes what ends a message or, in \p IsProperty, a property.
static std::string escaped(StringRef Text, bool IsProperty) {
  std::string Result;
  for (char C : Text) {
    if (C == '%')
      Result += "%25";
    else if (C == '\r')
      Result += "%0D";
    else if (C == '\n')
      Result += "%0A";
    else if (IsProperty && C == ':')
      Result += "%3A";
    else if (IsProperty && C == ',')
      Result += "%2C";
    else
      Result += C;
  }
  return Result;
}

/// GitHub wants paths relative to the check-out, which the project may be a
/// part of.
static std::string inCheckOut(const Report &R, StringRef File) {
  const char *CheckOut = std::getenv("GITHUB_WORKSPACE");
  return CheckOut ? relativePath(File, realPath(CheckOut)) : R.inProject(File);
}

void printGitHub(const Report &R, raw_ostream &OS) {
  for (const Finding &F : R.O.Findings) {
    std::string Message = F.Message;
    unsigned Number = 0;
    for (const Step &S : F.Steps)
      Message += "\n" + std::to_string(++Number) + ". " + S.Message + " (" +
                 inCheckOut(R, S.Where.RealFile) + ":" +
                 std::to_string(S.Where.Line) + ")";
    if (!F.Help.empty())
      Message += "\nhelp: " + F.Help;
    OS << (F.Level == Severity::Error ? "::error" : "::warning")
       << " file=" << escaped(inCheckOut(R, F.Where.RealFile), true)
       << ",line=" << F.Where.Line << ",col=" << F.Where.Column
       << ",endColumn=" << F.Where.EndColumn
       << ",title=" << escaped(F.Rule, true) << "::" << escaped(Message, false)
       << '\n';
  }
  for (const Failure &F : R.O.Failures)
    OS << "::error file=" << escaped(inCheckOut(R, F.File), true)
       << ",title=could not be analysed::" << escaped(F.Cause, false) << '\n';
}

} // namespace codrop::tool
