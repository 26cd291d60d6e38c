// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether anybody else can be at work on a place while a coroutine is
// suspended. A place that sharingOf() calls shared may still be confined: the
// state of a loop that is started once, an object that the only caller lends
// from its own frame. Judged from what this translation unit shows; where it
// shows nothing, public coroutines are taken to run more than once at a time
// and the state of endless loops to be the loop's own.

#ifndef CODROP_ANALYSIS_CONFINEMENT_H
#define CODROP_ANALYSIS_CONFINEMENT_H

#include "analysis/TUAnalysis.h"

namespace codrop {

class Confinement {
public:
  Confinement(const FunctionAnalysis &F, TUAnalysis &TU) : F(F), TU(TU) {}

  /// True if only this run of the function touches \p Place while \p At may be
  /// suspended at.
  bool isConfined(const AccessPath &Place, const clang::Expr *At);

private:
  bool runsOnce(const clang::FunctionDecl *FD, const clang::Stmt *At,
                unsigned Depth, bool Drives);
  bool isDriver(const clang::FunctionDecl *FD, const clang::Stmt *At,
                bool Endless);
  bool othersWrite(const AccessPath &Place);
  bool lentByCaller(const clang::VarDecl *Parameter,
                    const clang::FunctionDecl *FD, unsigned Depth);
  bool captureConfined(const AccessPath &Place);

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  /// This function and those that run it, one after the other: what they write
  /// they write in turn.
  llvm::SmallVector<const clang::FunctionDecl *, 4> Activity;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_CONFINEMENT_H
