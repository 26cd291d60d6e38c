// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations that lose a race or run into a timeout and must not: what they
// have left half done is used again, lives on, or is lost. Whoever closes what
// was cut, or tells the caller, has done it right. How an operation is raced is
// Races', what it leaves behind is CutEffects'; what a loser that goes on does
// to what its caller had is Abandoned's.

#ifndef CODROP_ANALYSIS_CUTSHORT_H
#define CODROP_ANALYSIS_CUTSHORT_H

#include "analysis/CutEffects.h"
#include "analysis/Races.h"

namespace codrop {

struct CutShort {
  enum Kind {
    UsedAgain, ///< What it works on has another operation after it.
    LivesOn,   ///< What it works on stays in use by others, and nobody is told.
    Lost,      ///< It takes something that nobody gets.
    Halved,    ///< Only one half of an update is there.
  } K = UsedAgain;
  Confidence Sure = Confidence::Definite;
  Race In;
  CutEffect Effect;
  const clang::Expr *Again = nullptr; ///< For UsedAgain.
  /// For UsedAgain, where an exception tells of the timeout.
  const clang::CXXCatchStmt *Handler = nullptr;
};

std::vector<CutShort> findCutShort(const FunctionAnalysis &F, TUAnalysis &TU);

} // namespace codrop

#endif // CODROP_ANALYSIS_CUTSHORT_H
