// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signs that a resource is closed, or known to be, where a function drops it: a
// close in sight, a test of its state, a name that speaks of the end. And
// whether anybody takes over what a function keeps by value. Where something is
// dropped is SyncDrops'.

#ifndef CODROP_ANALYSIS_CLOSEDSIGNS_H
#define CODROP_ANALYSIS_CLOSEDSIGNS_H

#include "analysis/MemberUses.h"
#include "analysis/ResourceHolders.h"
#include "analysis/TUAnalysis.h"

namespace codrop {

class ClosedSigns {
public:
  /// \p Parents are those of the function's body.
  ClosedSigns(const FunctionAnalysis &F, TUAnalysis &TU, bool Infer,
              const ParentTable &Parents);

  /// At \p Site, where \p Object (null if it has no name) is dropped.
  bool mayBeClosed(const Resource &R, const clang::Expr *Site,
                   const clang::Expr *Object) const;
  /// Nothing in \p In closes \p Var or hands it on. \p Follow: also not where
  /// it is moved into a parameter of a function template.
  bool dies(const clang::VarDecl *Var, const clang::FunctionDecl *In,
            const Resource &R, unsigned Follow = 0) const;

private:
  bool closedBefore(const Resource &R, clang::SourceLocation Site) const;
  bool letGoBefore(const clang::Expr *Object, clang::SourceLocation Site) const;
  bool isAskedAbout(const Resource &R, const clang::Expr *Site,
                    const clang::Expr *Object) const;
  bool diesInCallee(const clang::Expr *Named, const ParentTable &Body,
                    const Resource &R, unsigned Follow) const;

  const clang::FunctionDecl *FD;
  TUAnalysis &TU;
  bool Infer;
  const clang::SourceManager &SM;
  const ParentTable &Parents;
};

/// What \p E is called in messages; empty if it has no name.
std::string nameOfObject(const clang::Expr *E);
/// `on_closed()`, `reap()`: who calls this knows that it has ended.
bool speaksOfTheEnd(const clang::FunctionDecl *FD);

} // namespace codrop

#endif // CODROP_ANALYSIS_CLOSEDSIGNS_H
