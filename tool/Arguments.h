// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line as a table: commands, options, and the help text that is
// made of them. What an option's value may be is decided in Settings.

#ifndef CODROP_TOOL_ARGUMENTS_H
#define CODROP_TOOL_ARGUMENTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace codrop::tool {

struct Arguments {
  std::string Command; ///< "lint", "explain", ...
  std::vector<std::string> Operands;
  std::optional<std::vector<std::string>> AfterDashes;
  /// Keys and values for Settings, in the order of the command line.
  std::vector<std::pair<std::string, std::string>> Options;
  std::string Function; ///< --function, for `debug`.
  bool All = false;     ///< --all, for `debug`.
  std::string ConfigFile;
  bool NoConfig = false;
  bool Help = false;
  bool Version = false;
};

/// \p Args without the program's name. @files are read.
llvm::Expected<Arguments> parseArguments(llvm::ArrayRef<const char *> Args);

/// The options of the environment: CODROP_JOBS=4 is --jobs=4.
std::vector<std::pair<std::string, std::string>> environmentOptions();

void printHelp(llvm::raw_ostream &OS, llvm::StringRef Command);

} // namespace codrop::tool

#endif // CODROP_TOOL_ARGUMENTS_H
