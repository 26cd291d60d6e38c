// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the code after a race says about who has won.

#ifndef CODROP_ANALYSIS_RACEOUTCOME_H
#define CODROP_ANALYSIS_RACEOUTCOME_H

#include "analysis/Races.h"

namespace codrop {

/// Which ways after a race fit the one operand having lost it. What tells in a
/// way that is not understood is taken to tell that it has won.
class RaceOutcome {
public:
  RaceOutcome(const Race &R, const SuspendCFG &G);

  /// \p E may be taken out of \p N when operand \p Loser has lost.
  bool mayTake(NodeId N, const Edge &E, unsigned Loser) const;
  /// The branch at \p N depends on who has won.
  bool asksAt(NodeId N) const;
  /// At \p N it is clear that operand \p Loser has won, or somebody else is
  /// told.
  bool endsAt(NodeId N, unsigned Loser) const;

private:
  struct Truth {
    bool True = true, False = true;
  };
  Truth truth(const clang::Expr *Condition, unsigned Loser,
              unsigned Depth = 0) const;
  Truth isWinner(unsigned Index, unsigned Loser) const;
  bool isIndex(const clang::Expr *E, unsigned Depth = 0) const;
  bool isOutcome(const clang::Expr *E) const;
  bool mentionsOutcome(const clang::Stmt *S) const;

  const Race &R;
  const SuspendCFG &G;
  /// Variables that hold the result, or something made from it, or that a
  /// raced closure assigns.
  llvm::DenseSet<const clang::ValueDecl *> Told;
  /// The whole result, and what holds the index alone.
  llvm::DenseSet<const clang::ValueDecl *> Results, Indices;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_RACEOUTCOME_H
