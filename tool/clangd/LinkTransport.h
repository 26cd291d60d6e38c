// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts the right documentation link on codrop's diagnostics. clangd makes a
// link to clang.llvm.org for every clang-tidy check, where a check from
// elsewhere has no page, and its function that does so cannot be replaced; so
// the link is changed on its way to the editor.

#ifndef CODROP_TOOL_CLANGD_LINKTRANSPORT_H
#define CODROP_TOOL_CLANGD_LINKTRANSPORT_H

#include "tool/clangd/ClangdInterface.h"

namespace codrop {

/// A transport that passes everything to \p Inner, with the links corrected.
std::unique_ptr<clang::clangd::Transport>
withRuleLinks(std::unique_ptr<clang::clangd::Transport> Inner);

} // namespace codrop

#endif // CODROP_TOOL_CLANGD_LINKTRANSPORT_H
