// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The register of rules as the program sees it: generated from rules.yaml and
// docs/rules/*.md, so that the command line, the editor and the plugin speak
// of the same rules with the same words.

#ifndef CODROP_CHECKS_RULES_H
#define CODROP_CHECKS_RULES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace codrop {

struct RuleOption {
  llvm::StringRef Name;    ///< "GuardTypes"
  llvm::StringRef Type;    ///< "list", "bool", "int", "string" or "enum"
  llvm::StringRef Default; ///< As written in a .clang-tidy file.
  llvm::StringRef Doc;     ///< One sentence or two.
};

struct Rule {
  llvm::StringRef Name;    ///< "codrop-lock-across-suspension"
  llvm::StringRef Group;   ///< correctness, suspicious, pedantic, performance
  llvm::StringRef Summary; ///< One sentence, no full stop.
  llvm::StringRef Fix;     ///< "none", "safe" or "unsafe"
  llvm::StringRef Since;   ///< Version that brought the rule.
  bool Fast;               ///< Cheap enough for an editor on every key stroke.
  llvm::ArrayRef<RuleOption> Options; ///< Without the common ones.
  llvm::StringRef Page;               ///< docs/rules/<rule>.md
};

/// All rules, by name.
llvm::ArrayRef<Rule> rules();
/// The options that every rule has (KnowledgeFiles, Confidence, ...).
llvm::ArrayRef<RuleOption> commonOptions();
/// The rule called \p Name, with or without "codrop-"; null if there is none.
const Rule *findRule(llvm::StringRef Name);
/// True for the groups that are on unless somebody turns them off.
bool isOnByDefault(const Rule &R);
/// "-*,codrop-a,codrop-b": what a clang-tidy user writes for the default
/// groups.
std::string recommendedChecks();
/// A link to the page of \p RuleName: on the web if the register names an
/// address, else file:// to the page in share/doc/codrop/rules of the tree that
/// the program or plugin lies in. Empty if there is no such page.
std::string ruleUrl(llvm::StringRef RuleName);
/// Links the clang-tidy module in: call it so that the linker keeps the
/// registration. Does nothing else.
void linkCodropModule();

} // namespace codrop

#endif // CODROP_CHECKS_RULES_H
