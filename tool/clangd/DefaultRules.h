// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which of codrop's rules run in the editor when nobody has said anything about
// them, and what counts as having said something.

#ifndef CODROP_TOOL_CLANGD_DEFAULTRULES_H
#define CODROP_TOOL_CLANGD_DEFAULTRULES_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace codrop {

/// \p Checks, the list of globs from .clang-tidy and .clangd files, with the
/// rules of the default groups put in where the user left room for them.
std::string withDefaultRules(llvm::StringRef Checks);

} // namespace codrop

#endif // CODROP_TOOL_CLANGD_DEFAULTRULES_H
