// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See PluginArguments.h. No .clang-tidy file is read: what a compiler plugin
// does must follow from the command line alone, or a compiler cache would
// return the findings of another configuration.

#include "tool/plugin/PluginArguments.h"

#include "checks/Rules.h"
#include "clang-tidy/GlobList.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace codrop {

/// " (did you mean 'x'?)" for the nearest candidate, if one is near at all.
static std::string didYouMean(StringRef Word, ArrayRef<StringRef> Candidates) {
  StringRef Best;
  unsigned BestDistance = std::max<size_t>(2, Word.size() / 3) + 1;
  for (StringRef Candidate : Candidates) {
    unsigned Distance =
        Word.edit_distance(Candidate, /*AllowReplacements=*/true, BestDistance);
    if (Distance < BestDistance) {
      Best = Candidate;
      BestDistance = Distance;
    }
  }
  return Best.empty() ? "" : (" (did you mean '" + Best + "'?)").str();
}

static SmallVector<StringRef> ruleNames() {
  SmallVector<StringRef> Names;
  for (const Rule &R : rules())
    Names.push_back(R.Name);
  return Names;
}

namespace {

class Parser {
public:
  void parse(StringRef Argument);
  Expected<PluginArguments> take();

private:
  void addChecks(StringRef Globs);
  void addKnowledge(StringRef File);
  void addOption(StringRef Assignment);
  void setOption(const Rule &R, StringRef Name, StringRef Value);
  void fail(const Twine &Message) { Errors.push_back(Message.str()); }

  std::string Checks = recommendedChecks();
  SmallVector<std::string> KnowledgeFiles;
  PluginArguments Result;
  SmallVector<std::string> Errors;
};

} // namespace

void Parser::parse(StringRef Argument) {
  auto [Key, Value] = Argument.split('=');
  const bool HasValue = Argument.contains('=');
  if (Key == "werror" && !HasValue) {
    Result.FindingsAreErrors = true;
    return;
  }
  if (Key == "checks" || Key == "knowledge" || Key == "option") {
    if (Value.empty())
      return fail("argument '" + Key + "' needs a value: -fplugin-arg-codrop-" +
                  Key +
                  (Key == "checks"      ? "=-codrop-torn-state"
                   : Key == "knowledge" ? "=FILE"
                                        : "=codrop-RULE.OPTION=VALUE"));
    if (Key == "checks")
      return addChecks(Value);
    if (Key == "knowledge")
      return addKnowledge(Value);
    return addOption(Value);
  }
  fail("unknown argument '" + Argument + "'" +
       didYouMean(Key, {"checks", "knowledge", "option", "werror"}) +
       "; codrop's plugin takes checks=GLOBS, knowledge=FILE, "
       "option=RULE.OPTION=VALUE and werror");
}

void Parser::addChecks(StringRef Globs) {
  for (StringRef Glob : split(Globs, ',')) {
    StringRef Positive = Glob.trim();
    Positive.consume_front("-");
    if (Positive.empty())
      continue;
    clang::tidy::GlobList Matcher(Positive);
    if (none_of(rules(),
                [&](const Rule &R) { return Matcher.contains(R.Name); }))
      fail("no rule matches '" + Positive + "'" +
           didYouMean(Positive, ruleNames()));
  }
  Checks += ("," + Globs).str();
}

void Parser::addKnowledge(StringRef File) {
  KnowledgeFiles.push_back(File.str());
}

void Parser::setOption(const Rule &R, StringRef Name, StringRef Value) {
  Result.Options.CheckOptions[(R.Name + "." + Name).str()] =
      clang::tidy::ClangTidyOptions::ClangTidyValue(Value);
}

void Parser::addOption(StringRef Assignment) {
  auto [Path, Value] = Assignment.split('=');
  if (!Assignment.contains('='))
    return fail("option '" + Assignment +
                "' has no value: write option=RULE.OPTION=VALUE");

  auto [RuleName, Name] = Path.split('.');
  const bool ForAll = !Path.contains('.');
  if (ForAll)
    Name = Path;

  SmallVector<StringRef> Known;
  for (const RuleOption &O : commonOptions())
    Known.push_back(O.Name);
  const Rule *R = nullptr;
  if (!ForAll) {
    R = findRule(RuleName);
    if (!R)
      return fail("unknown rule '" + RuleName + "' in option '" + Assignment +
                  "'" + didYouMean(RuleName, ruleNames()));
    for (const RuleOption &O : R->Options)
      Known.push_back(O.Name);
  }
  if (!is_contained(Known, Name)) {
    StringRef Owner = R ? R->Name : "all rules";
    return fail("'" + Name + "' is not an option of " + Owner +
                didYouMean(Name, Known));
  }

  if (R)
    return setOption(*R, Name, Value);
  for (const Rule &Each : rules())
    setOption(Each, Name, Value);
}

Expected<PluginArguments> Parser::take() {
  if (!Errors.empty())
    return createStringError(join(Errors, "\n"));
  if (!KnowledgeFiles.empty())
    for (const Rule &R : rules())
      setOption(R, "KnowledgeFiles", join(KnowledgeFiles, ";"));
  Result.Options.Checks = Checks;
  return std::move(Result);
}

Expected<PluginArguments>
parsePluginArguments(ArrayRef<std::string> Arguments) {
  Parser P;
  for (const std::string &Argument : Arguments)
    P.parse(Argument);
  return P.take();
}

} // namespace codrop
