// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a function acquires and gives back by hand: calls that come in pairs,
// counters that go up and down, flags that are set and cleared. Found is what
// some way out of a suspension, or an early return, leaves acquired. Which
// calls are pairs is Pairing's to say, and who else gives back is GiveBack's.

#ifndef CODROP_ANALYSIS_HANDHELD_H
#define CODROP_ANALYSIS_HANDHELD_H

#include "analysis/PathSearch.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

struct HandHeld {
  enum Kind {
    Call,
    Counter,
    Flag,
    Pointer, ///< Set to the address of a local, cleared to null.
  } K = Call;
  const clang::Expr *Acquire = nullptr;
  const clang::Expr *Release = nullptr; ///< The give-back that is missed.
  bool OnlyRelease = true; ///< Nothing else in the function gives back.
  std::string Place;       ///< "sem_", "active_"
  std::string What;        ///< For Call: "the lock", or empty.
  std::string State;       ///< For Call: "paused"; empty: acquired.
  std::string Instead;     ///< For Call: what does it right.
  bool Rises = true;       ///< For Counter: ++ first.
  Path Way; ///< From the acquisition to the exit that misses the give-back.
  size_t Leaves = 0; ///< The edge of Way that leaves the way to the give-back.
};

/// Everything acquired by hand in \p F that some path over \p Edges leaks.
std::vector<HandHeld> findHandHeld(const FunctionAnalysis &F, TUAnalysis &TU,
                                   EdgeSet Edges, bool WithFlags);

} // namespace codrop

#endif // CODROP_ANALYSIS_HANDHELD_H
