// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stands at the end: failures, statistics, and one line for the whole.

#include "tool/Text.h"
#include "tool/print/Print.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

using namespace llvm;

namespace codrop::tool {

void printFailures(const Report &R, raw_ostream &OS, const Style &Color) {
  for (const Failure &F : R.O.Failures) {
    auto At = [&](const Place &P) {
      return R.shown(P.RealFile) + ":" + std::to_string(P.Line) + ":" +
             std::to_string(P.Column) + ": ";
    };
    OS << Color(Style::Bold, R.shown(F.File) + ":") << ' '
       << Color(Style::Red, "could not be analysed:") << ' ';
    if (!F.Errors.empty() && F.Errors.front().Where.isValid())
      OS << At(F.Errors.front().Where);
    OS << F.Cause << '\n';
    for (size_t I = 1; I < F.Errors.size(); ++I)
      OS << "  " << (F.Errors[I].Where.isValid() ? At(F.Errors[I].Where) : "")
         << F.Errors[I].Message << '\n';
    if (F.ErrorCount > F.Errors.size())
      OS << "  and " << count(F.ErrorCount - F.Errors.size(), "more error")
         << '\n';
    for (const std::string &Line : F.Detail)
      OS << "  " << Line << '\n';
  }
}

void printStatistics(const Report &R, raw_ostream &OS, const Style &Color) {
  auto Title = [&](StringRef Text) { OS << Color(Style::Bold, Text) << '\n'; };
  auto Row = [&](StringRef Name, double Number) {
    OS << format("%10.*f  ", Number == int64_t(Number) ? 0 : 1, Number) << Name
       << '\n';
  };
  Title("Findings");
  std::map<StringRef, unsigned> PerRule;
  for (const Finding &F : R.O.Findings)
    ++PerRule[F.Rule];
  for (const auto &[Rule, Number] : PerRule)
    Row(Rule, Number);
  if (PerRule.empty())
    Row("in all", 0);
  if (R.O.Suppressed)
    Row("silenced by NOLINT", R.O.Suppressed);
  Title("Analysed");
  Row("files", R.O.Analysed);
  for (const auto &[Name, Number] : R.O.Counts.Numbers) {
    if (Name == "parse_seconds")
      Row("seconds spent parsing", Number);
    else if (Name == "rule_seconds")
      Row("seconds spent in the rules", Number);
    else if (Name == "work")
      Row("nodes visited in searches", Number);
    else if (Name != "seconds") // A part of the time in the rules.
      Row(Name, Number);
  }
  Title("Given up");
  for (const auto &[Reason, Number] : R.O.Counts.GaveUp)
    Row(Reason, Number);
  if (R.O.Counts.GaveUp.empty())
    Row("functions", 0);
}

void printSummary(const Report &R, raw_ostream &OS, const Style &Color) {
  unsigned Errors = count_if(R.O.Findings, [](const Finding &F) {
    return F.Level == Severity::Error;
  });
  unsigned Warnings = R.O.Findings.size() - Errors;
  std::string Line;
  if (Errors)
    Line += Color(Style::Red, count(Errors, "error"));
  if (Errors && Warnings)
    Line += ", ";
  if (Warnings)
    Line += Color(Style::Yellow, count(Warnings, "warning"));
  if (R.O.Findings.empty())
    Line += R.O.Failures.empty() ? Color(Style::Green, "no findings")
                                 : "no findings";
  size_t Failed = R.O.Failures.size();
  Line += " in " + count(R.O.Analysed + Failed, "file") + " (" +
          formatSeconds(R.O.Seconds) + ")";
  if (Failed)
    Line += ", " + Color(Style::Red, std::to_string(Failed) +
                                         " of them could not be analysed");
  unsigned Skipped = count_if(R.O.Skipped, [](const SkippedFile &F) {
    return F.CannotContainCoroutines;
  });
  if (Skipped)
    Line += ", " + count(Skipped, "file") + " without coroutines skipped";
  if (uint64_t GaveUp = R.O.Counts.gaveUp())
    Line += ", gave up on " + count(GaveUp, "function") +
            (R.S.Statistics ? "" : " (--statistics says why)");
  if (R.O.Interrupted)
    Line += ", interrupted";
  Line += ".";
  if (!R.O.Findings.empty())
    Line += " Run \"codrop explain " + R.O.Findings.front().Rule +
            "\" to read about the first.";
  OS << Line << '\n';
}

} // namespace codrop::tool
