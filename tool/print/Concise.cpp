// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One line a finding, as compilers write it.

#include "tool/Text.h"
#include "tool/print/Print.h"

using namespace llvm;

namespace codrop::tool {

void printConcise(const Report &R, raw_ostream &OS, const Style &Color) {
  for (const Finding &F : R.O.Findings)
    OS << Color(Style::Bold, R.shown(F.Where.RealFile) + ":" +
                                 std::to_string(F.Where.Line) + ":" +
                                 std::to_string(F.Where.Column) + ":")
       << ' '
       << (F.Level == Severity::Error ? Color(Style::Red, "error:")
                                      : Color(Style::Yellow, "warning:"))
       << ' ' << F.Message << ' ' << Color(Style::Dim, "[" + F.Rule + "]")
       << '\n';
}

} // namespace codrop::tool
