// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether a handler looks at what it has caught: tells one exception from
// another, or hands it to somebody who may. Writing a line about it is no look.

#ifndef CODROP_ANALYSIS_HANDLERLOOK_H
#define CODROP_ANALYSIS_HANDLERLOOK_H

#include "analysis/TUAnalysis.h"

namespace codrop {

/// The same for one mention of a variable that tells of a failure.
bool looksAtMention(const clang::Expr *Mention, const FunctionAnalysis &F);

bool looksAtException(const clang::CXXCatchStmt *Handler,
                      const FunctionAnalysis &F);

} // namespace codrop

#endif // CODROP_ANALYSIS_HANDLERLOOK_H
