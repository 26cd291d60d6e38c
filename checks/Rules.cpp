// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "checks/Rules.h"

namespace codrop {

// Rules.inc defines `CommonOptionTable`, one option table a rule, `RuleTable`
// and `DocumentationUrl`.
#include "Rules.inc"

llvm::ArrayRef<Rule> rules() { return RuleTable; }

llvm::ArrayRef<RuleOption> commonOptions() { return CommonOptionTable; }

const Rule *findRule(llvm::StringRef Name) {
  for (const Rule &R : RuleTable)
    if (R.Name == Name || R.Name.substr(sizeof("codrop-") - 1) == Name)
      return &R;
  return nullptr;
}

bool isOnByDefault(const Rule &R) {
  return R.Group == "correctness" || R.Group == "suspicious";
}

std::string recommendedChecks() {
  std::string Result = "-*";
  for (const Rule &R : RuleTable)
    if (isOnByDefault(R))
      Result += ("," + R.Name).str();
  return Result;
}

std::string ruleUrl(llvm::StringRef RuleName) {
  llvm::StringRef Short = RuleName;
  Short.consume_front("codrop-");
  return (DocumentationUrl + Short + ".md").str();
}

} // namespace codrop
