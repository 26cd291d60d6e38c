// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What -fplugin-arg-codrop-... says, checked against the register of rules. A
// word that means nothing is an error: a build that lints less than its author
// believes is worse than one that stops.

#ifndef CODROP_TOOL_PLUGIN_PLUGINARGUMENTS_H
#define CODROP_TOOL_PLUGIN_PLUGINARGUMENTS_H

#include "clang-tidy/ClangTidyOptions.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace codrop {

struct PluginArguments {
  clang::tidy::ClangTidyOptions Options; ///< Checks and CheckOptions.
  bool FindingsAreErrors = false;        ///< `werror`
};

/// Reads `checks=GLOBS`, `knowledge=FILE`, `option=[RULE.]NAME=VALUE` and
/// `werror`; each may be repeated. The error has one line per mistake.
llvm::Expected<PluginArguments>
parsePluginArguments(llvm::ArrayRef<std::string> Arguments);

} // namespace codrop

#endif // CODROP_TOOL_PLUGIN_PLUGINARGUMENTS_H
