// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// codrop-clangd: clangd with codrop's checks in it, all of clangd's own options
// included. What codrop changes in clangd is in Wrappers.cpp; here the program
// is started so that it finds the compiler's own headers.

#include "checks/Rules.h"
#include "tool/clangd/ClangdInterface.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include <cstdlib>
#include <string>

/// True if the user has chosen a resource folder; clangd takes only one.
static bool choosesResourceDir(int argc, char *argv[]) {
  for (int I = 1; I < argc; ++I)
    if (llvm::StringRef(argv[I]).ltrim('-').starts_with("resource-dir"))
      return true;
  const char *Flags = std::getenv("CLANGD_FLAGS");
  return Flags && llvm::StringRef(Flags).contains("resource-dir");
}

int main(int argc, char *argv[]) {
  codrop::linkCodropModule();
  // clangd looks for <stddef.h> and its kin beside its own executable, where
  // codrop has none: those of the LLVM that it was built with serve.
  llvm::SmallVector<char *> Arguments(argv, argv + argc);
  std::string ResourceDir = "--resource-dir=" CODROP_RESOURCE_DIR;
  if (!choosesResourceDir(argc, argv) &&
      llvm::sys::fs::is_directory(CODROP_RESOURCE_DIR))
    Arguments.insert(Arguments.begin() + 1, ResourceDir.data());
  const int Count = Arguments.size();
  Arguments.push_back(nullptr);
  return clang::clangd::clangdMain(Count, Arguments.data());
}
