// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Turns the command that builds a file into one that Clang can parse it with:
// another compiler's flags, precompiled headers, plugins and outputs go, the
// compiler's own headers are put in place. What is dropped is said.

#ifndef CODROP_TOOL_FLAGS_H
#define CODROP_TOOL_FLAGS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace codrop::tool {

struct CleanCommand {
  std::vector<std::string> Command;
  std::vector<std::string> Dropped;
};

CleanCommand cleanCommand(const std::vector<std::string> &Command,
                          llvm::StringRef File, llvm::StringRef ResourceDir);

/// The folder with Clang's own headers (stddef.h): beside the program if it
/// was installed with one, else the one it was built with.
llvm::Expected<std::string> findResourceDir();

/// True if the command's language level has no coroutines whatever the file
/// contains: a C file, or C++ below C++20 without -fcoroutines and the like.
bool isWithoutCoroutines(const std::vector<std::string> &Command,
                         llvm::StringRef File);

} // namespace codrop::tool

#endif // CODROP_TOOL_FLAGS_H
