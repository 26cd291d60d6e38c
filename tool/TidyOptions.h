// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the project's .clang-tidy files say to our rules. Only CheckOptions
// that begin with "codrop-" count: which rules run is codrop's own setting.

#ifndef CODROP_TOOL_TIDYOPTIONS_H
#define CODROP_TOOL_TIDYOPTIONS_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <map>
#include <string>

namespace codrop::tool {

class TidyOptions {
public:
  using Map = std::map<std::string, std::string>;

  /// The options for files in \p Folder. A file that does not mention codrop
  /// is never an error, however broken: it is somebody else's.
  llvm::Expected<Map> of(llvm::StringRef Folder);

private:
  struct File {
    Map Options;
    bool InheritsParent = false;
  };
  llvm::Expected<File> read(llvm::StringRef Path);

  llvm::StringMap<Map> Folders;
};

} // namespace codrop::tool

#endif // CODROP_TOOL_TIDYOPTIONS_H
