// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop rules: the register as a table or as JSON.

#include "checks/Rules.h"
#include "tool/ExitCode.h"
#include "tool/Text.h"
#include "tool/commands/Commands.h"
#include "tool/print/Print.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include <set>

using namespace llvm;

namespace codrop::tool {

static std::string padded(StringRef Text, size_t Width) {
  return Text.str() + std::string(Width - std::min(Width, Text.size()), ' ');
}

static void printJson(const std::set<StringRef> &On) {
  auto OptionsOf = [](ArrayRef<RuleOption> List) {
    json::Array Result;
    for (const RuleOption &O : List)
      Result.push_back(json::Object{{"name", O.Name},
                                    {"type", O.Type},
                                    {"default", O.Default},
                                    {"doc", O.Doc}});
    return Result;
  };
  json::Array List;
  for (const Rule &R : rules())
    List.push_back(json::Object{{"name", R.Name},
                                {"group", R.Group},
                                {"summary", R.Summary},
                                {"on", On.count(R.Name) != 0},
                                {"editor", R.Fast},
                                {"fix", R.Fix},
                                {"since", R.Since},
                                {"url", ruleUrl(R.Name)},
                                {"options", OptionsOf(R.Options)}});
  outs() << formatv("{0:2}",
                    json::Value(json::Object{
                        {"rules", std::move(List)},
                        {"common_options", OptionsOf(commonOptions())}}))
         << '\n';
}

int rulesCommand(const Settings &S) {
  Expected<std::vector<const Rule *>> Selected = selectRules(S);
  if (!Selected) {
    printErrors(Selected.takeError());
    return ExitUsage;
  }
  std::set<StringRef> On;
  for (const Rule *R : *Selected)
    On.insert(R->Name);
  if (S.Json) {
    printJson(On);
    return ExitClean;
  }
  Style Color(wantsColor(S, outs()));
  size_t Width = 0;
  for (const Rule &R : rules())
    Width = std::max(Width, R.Name.size());
  auto Row = [&](StringRef Name, StringRef Group, StringRef On,
                 StringRef Editor, StringRef Fix) {
    return (padded(Name, Width) + "  " + padded(Group, 12) + " " +
            padded(On, 4) + " " + padded(Editor, 7) + " " + padded(Fix, 7));
  };
  outs() << Color(Style::Bold,
                  Row("RULE", "GROUP", "ON", "EDITOR", "FIX") + " FINDS")
         << '\n';
  size_t Indent = Width + 2 + 13 + 5 + 8 + 8;
  // On a narrow terminal the sentence goes below its rule.
  bool IsNarrow = Indent + 30 > std::max(terminalWidth(), 80u);
  for (const Rule &R : rules()) {
    outs() << Row(R.Name, R.Group, On.count(R.Name) ? "yes" : "no",
                  R.Fast ? "yes" : "save", R.Fix);
    if (IsNarrow)
      outs() << '\n' << "    ";
    outs() << ' ' << R.Summary << '\n';
  }
  return ExitClean;
}

} // namespace codrop::tool
