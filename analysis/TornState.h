// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shared state that a suspension tears: written from a value read before it,
// changed on the strength of a check made before it, updated by half before it,
// changed before the await that should make the change durable, or reset after
// the await that has dealt with what was there before. A place is
// shared if other coroutines can reach it; what holds them off (a guard held
// throughout, a reservation made before the suspension, a re-read after it)
// ends the hazard.

#ifndef CODROP_ANALYSIS_TORNSTATE_H
#define CODROP_ANALYSIS_TORNSTATE_H

#include "analysis/PathSearch.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct TornState {
  enum Kind {
    StaleWrite,     ///< x = f(x read before)
    CheckThenAct,   ///< if (!x) x = co_await …
    CheckThenSpawn, ///< if (!flag) spawn([] { flag = true; … })
    HalfUpdate,     ///< a -= n; co_await …; b += n
    TiedFields,     ///< head_ = n; co_await …; tail_ = n
    LateReset,      ///< if (dirty_) { co_await flush(); dirty_ = false; }
    EarlyCommit,    ///< x.f = …; co_await save(x)
  } K = StaleWrite;
  std::string Place;
  /// For HalfUpdate and TiedFields: where the second half is.
  std::string OtherPlace;
  /// For CheckThenAct: the member function that After calls to write, or empty.
  std::string Through;
  /// For TiedFields where both are written together, for LateReset where
  /// something is added.
  const clang::Expr *Elsewhere = nullptr;
  const clang::Expr *Before = nullptr; ///< The read, check or first update.
  /// The suspension between; null for CheckThenSpawn.
  const clang::CoroutineSuspendExpr *Suspends = nullptr;
  const clang::Expr *Start = nullptr; ///< For CheckThenSpawn: what is started.
  const clang::Expr *After = nullptr; ///< The write or second update.
  /// Read and write are in one expression: `x = x + co_await f()`.
  bool OneExpression = false;
};

struct TornStateOptions {
  std::vector<std::string> SingleOwnerTypes;
  bool HalfUpdates = true;
  bool EarlyCommits = true;
  bool LateResets = true;
};

std::vector<TornState> findTornState(const FunctionAnalysis &F, TUAnalysis &TU,
                                     const TornStateOptions &Options);

} // namespace codrop

#endif // CODROP_ANALYSIS_TORNSTATE_H
