// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// SARIF 2.1.0: steps as a code flow, failures as notifications of the
// invocation, paths relative to the project's root (SRCROOT).

#include "tool/Sources.h"
#include "tool/Text.h"
#include "tool/print/Print.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace codrop::tool {

/// RFC 3986, for paths.
static std::string uri(StringRef Path) {
  static constexpr char Hex[] = "0123456789ABCDEF";
  std::string Result;
  for (unsigned char C : Path) {
    if (isalnum(C) || StringRef("-._~/").contains(C)) {
      Result += C;
    } else {
      Result += '%';
      Result += Hex[C >> 4];
      Result += Hex[C & 15];
    }
  }
  return Result;
}

static json::Object artifact(const Report &R, StringRef File) {
  if (!isBelow(File, R.S.Root))
    return json::Object{{"uri", "file://" + uri(File)}};
  return json::Object{{"uri", uri(R.inProject(File))},
                      {"uriBaseId", "SRCROOT"}};
}

/// A copy: a json::Value of a StringRef would only refer to it.
static json::Object text(std::string Text) {
  return json::Object{{"text", std::move(Text)}};
}

/// SARIF counts characters, a Place bytes.
static unsigned characters(StringRef Line, unsigned Column) {
  return 1 + count_if(Line.take_front(Column - 1), [](char C) {
           return (static_cast<unsigned char>(C) & 0xC0) != 0x80;
         });
}

static json::Object location(const Report &R, const Place &P,
                             StringRef Message = "") {
  Sources Lines;
  StringRef Line = Lines.line(P.File, P.Line);
  // A file that is gone has no lines; its bytes are the best guess.
  unsigned Start = Line.empty() ? P.Column : characters(Line, P.Column);
  unsigned End = Line.empty() ? P.EndColumn : characters(Line, P.EndColumn);
  json::Object Result{
      {"physicalLocation",
       json::Object{{"artifactLocation", artifact(R, P.RealFile)},
                    {"region", json::Object{{"startLine", P.Line},
                                            {"startColumn", Start},
                                            {"endColumn", End}}}}}};
  if (!Message.empty())
    Result["message"] = text(Message.str());
  return Result;
}

static json::Array fixes(const Report &R, const Finding &F) {
  json::Array Changes;
  for (const Edit &E : F.Edits) {
    json::Object Replacement{
        {"deletedRegion", json::Object{{"byteOffset", E.Where.Offset},
                                       {"byteLength", E.Length}}},
        {"insertedContent", text(E.Text)}};
    Changes.push_back(
        json::Object{{"artifactLocation", artifact(R, E.Where.RealFile)},
                     {"replacements", json::Array{std::move(Replacement)}}});
  }
  return json::Array{json::Object{{"artifactChanges", std::move(Changes)}}};
}

static json::Object result(const Report &R, const Finding &F,
                           unsigned RuleIndex) {
  json::Array Flow;
  for (const Step &S : F.Steps)
    if (S.Where.isValid())
      Flow.push_back(
          json::Object{{"location", location(R, S.Where, S.Message)},
                       {"executionOrder", int64_t(Flow.size() + 1)}});
  std::string Message = F.Message;
  if (!F.Help.empty())
    Message += "\n" + F.Help;
  json::Object Result{
      {"ruleId", F.Rule},
      {"ruleIndex", RuleIndex},
      {"level", F.Level == Severity::Error ? "error" : "warning"},
      {"message", text(Message)},
      {"locations", json::Array{location(R, F.Where)}},
      {"occurrenceCount", F.SeenIn},
      {"partialFingerprints",
       json::Object{{"codropFinding/v1", F.Fingerprint}}}};
  if (!Flow.empty())
    Result["codeFlows"] = json::Array{json::Object{
        {"threadFlows",
         json::Array{json::Object{{"locations", std::move(Flow)}}}}}};
  if (!F.Edits.empty())
    Result["fixes"] = fixes(R, F);
  return Result;
}

static json::Array ruleMetadata() {
  json::Array Result;
  for (const Rule &Each : rules()) {
    bool IsError = Each.Group == "correctness";
    json::Object Metadata{
        {"id", Each.Name},
        {"shortDescription", text(Each.Summary.str())},
        {"fullDescription", text(Each.Summary.str())},
        {"help", json::Object{{"text", Each.Page}, {"markdown", Each.Page}}},
        {"defaultConfiguration",
         json::Object{{"enabled", isOnByDefault(Each)},
                      {"level", IsError ? "error" : "warning"}}},
        {"properties", json::Object{{"tags", json::Array{Each.Group}}}}};
    if (std::string Url = ruleUrl(Each.Name); !Url.empty())
      Metadata["helpUri"] = std::move(Url);
    Result.push_back(std::move(Metadata));
  }
  return Result;
}

static json::Object invocation(const Report &R) {
  json::Array Notifications;
  for (const Failure &F : R.O.Failures)
    Notifications.push_back(json::Object{
        {"level", "error"},
        {"message", text("could not be analysed: " + F.Cause)},
        {"locations",
         json::Array{json::Object{
             {"physicalLocation",
              json::Object{{"artifactLocation", artifact(R, F.File)}}}}}}});
  for (const SkippedFile &F : R.O.Skipped)
    Notifications.push_back(json::Object{
        {"level", "note"},
        {"message", text("skipped: " + F.Why)},
        {"locations",
         json::Array{json::Object{
             {"physicalLocation",
              json::Object{{"artifactLocation", artifact(R, F.File)}}}}}}});
  return json::Object{{"executionSuccessful", R.O.Failures.empty() &&
                                                  !R.O.Interrupted &&
                                                  R.O.Broken.empty()},
                      {"exitCode", R.ExitCode},
                      {"toolExecutionNotifications", std::move(Notifications)}};
}

void printSarif(const Report &R, raw_ostream &OS) {
  json::Array Results;
  for (const Finding &F : R.O.Findings) {
    const Rule *Each = findRule(F.Rule);
    Results.push_back(result(R, F, Each ? Each - rules().begin() : 0));
  }
  json::Object Driver{{"name", "codrop"},
                      {"version", CODROP_VERSION},
                      {"semanticVersion", CODROP_VERSION},
                      {"rules", ruleMetadata()}};
  json::Object Run{
      {"tool", json::Object{{"driver", std::move(Driver)}}},
      {"columnKind", "unicodeCodePoints"},
      {"originalUriBaseIds",
       json::Object{{"SRCROOT",
                     json::Object{{"uri", "file://" + uri(R.S.Root) + "/"}}}}},
      {"invocations", json::Array{invocation(R)}},
      {"results", std::move(Results)}};
  json::Object Log{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                   {"version", "2.1.0"},
                   {"runs", json::Array{std::move(Run)}}};
  OS << formatv("{0:2}", json::Value(std::move(Log))) << '\n';
}

} // namespace codrop::tool
