// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lines of source files, for snippets and fingerprints; each file is read
// once.

#ifndef CODROP_TOOL_SOURCES_H
#define CODROP_TOOL_SOURCES_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <vector>

namespace codrop::tool {

class Sources {
public:
  /// Line \p Number (from 1) of \p File, without its end; empty if there is
  /// none. Valid as long as this object.
  llvm::StringRef line(llvm::StringRef File, unsigned Number);

private:
  struct Entry {
    std::unique_ptr<llvm::MemoryBuffer> Text;
    std::vector<llvm::StringRef> Lines;
  };
  llvm::StringMap<Entry> Files;
};

} // namespace codrop::tool

#endif // CODROP_TOOL_SOURCES_H
