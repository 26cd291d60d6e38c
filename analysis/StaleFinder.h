// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search behind StaleReference.h, for one function.

#ifndef CODROP_ANALYSIS_STALEFINDER_H
#define CODROP_ANALYSIS_STALEFINDER_H

#include "analysis/Confinement.h"
#include "analysis/Exclusion.h"
#include "analysis/StaleReference.h"

namespace codrop {

class StaleFinder {
public:
  StaleFinder(const FunctionAnalysis &F, TUAnalysis &TU, FieldChanges &Changes,
              const StaleReferenceOptions &Options);
  std::vector<StaleReference> run();

private:
  // StaleReference.cpp: what refers into something.
  bool isOwnActivity(const clang::FunctionDecl *FD);
  const FieldChange *foreignChange(const clang::ValueDecl *Held, bool Emptied,
                                   llvm::function_ref<bool(Change)> Hits);
  bool heldThroughout(NodeId From, NodeId To);
  bool looksAgain(NodeId Branch, const clang::ValueDecl *Lent,
                  const clang::FunctionDecl *Accessor,
                  const clang::ValueDecl *Name);
  bool hasOwnerOf(const Lender &L, NodeId To);
  bool isShared(const Lender &L, const clang::Expr *At);
  bool isSingleOwner(const AccessPath &P) const;
  bool isUse(const Use &U, BorrowKind Kind) const;
  void follow(const clang::VarDecl *Var, NodeId Birth, BorrowKind Kind,
              const Lender &L, const FieldChange *By);
  const clang::CXXForRangeStmt *rangeLoop(const clang::VarDecl *Var) const;
  const clang::CXXForRangeStmt *loopOf(const clang::VarDecl *Element) const;
  void borrows();

  // StaleChecks.cpp: pointers that were found set.
  void checks();
  void unlockedWeak();

  const FunctionAnalysis &F;
  TUAnalysis &TU;
  FieldChanges &Changes;
  const StaleReferenceOptions &Options;
  const SuspendCFG &G;
  const AccessTable &Table;
  Confinement Confined;
  std::optional<Exclusion> Held; ///< Made when a candidate needs it.
  std::optional<bool> RunsLocked;
  /// This function and those that call it; made when first needed.
  llvm::SmallVector<const clang::FunctionDecl *, 8> Activity;
  llvm::DenseMap<std::pair<NodeId, const clang::Decl *>, bool> Looks;
  llvm::DenseSet<const clang::CXXForRangeStmt *> Loops; ///< With a finding.
  std::vector<StaleReference> Found;
};

} // namespace codrop

#endif // CODROP_ANALYSIS_STALEFINDER_H
