// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop config show: each setting and where it comes from, in the form of a
// .codrop.yaml.

#include "tool/ExitCode.h"
#include "tool/Text.h"
#include "tool/commands/Commands.h"
#include "tool/print/Print.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/YAMLTraits.h"

using namespace llvm;

namespace codrop::tool {

static std::string quoted(StringRef Text) {
  if (!Text.empty() && all_of(Text, isDigit))
    return Text.str();
  if (yaml::needsQuotes(Text) != yaml::QuotingType::None ||
      Text.find_first_of("*&!|>%@`,[]{}#") != StringRef::npos)
    return "'" + Text.str() + "'";
  return Text.str();
}

int configCommand(const Settings &S, const Arguments &A) {
  if (A.Operands.size() != 1 || A.Operands.front() != "show") {
    printError("config knows one thing to do: codrop config show");
    return ExitUsage;
  }
  Expected<std::vector<const Rule *>> Rules = selectRules(S);
  if (!Rules) {
    printErrors(Rules.takeError());
    return ExitUsage;
  }
  Style Color(wantsColor(S, outs()));
  auto Origin = [&](StringRef Key) {
    auto It = S.Origins.find(Key.str());
    return Color(Style::Dim,
                 "  # " + (It == S.Origins.end() ? std::string("built in")
                                                 : "from " + It->second));
  };
  auto One = [&](StringRef Key, StringRef Value) {
    outs() << Key << ": " << quoted(Value) << Origin(Key) << '\n';
  };
  auto Many = [&](StringRef Key, ArrayRef<std::string> Values) {
    outs() << Key << ":" << (Values.empty() ? " []" : "") << Origin(Key)
           << '\n';
    for (const std::string &V : Values)
      outs() << "  - " << quoted(V) << '\n';
  };
  outs() << "# project: " << (S.Root.empty() ? "(by the database)" : S.Root)
         << '\n'
         << "# configuration: "
         << (S.ConfigFile.empty() ? "none" : S.ConfigFile) << '\n';
  Many("checks", S.Checks);
  Many("group", S.Groups);
  outs() << Color(Style::Dim, "# so these rules are on:") << '\n';
  for (const Rule *R : *Rules)
    outs() << Color(Style::Dim, ("#   " + R->Name).str()) << '\n';
  Many("exclude", S.Exclude);
  One("header-filter", S.HeaderFilter);
  Many("knowledge", S.Knowledge);
  outs() << "options:" << (S.Options.empty() ? " {}" : "") << Origin("option")
         << '\n';
  for (const auto &[Name, Value] : S.Options)
    outs() << "  " << Name << ": " << quoted(Value) << '\n';
  One("confidence", S.Confidence.empty() ? "maybe" : StringRef(S.Confidence));
  One("fail-on", S.FailOn);
  outs() << "database: "
         << (S.Database.empty() ? Color(Style::Dim, "# looked for")
                                : S.Database + Origin("database"))
         << '\n';
  One("jobs", S.Jobs ? std::to_string(S.Jobs) : "auto");
  One("timeout", std::to_string(S.Timeout));
  One("memory-limit", std::to_string(S.MemoryLimit));
  return ExitClean;
}

} // namespace codrop::tool
