// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Turns clang-tidy's errors, which know files and byte offsets, into findings
// with lines, columns, steps and help.

#ifndef CODROP_TOOL_RESOLVE_H
#define CODROP_TOOL_RESOLVE_H

#include "clang-tidy/ClangTidyDiagnosticConsumer.h"
#include "tool/Finding.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace codrop::tool {

class Resolver {
public:
  /// Relative paths are below \p Directory.
  explicit Resolver(llvm::StringRef Directory) : Directory(Directory.str()) {}

  Place place(const clang::tooling::DiagnosticMessage &Message);
  Finding finding(const clang::tidy::ClangTidyError &Error);

private:
  struct File {
    std::string Path, Real;
    std::unique_ptr<llvm::MemoryBuffer> Text;
    std::vector<unsigned> LineStarts;
  };
  const File &file(llvm::StringRef Path);
  Place at(llvm::StringRef Path, unsigned Offset);

  std::string Directory;
  llvm::StringMap<File> Files;
};

} // namespace codrop::tool

#endif // CODROP_TOOL_RESOLVE_H
