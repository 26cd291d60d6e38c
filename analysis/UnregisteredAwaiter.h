// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Awaiters that hand out the handle of the coroutine that awaits them, or
// themselves, to something that outlives them, and that nothing takes back when
// the suspended frame, and the awaiter in it, are destroyed. Asked only where
// that can happen: in coroutines whose suspended frames are known, or seen from
// their task type, to be dropped.

#ifndef CODROP_ANALYSIS_UNREGISTEREDAWAITER_H
#define CODROP_ANALYSIS_UNREGISTEREDAWAITER_H

#include "analysis/TUAnalysis.h"

namespace codrop {

struct UnregisteredAwaiter {
  const clang::CXXRecordDecl *Awaiter = nullptr;
  /// The function that hands out: await_suspend or one that it calls.
  clang::SourceLocation HandedOut;
  bool Itself = false; ///< The awaiter's address, not the handle.
  /// Where a coroutine awaits it.
  clang::SourceLocation Awaited;
  clang::QualType Task;
};

std::vector<UnregisteredAwaiter>
findUnregisteredAwaiters(const FunctionAnalysis &F, TUAnalysis &TU);

} // namespace codrop

#endif // CODROP_ANALYSIS_UNREGISTEREDAWAITER_H
