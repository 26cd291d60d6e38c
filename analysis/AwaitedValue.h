// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values that an await has given: what can be waited for in them is there.

#ifndef CODROP_ANALYSIS_AWAITEDVALUE_H
#define CODROP_ANALYSIS_AWAITEDVALUE_H

#include "clang/AST/Expr.h"

namespace codrop {

/// \p E is what a `co_await` gives, a variable made from that, or an element of
/// either: `auto all = co_await when_all(…); for (auto &one : all) one.get();`
bool isGivenByAwait(const clang::Expr *E);

} // namespace codrop

#endif // CODROP_ANALYSIS_AWAITEDVALUE_H
