// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything that a user can say, wherever it was said: built-in default,
// .codrop.yaml, environment, command line, later ones winning. Values are
// checked here, so that nothing behind this point sees an unknown word.

#ifndef CODROP_TOOL_SETTINGS_H
#define CODROP_TOOL_SETTINGS_H

#include "checks/Rules.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace codrop::tool {

struct ReportRequest {
  std::string Format; ///< "jsonl", "sarif" or "github"
  std::string File;   ///< Empty: standard output.
};

struct Settings {
  // What to analyse.
  std::string Database;           ///< As given with -p; empty: look for it.
  std::vector<std::string> Files; ///< As given; empty: the whole project.
  std::optional<std::vector<std::string>> Flags; ///< After `--`.
  std::vector<std::string> Exclude;
  std::string HeaderFilter;
  bool Skip = true;
  // With which rules.
  std::vector<std::string> Checks;
  std::vector<std::string> Groups;
  std::map<std::string, std::string> Options; ///< "codrop-x.Y" or "Y".
  std::vector<std::string> Knowledge;         ///< Absolute.
  std::string Confidence;
  // How.
  unsigned Jobs = 0; ///< 0: by cores and memory.
  unsigned Timeout = 300;
  unsigned MemoryLimit = 0; ///< MiB for each worker, 0: none.
  // What to do with the outcome.
  std::string FailOn = "any";
  std::string Output = "full";
  std::vector<ReportRequest> Reports;
  std::string Color = "auto";
  bool Statistics = false;
  bool Quiet = false;
  bool Verbose = false;
  bool Json = false;

  std::string Root;       ///< The project, absolute, links followed.
  std::string ConfigFile; ///< Empty if there is none.
  /// Where the value of a key comes from; no entry: built in.
  std::map<std::string, std::string> Origins;
};

/// Sets \p Key to \p Value, or adds to it if it is a list. Relative paths are
/// below \p Base. A list that another origin had set is replaced, except for
/// "exclude", "knowledge" and "option", which add up.
llvm::Error set(Settings &S, llvm::StringRef Key, llvm::StringRef Value,
                llvm::StringRef Origin, llvm::StringRef Base);

/// The keys of a .codrop.yaml.
llvm::ArrayRef<llvm::StringRef> configKeys();

/// Reads \p File into \p S; errors are "FILE:LINE:COLUMN: error: ...".
llvm::Error loadConfig(Settings &S, llvm::StringRef File);

/// The rules that are on. Unknown names and an empty selection are errors.
llvm::Expected<std::vector<const Rule *>> selectRules(const Settings &S);

/// Checks that \p Name ("codrop-x.Option", "x.Option" or a common "Option")
/// exists and takes \p Value; gives the name in its full form.
llvm::Expected<std::string> checkOption(llvm::StringRef Name,
                                        llvm::StringRef Value);

std::vector<std::string> ruleNames();
std::vector<std::string> groupNames();

} // namespace codrop::tool

#endif // CODROP_TOOL_SETTINGS_H
