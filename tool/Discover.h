// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds what the user did not say: where the project begins, its
// configuration, and its compilation database.

#ifndef CODROP_TOOL_DISCOVER_H
#define CODROP_TOOL_DISCOVER_H

#include "tool/Settings.h"
#include "clang/Tooling/CompilationDatabase.h"
#include <memory>

namespace codrop::tool {

/// The nearest folder upwards from \p From with a .codrop.yaml, else with a
/// .git, else with a .clang-tidy; empty if there is none.
std::string findProjectRoot(llvm::StringRef From);

struct Database {
  std::unique_ptr<clang::tooling::CompilationDatabase> Commands;
  std::string File;   ///< Absolute, links followed; empty for `-- flags`.
  std::string Folder; ///< That the file lies in.
};

/// The database that \p S names, or the newest one at the usual places
/// between the current folder and the project's root.
llvm::Expected<Database> openDatabase(const Settings &S);

/// Where no marker shows the project's root, it is the folder that all files
/// of \p D have in common.
void completeRoot(Settings &S, const Database &D);

} // namespace codrop::tool

#endif // CODROP_TOOL_DISCOVER_H
