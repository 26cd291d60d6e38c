// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decides, without parsing, whether a translation unit can contain a
// coroutine at all.

#ifndef CODROP_TOOL_REACH_H
#define CODROP_TOOL_REACH_H

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace codrop::tool {

/// False only if it is certain that \p Command (see Flags.h), run in
/// \p Directory, sees no coroutine.
///
/// A coroutine needs std::coroutine_traits, so it is enough to look for that
/// name in the files that the preprocessor reads, whichever header brings it.
/// A mere lack of co_await would prove nothing: a dropped task has none.
bool mayContainCoroutine(const std::vector<std::string> &Command,
                         llvm::StringRef File, llvm::StringRef Directory);

} // namespace codrop::tool

#endif // CODROP_TOOL_REACH_H
