// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What each setting accepts, and which rules follow from the settings.

#include "tool/Settings.h"
#include "tool/ExitCode.h"
#include "tool/Text.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/Regex.h"
#include <set>

using namespace llvm;

namespace codrop::tool {

std::vector<std::string> ruleNames() {
  std::vector<std::string> Names;
  for (const Rule &R : rules())
    Names.push_back(R.Name.str());
  return Names;
}

std::vector<std::string> groupNames() {
  return {"correctness", "suspicious", "performance", "pedantic"};
}

static Error setWord(std::string &Target, StringRef What, StringRef Value,
                     ArrayRef<std::string> Words) {
  if (!is_contained(Words, Value))
    return makeError(What + " cannot be '" + Value + "'" +
                     (didYouMean(Value, Words).empty()
                          ? "; it is one of " + join(Words, ", ")
                          : didYouMean(Value, Words)));
  Target = Value.str();
  return Error::success();
}

static Error setNumber(unsigned &Target, StringRef What, StringRef Value,
                       unsigned Least) {
  unsigned N;
  if (Value.getAsInteger(10, N) || N < Least)
    return makeError(What + " needs a whole number" +
                     (Least ? " from " + Twine(Least) + " on" : Twine("")) +
                     ", not '" + Value + "'");
  Target = N;
  return Error::success();
}

static Error setKnowledge(Settings &S, StringRef Value, StringRef Base) {
  std::string Path = absolutePath(Value, Base);
  if (!isGlob(Value)) {
    if (!sys::fs::exists(Path))
      return makeError("there is no knowledge file " + Path);
    S.Knowledge.push_back(Path);
    return Error::success();
  }
  std::error_code EC;
  std::vector<std::string> Found;
  for (sys::fs::recursive_directory_iterator
           I(Base.empty() ? StringRef(".") : Base, EC),
       End;
       I != End && !EC; I.increment(EC)) {
    std::string File = absolutePath(I->path(), Base);
    if (matchesGlob(Value, relativePath(File, absolutePath(Base))) &&
        !sys::fs::is_directory(File))
      Found.push_back(File);
  }
  if (Found.empty())
    return makeError("no knowledge file matches '" + Value + "' below " +
                     absolutePath(Base));
  sort(Found);
  append_range(S.Knowledge, Found);
  return Error::success();
}

static Error addReport(Settings &S, StringRef Value) {
  auto [Format, File] = Value.split('=');
  ReportRequest R;
  if (Error E = setWord(R.Format, "a report's format", Format,
                        {"jsonl", "sarif", "github"}))
    return E;
  R.File = File.str();
  if (R.File.empty() && any_of(S.Reports, [](const ReportRequest &Other) {
        return Other.File.empty();
      }))
    return makeError("only one report can go to the standard output; give "
                     "the others a file: --report " +
                     Format + "=FILE");
  S.Reports.push_back(std::move(R));
  return Error::success();
}

Error set(Settings &S, StringRef Key, StringRef Value, StringRef Origin,
          StringRef Base) {
  std::string &KnownOrigin = S.Origins[Key.str()];
  bool IsNewOrigin = KnownOrigin != Origin;
  KnownOrigin = Origin.str();
  auto AddTo = [&](std::vector<std::string> &List) {
    if (IsNewOrigin)
      List.clear();
    append_range(List, splitList(Value));
    return Error::success();
  };
  if (Key == "checks")
    return AddTo(S.Checks);
  if (Key == "group") {
    for (const std::string &G : splitList(Value)) {
      std::string Group;
      if (Error E = setWord(Group, "a group", G, groupNames()))
        return E;
      S.Groups.push_back(Group);
    }
    return Error::success();
  }
  if (Key == "exclude") {
    S.Exclude.push_back(Value.str());
    return Error::success();
  }
  if (Key == "knowledge")
    return setKnowledge(S, Value, Base);
  if (Key == "option") {
    auto [Name, OptionValue] = Value.split('=');
    if (!Value.contains('='))
      return makeError("an option is set as RULE.OPTION=VALUE, not '" + Value +
                       "'");
    Expected<std::string> Full = checkOption(Name, OptionValue);
    if (!Full)
      return Full.takeError();
    S.Options[*Full] = OptionValue.str();
    return Error::success();
  }
  if (Key == "header-filter") {
    std::string Problem;
    if (!Regex(Value).isValid(Problem))
      return makeError("header-filter is no regular expression: " + Problem);
    S.HeaderFilter = Value.str();
    return Error::success();
  }
  if (Key == "confidence")
    return setWord(S.Confidence, "confidence", Value, {"definite", "maybe"});
  if (Key == "fail-on") {
    std::vector<std::string> Words = groupNames();
    Words.insert(Words.begin(), "any");
    Words.push_back("never");
    return setWord(S.FailOn, "fail-on", Value, Words);
  }
  if (Key == "output")
    return setWord(S.Output, "output", Value, {"full", "concise"});
  if (Key == "color")
    return setWord(S.Color, "color", Value, {"auto", "always", "never"});
  if (Key == "jobs")
    return setNumber(S.Jobs, "jobs", Value, 1);
  if (Key == "timeout")
    return setNumber(S.Timeout, "timeout", Value, 1);
  if (Key == "memory-limit")
    return setNumber(S.MemoryLimit, "memory-limit", Value, 0);
  if (Key == "report")
    return addReport(S, Value);
  if (Key == "database") {
    S.Database = absolutePath(Value, Base);
    return Error::success();
  }
  if (Key == "no-skip")
    S.Skip = false;
  else if (Key == "statistics")
    S.Statistics = true;
  else if (Key == "quiet")
    S.Quiet = true;
  else if (Key == "verbose")
    S.Verbose = true;
  else if (Key == "json")
    S.Json = true;
  return Error::success();
}

ArrayRef<StringRef> configKeys() {
  static const StringRef Keys[] = {"checks",     "group",   "exclude",
                                   "knowledge",  "options", "header-filter",
                                   "confidence", "fail-on", "database",
                                   "jobs",       "timeout", "memory-limit"};
  return Keys;
}

static bool takesValue(const RuleOption &O, StringRef Value) {
  int Ignored;
  if (O.Type == "bool")
    return is_contained({"true", "false", "0", "1"}, Value);
  if (O.Type == "int")
    return !Value.getAsInteger(10, Ignored);
  return true;
}

Expected<std::string> checkOption(StringRef Name, StringRef Value) {
  StringRef RuleName, OptionName = Name;
  if (Name.contains('.'))
    std::tie(RuleName, OptionName) = Name.split('.');
  ArrayRef<RuleOption> Own;
  std::string Full = Name.str();
  if (!RuleName.empty()) {
    const Rule *R = findRule(RuleName);
    if (!R)
      return makeError("there is no rule '" + RuleName + "'" +
                       didYouMean(RuleName, ruleNames()));
    Own = R->Options;
    Full = (R->Name + "." + OptionName).str();
  }
  std::vector<std::string> Known;
  for (ArrayRef<RuleOption> List : {Own, commonOptions()}) {
    for (const RuleOption &O : List) {
      if (O.Name != OptionName) {
        Known.push_back(O.Name.str());
        continue;
      }
      if (!takesValue(O, Value))
        return makeError("the option " + Full + " needs a value of type " +
                         O.Type + ", not '" + Value + "'");
      return Full;
    }
  }
  if (RuleName.empty())
    return makeError("there is no option '" + OptionName +
                     "' that all rules have" + didYouMean(OptionName, Known));
  return makeError("the rule " + Full.substr(0, Full.find('.')) +
                   " has no option '" + OptionName + "'" +
                   didYouMean(OptionName, Known));
}

Expected<std::vector<const Rule *>> selectRules(const Settings &S) {
  std::set<StringRef> On;
  // "--checks=a,b" means these alone; a list that begins with "-a" takes away
  // from what is on anyway.
  if (S.Checks.empty() || S.Checks.front().front() == '-')
    for (const Rule &R : rules())
      if (isOnByDefault(R))
        On.insert(R.Name);
  for (const Rule &R : rules())
    if (is_contained(S.Groups, R.Group))
      On.insert(R.Name);
  auto Origin = S.Origins.find("checks");
  std::string From;
  if (Origin != S.Origins.end() && Origin->second == S.ConfigFile)
    From = ", which " + S.ConfigFile + " names";
  for (StringRef Check : S.Checks) {
    bool Remove = Check.consume_front("-");
    std::string Text = Check.str();
    if (Check != "*" && !Check.starts_with("codrop-"))
      Text = "codrop-" + Text;
    Expected<GlobPattern> Pattern = GlobPattern::create(Text);
    if (!Pattern)
      return makeError("'" + Check + "' is no pattern for rules: " +
                       toString(Pattern.takeError()));
    bool Matched = false;
    for (const Rule &R : rules()) {
      if (!Pattern->match(R.Name))
        continue;
      Matched = true;
      if (Remove)
        On.erase(R.Name);
      else
        On.insert(R.Name);
    }
    if (!Matched)
      return makeError("there is no rule '" + Check + "'" + From +
                       didYouMean(Text, ruleNames()) +
                       (didYouMean(Text, ruleNames()).empty()
                            ? "; \"codrop rules\" lists them"
                            : ""));
  }
  std::vector<const Rule *> Result;
  for (const Rule &R : rules())
    if (On.count(R.Name))
      Result.push_back(&R);
  if (Result.empty())
    return makeError("no rule is left to check; \"codrop rules\" lists them");
  return Result;
}

} // namespace codrop::tool
