// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// JSON lines: a `run` line with the schema's version, then one line for each
// finding and each failure. Fields are added, never renamed, within a version.

#include "tool/Text.h"
#include "tool/print/Print.h"

using namespace llvm;

namespace codrop::tool {

static constexpr int SchemaVersion = 1;

static json::Object place(const Report &R, const Place &P) {
  return json::Object{{"path", R.inProject(P.RealFile)},
                      {"line", P.Line},
                      {"column", P.Column},
                      {"end_column", P.EndColumn}};
}

static json::Object finding(const Report &R, const Finding &F) {
  json::Object Result = place(R, F.Where);
  json::Array Steps, Edits;
  for (const Step &S : F.Steps) {
    json::Object Step = place(R, S.Where);
    Step["message"] = S.Message;
    Steps.push_back(std::move(Step));
  }
  for (const Edit &E : F.Edits) {
    json::Object Edit = place(R, E.Where);
    Edit["offset"] = E.Where.Offset;
    Edit["length"] = E.Length;
    Edit["text"] = E.Text;
    Edit.erase("end_column");
    Edits.push_back(std::move(Edit));
  }
  Result["type"] = "finding";
  Result["rule"] = F.Rule;
  Result["group"] = F.Group;
  Result["level"] = F.Level == Severity::Error ? "error" : "warning";
  Result["message"] = F.Message;
  Result["steps"] = std::move(Steps);
  Result["help"] = F.Help;
  Result["edits"] = std::move(Edits);
  Result["seen_in"] = F.SeenIn;
  Result["fingerprint"] = F.Fingerprint;
  Result["url"] = ruleUrl(F.Rule);
  return Result;
}

static json::Object failure(const Report &R, const Failure &F) {
  json::Array Errors;
  for (const ParseError &E : F.Errors) {
    json::Object Error;
    if (E.Where.isValid())
      Error = place(R, E.Where);
    Error["message"] = E.Message;
    Errors.push_back(std::move(Error));
  }
  return json::Object{{"type", "failure"},
                      {"path", R.inProject(F.File)},
                      {"cause", F.Cause},
                      {"errors", std::move(Errors)}};
}

void printJsonl(const Report &R, raw_ostream &OS) {
  json::Object Run{{"type", "run"},
                   {"version", SchemaVersion},
                   {"tool", "codrop " CODROP_VERSION},
                   {"root", R.S.Root},
                   {"analysed", R.O.Analysed},
                   {"failed", R.O.Failures.size()},
                   {"skipped", R.O.Skipped.size()},
                   {"suppressed", R.O.Suppressed},
                   {"interrupted", R.O.Interrupted},
                   {"seconds", R.O.Seconds},
                   {"exit_code", R.ExitCode},
                   {"statistics", R.O.Counts.json()}};
  OS << json::Value(std::move(Run)) << '\n';
  for (const Finding &F : R.O.Findings)
    OS << json::Value(finding(R, F)) << '\n';
  for (const Failure &F : R.O.Failures)
    OS << json::Value(failure(R, F)) << '\n';
}

} // namespace codrop::tool
