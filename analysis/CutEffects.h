// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an operation leaves behind when it is cut short at one of its
// suspensions: an operation that knowledge speaks of, a visible body between
// the two halves of an update, or a name that says commit. Places are told in
// the terms of the function that races the operation, through the visible
// coroutines, lambdas and functions that make it. Whether what is left behind
// does harm there is CutShort's.

#ifndef CODROP_ANALYSIS_CUTEFFECTS_H
#define CODROP_ANALYSIS_CUTEFFECTS_H

#include "analysis/TUAnalysis.h"
#include "analysis/TornState.h"

namespace codrop {

struct CutEffect {
  enum Kind {
    Operation,  ///< Known, or annotated.
    HalfUpdate, ///< Between two writes of a visible body.
    Commit,     ///< By its name.
    Close,      ///< The close of a resource.
  } K = Operation;
  const clang::FunctionDecl *Callee = nullptr;
  const clang::Expr *Site = nullptr;
  const InterruptedFact *Fact = nullptr; ///< For Operation.
  TornState Torn;                        ///< For HalfUpdate.
  /// What it works on; none if that cannot be named.
  std::optional<AccessPath> State;
  /// How that is called.
  std::string StateName;
  /// The calls from the raced expression to Site, outermost first.
  llvm::SmallVector<
      std::pair<clang::SourceLocation, const clang::FunctionDecl *>, 2>
      Through;
};

class CutEffects {
public:
  CutEffects(const FunctionAnalysis &F, TUAnalysis &TU);

  /// What the operation \p Op of the function leaves behind. \p GoesOn: it is
  /// not cut, but nobody waits for it any more.
  std::vector<CutEffect> of(const clang::Expr *Op, bool GoesOn);
  /// The object that \p E of the function names or points to.
  std::optional<AccessPath> object(const clang::Expr *E) const {
    return place(E, {&Root, nullptr, nullptr}).Path;
  }

private:
  /// A call whose callee's body is read.
  struct Frame {
    const FunctionAnalysis *F = nullptr;
    const clang::Expr *Call = nullptr; ///< In Caller; null at the root.
    const Frame *Caller = nullptr;
  };
  enum class Lives { Unknown, InOperation, Outside };
  struct Place {
    Lives Where = Lives::Unknown;
    std::optional<AccessPath> Path;
  };

  void read(const clang::Expr *Op, const Frame &In, unsigned Depth);
  void readBody(const clang::FunctionDecl *Definition, const Frame &In,
                unsigned Depth);
  bool known(const clang::CallExpr *Call, const Frame &In);
  bool byName(const clang::CallExpr *Call, const Frame &In);
  void add(CutEffect E, const Frame &In);
  Place place(const clang::Expr *E, const Frame &In, unsigned Depth = 0) const;
  const PathResolver &resolver(const FunctionAnalysis &F) const;

  const FunctionAnalysis &Root;
  TUAnalysis &TU;
  bool GoesOn = false;
  std::vector<CutEffect> Found;
  llvm::DenseSet<const clang::FunctionDecl *> Active;
  mutable llvm::DenseMap<const clang::FunctionDecl *,
                         std::unique_ptr<PathResolver>>
      Resolvers;
};

/// Ends what its object is used for: close, cancel, reset, stop …
bool isEnding(const clang::FunctionDecl *FD);

} // namespace codrop

#endif // CODROP_ANALYSIS_CUTEFFECTS_H
