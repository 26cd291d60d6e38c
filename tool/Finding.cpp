// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The JSON form of findings, between a worker and the scheduler. It is not
// the form users see (print/Jsonl.cpp), so it may change with every version.

#include "tool/Finding.h"

using namespace llvm;

namespace codrop::tool {

json::Value toJSON(const Place &P) {
  return json::Object{{"file", P.File},     {"real", P.RealFile},
                      {"offset", P.Offset}, {"line", P.Line},
                      {"column", P.Column}, {"endColumn", P.EndColumn}};
}

bool fromJSON(const json::Value &V, Place &P, json::Path Path) {
  json::ObjectMapper O(V, Path);
  return O && O.map("file", P.File) && O.map("real", P.RealFile) &&
         O.map("offset", P.Offset) && O.map("line", P.Line) &&
         O.map("column", P.Column) && O.map("endColumn", P.EndColumn);
}

json::Value toJSON(const Step &S) {
  return json::Object{{"where", S.Where}, {"message", S.Message}};
}

bool fromJSON(const json::Value &V, Step &S, json::Path Path) {
  json::ObjectMapper O(V, Path);
  return O && O.map("where", S.Where) && O.map("message", S.Message);
}

json::Value toJSON(const Edit &E) {
  return json::Object{
      {"where", E.Where}, {"length", E.Length}, {"text", E.Text}};
}

bool fromJSON(const json::Value &V, Edit &E, json::Path Path) {
  json::ObjectMapper O(V, Path);
  return O && O.map("where", E.Where) && O.map("length", E.Length) &&
         O.map("text", E.Text);
}

json::Value toJSON(const Finding &F) {
  return json::Object{{"rule", F.Rule},   {"message", F.Message},
                      {"where", F.Where}, {"steps", F.Steps},
                      {"help", F.Help},   {"helpWhere", F.HelpWhere},
                      {"edits", F.Edits}};
}

bool fromJSON(const json::Value &V, Finding &F, json::Path Path) {
  json::ObjectMapper O(V, Path);
  return O && O.map("rule", F.Rule) && O.map("message", F.Message) &&
         O.map("where", F.Where) && O.map("steps", F.Steps) &&
         O.map("help", F.Help) && O.map("helpWhere", F.HelpWhere) &&
         O.map("edits", F.Edits);
}

json::Value toJSON(const ParseError &E) {
  return json::Object{{"where", E.Where}, {"message", E.Message}};
}

bool fromJSON(const json::Value &V, ParseError &E, json::Path Path) {
  json::ObjectMapper O(V, Path);
  return O && O.map("where", E.Where) && O.map("message", E.Message);
}

json::Value toJSON(const UnitResult &R) {
  return json::Object{
      {"findings", R.Findings},         {"errors", R.Errors},
      {"errorCount", R.ErrorCount},     {"skipped", R.Skipped},
      {"droppedFlags", R.DroppedFlags}, {"configErrors", R.ConfigErrors},
      {"seconds", R.Seconds},           {"ruleSeconds", R.RuleSeconds},
      {"parseSeconds", R.ParseSeconds}, {"suppressed", R.Suppressed}};
}

bool fromJSON(const json::Value &V, UnitResult &R, json::Path Path) {
  json::ObjectMapper O(V, Path);
  return O && O.map("findings", R.Findings) && O.map("errors", R.Errors) &&
         O.map("errorCount", R.ErrorCount) && O.map("skipped", R.Skipped) &&
         O.map("droppedFlags", R.DroppedFlags) &&
         O.map("configErrors", R.ConfigErrors) && O.map("seconds", R.Seconds) &&
         O.map("ruleSeconds", R.RuleSeconds) &&
         O.map("parseSeconds", R.ParseSeconds) &&
         O.map("suppressed", R.Suppressed);
}

} // namespace codrop::tool
