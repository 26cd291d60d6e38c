// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stands in for clangd's client of a remote index, which would bring gRPC and
// fifty libraries along. A project that configures a remote index gets a line
// in the log and the background index instead.

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>

namespace clang::clangd {

/// Only its virtual destructor is ever spoken of: no object of it is made here.
class SymbolIndex {
public:
  virtual ~SymbolIndex() = default;
};

namespace remote {

std::unique_ptr<SymbolIndex> getClient(llvm::StringRef Address,
                                       llvm::StringRef ProjectRoot) {
  llvm::errs() << "codrop-clangd was built without the remote index; "
               << Address << " is not used for " << ProjectRoot
               << " (remove Index.External from .clangd to silence this)\n";
  return nullptr;
}

} // namespace remote
} // namespace clang::clangd
