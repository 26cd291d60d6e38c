// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a loser that goes on does to what its caller had: it refers to locals
// that die when the caller leaves, it works on under a lock that the caller
// gives up, or it was a member's only task and is forgotten. And, of coroutines
// whose frame may be destroyed while it is suspended, a callback that still
// refers to the frame. What a loser that is cancelled leaves behind is
// CutShort's.

#ifndef CODROP_ANALYSIS_ABANDONED_H
#define CODROP_ANALYSIS_ABANDONED_H

#include "analysis/Races.h"

namespace codrop {

struct Abandoned {
  enum Kind {
    Borrows,  ///< It uses a local of the caller, or a closure that dies.
    Unlocked, ///< What keeps others out is given up while it works on.
    Taken,    ///< It was taken out of a member, and does not go back.
    Callback, ///< A callback refers to the frame, which may be destroyed.
  } K = Borrows;
  Confidence Sure = Confidence::Definite;
  Race In; ///< Not for Callback.
  /// What dies, is given up, or was emptied; empty for a closure that is a
  /// temporary.
  std::string Name;
  clang::SourceLocation Made;     ///< Where the operation is made.
  clang::SourceLocation Suspends; ///< For Borrows: inside of it, or invalid.
  clang::SourceLocation Uses;     ///< What it does later; may be invalid.
  clang::SourceLocation Before;   ///< Where Name is made, locked or emptied.
};

std::vector<Abandoned> findAbandoned(const FunctionAnalysis &F, TUAnalysis &TU);

} // namespace codrop

#endif // CODROP_ANALYSIS_ABANDONED_H
